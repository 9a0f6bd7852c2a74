// The worksheet as a value: substituted numbers, conditions, code paths, and what cannot be explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "costs/explain.hpp"
#include "costs/explain_words.hpp"
#include "costs/fast_memory.hpp"
#include "unit/costs_fixture.hpp"

namespace costscan {
namespace {

using costs_test::CostFolder;
using costs_test::GraphBuilder;
using testing::HasSubstr;

const WorksheetFigure* find_figure(const std::vector<WorksheetFigure>& figures, std::string_view quantity) {
  const auto found = std::ranges::find(figures, quantity, &WorksheetFigure::quantity);
  return found == figures.end() ? nullptr : &*found;
}

/// LayerNormalization at a node of 1x128x768, with or without a shift.
Result<Worksheet> layer_norm_sheet(const CostLibrary& library, bool shift) {
  GraphBuilder builder;
  const ValueId x = builder.value("x", costs_test::tensor(DType::float32, {1, 128, 768}));
  const ValueId scale = builder.value("scale", costs_test::tensor(DType::float32, {768}));
  const ValueId bias = builder.value("bias", costs_test::tensor(DType::float32, {768}));
  const ValueId y = builder.value("y", costs_test::tensor(DType::float32, {1, 128, 768}));
  builder.node("LayerNormalization", "", {x, scale, shift ? bias : no_value}, {y});
  const Scope scope = builder.finish({{"", 17}});
  const auto op = find_op(library, "LayerNormalization");
  if (!op) return tl::unexpected(op.error());
  ExplainOptions options;
  options.scope = &scope;
  options.node = &scope.graph->nodes.front();
  return make_worksheet(library, *op, options);
}

TEST(Worksheet, SubstitutesNumbersIntoClosedForms) {
  const auto sheet = layer_norm_sheet(CostLibrary::builtin(), true);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const WorksheetFigure* flops = find_figure(sheet->totals, "flops");
  ASSERT_NE(flops, nullptr);
  EXPECT_EQ(flops->formula, "8*rows*H + 2*rows");
  EXPECT_EQ(flops->substituted, "8*128*768 + 2*128");
  EXPECT_EQ(flops->value, 8 * 128 * 768 + 2 * 128);
  const WorksheetFigure* read = find_figure(sheet->totals, "read_bytes");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->value, (3 * 128 * 768 + 3 * 128) * 4 + 2 * 768 * 4);
  EXPECT_EQ(find_figure(sheet->totals, "int_ops"), nullptr) << "what is nothing has no row";
}

TEST(Worksheet, DecidesConditionsAtANode) {
  const auto sheet = layer_norm_sheet(CostLibrary::builtin(), false);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const WorksheetFigure* flops = find_figure(sheet->totals, "flops");
  ASSERT_NE(flops, nullptr);
  EXPECT_EQ(flops->formula, "7*rows*H + 2*rows");
  std::vector<std::string> ran;
  for (const WorksheetKernel& kernel : sheet->kernels) {
    ASSERT_TRUE(kernel.runs.has_value()) << kernel.name;
    if (*kernel.runs) ran.push_back(kernel.name + kernel.when);
  }
  EXPECT_THAT(ran, testing::ElementsAre("var_mean", "rsqrt", "normalize", "affinenot present(B)"));
}

TEST(Worksheet, JustifiesEveryParameterOfATemplate) {
  const auto sheet = layer_norm_sheet(CostLibrary::builtin(), true);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  ASSERT_EQ(sheet->references.size(), 1U);
  const WorksheetReference& reference = sheet->references.front();
  EXPECT_EQ(reference.path, "templates/layer_norm.yaml");
  EXPECT_FALSE(reference.parameters.empty());
  for (const WorksheetArgument& parameter : reference.parameters) {
    EXPECT_NE(parameter.meaning, "") << parameter.name;
    EXPECT_NE(parameter.why, "") << parameter.name;
    EXPECT_NE(parameter.value, "") << parameter.name;
  }
}

TEST(Worksheet, SaysWhereSymbolsComeFrom) {
  const auto sheet = layer_norm_sheet(CostLibrary::builtin(), true);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const auto symbol = [&](const std::string& name) {
    return *std::ranges::find(sheet->symbols, name, &WorksheetSymbol::name);
  };
  EXPECT_EQ(symbol("axis").origin, "attribute axis (default -1)");
  EXPECT_EQ(symbol("H").origin, "axis; shape of X");
  EXPECT_EQ(symbol("H").value, "768");
  EXPECT_EQ(symbol("a").origin, "type of X, Y");
}

/// A sum that the engine rounds per kernel is not what the formula comes to: then the sheet claims no equality.
TEST(Worksheet, LeavesOutASubstitutionThatIsNotTheTotal) {
  const CostFolder folder({{"toys/Toy.yaml", costs_test::toy_file("inputs: [X]\noutputs: [Y]\nkernels:\n"
                                                                  "  - {name: a, why: w, read: numel(X)/2}\n"
                                                                  "  - {name: b, why: w, read: numel(X)/2}\n")}});
  const CostLibrary library = folder.library();
  GraphBuilder builder;
  const ValueId x = builder.value("x", costs_test::tensor(DType::float32, {7}));
  const ValueId y = builder.value("y", costs_test::tensor(DType::float32, {7}));
  builder.node("Toy", "toys", {x}, {y});
  const Scope scope = builder.finish({{"toys", 1}});
  ExplainOptions options;
  options.scope = &scope;
  options.node = &scope.graph->nodes.front();
  const auto sheet = make_worksheet(library, *find_op(library, "toys.Toy"), options);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const WorksheetFigure* read = find_figure(sheet->totals, "read_bytes");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->formula, "numel(X)");
  EXPECT_EQ(read->value, 4 + 4);
  EXPECT_EQ(read->substituted, "");
}

/// Bytes of a list of operands are one factor of the form, with their sum as its number.
TEST(Worksheet, SumsOverAListOfOperands) {
  const CostFolder folder(
      {{"toys/Toy.yaml", costs_test::toy_file("inputs: [X...]\noutputs: [Y]\nkernels:\n"
                                              "  - {name: a, why: w, flops: 'sum(t in X: numel(t))'}\n")}});
  const CostLibrary library = folder.library();
  GraphBuilder builder;
  const ValueId a = builder.value("a", costs_test::tensor(DType::float32, {7}));
  const ValueId b = builder.value("b", costs_test::tensor(DType::float16, {5}));
  const ValueId y = builder.value("y", costs_test::tensor(DType::float32, {12}));
  builder.node("Toy", "toys", {a, b}, {y});
  const Scope scope = builder.finish({{"toys", 1}});
  ExplainOptions options;
  options.scope = &scope;
  options.node = &scope.graph->nodes.front();
  const auto sheet = make_worksheet(library, *find_op(library, "toys.Toy"), options);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const WorksheetFigure* compulsory = find_figure(sheet->totals, "compulsory_bytes");
  ASSERT_NE(compulsory, nullptr);
  EXPECT_EQ(compulsory->substituted, "38 + 48");
  EXPECT_EQ(compulsory->value, 7 * 4 + 5 * 2 + 12 * 4);
}

TEST(Worksheet, NamesATemplatesLetThatIsTooLongToWriteOut) {
  const auto op = find_op(CostLibrary::builtin(), "LSTM");
  ASSERT_TRUE(op.has_value());
  const auto sheet = make_worksheet(CostLibrary::builtin(), *op);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const WorksheetFigure* flops = find_figure(sheet->totals, "flops");
  ASSERT_NE(flops, nullptr);
  EXPECT_THAT(flops->formula, HasSubstr("per_element_1"));
  EXPECT_THAT(flops->formula, testing::Not(HasSubstr("'Relu'")));
  std::vector<std::string> lets;
  for (const WorksheetReference& reference : sheet->references) {
    for (const WorksheetArgument& let : reference.lets) lets.push_back(let.name);
  }
  EXPECT_THAT(lets, testing::IsSupersetOf({"per_element_1", "per_element_2", "per_element_3"}));
}

/// Every operator's sheet fits a terminal, and says in Markdown what it says in text.
TEST(Worksheet, FitsOneHundredColumns) {
  const CostLibrary library = CostLibrary::builtin();
  const auto ops = list_ops(library);
  ASSERT_TRUE(ops.has_value());
  for (const OpListing& listing : *ops) {
    const auto op = find_op(library, (listing.domain.empty() ? "ai.onnx" : listing.domain) + "." + listing.op_type);
    ASSERT_TRUE(op.has_value()) << listing.op_type;
    const auto sheet = make_worksheet(library, *op);
    ASSERT_TRUE(sheet.has_value()) << listing.op_type;
    std::istringstream text(worksheet_text(*sheet));
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 100U) << listing.op_type << ": " << line;
    const std::string markdown = worksheet_markdown(*sheet);
    for (const WorksheetKernel& kernel : sheet->kernels) {
      for (const WorksheetFigure& figure : kernel.figures) {
        EXPECT_THAT(markdown, HasSubstr("`" + figure.formula + "`")) << listing.op_type;
      }
    }
  }
}

TEST(Worksheet, MarkdownTablesAreWhole) {
  const auto sheet = layer_norm_sheet(CostLibrary::builtin(), true);
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  std::istringstream text(worksheet_markdown(*sheet));
  std::size_t cells = 0;  // of the table that the line stands in; 0 outside
  for (std::string line; std::getline(text, line);) {
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    if (!line.starts_with("|")) {
      cells = 0;
      continue;
    }
    if (cells == 0) cells = bars;
    EXPECT_EQ(bars, cells) << line;
  }
}

TEST(Words, GroupDigitsAndRoundMagnitudes) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
  EXPECT_EQ(magnitude(9'999, true), "");
  EXPECT_EQ(magnitude(10'000, true), "10.0 kB");
  EXPECT_EQ(magnitude(999'499, false), "999 k");
  EXPECT_EQ(magnitude(999'500, false), "1.00 M");
  EXPECT_EQ(magnitude(27'728'064, true), "27.7 MB");
  EXPECT_EQ(magnitude(-60'554'072, true), "-60.6 MB");
}

// --- code paths

struct PathCase {
  const char* op;
  std::int64_t fast_memory;
  std::int64_t tile_rows;
  const char* chosen;  ///< nullptr: none fits
};
class Paths : public testing::TestWithParam<PathCase> {};

/// Without a graph: three samples of 273 rows of 8462 float32 elements.
Result<Worksheet> backward_sheet(const PathCase& path) {
  const CostLibrary library = CostLibrary::builtin();
  const auto op = find_op(library, path.op);
  if (!op) return tl::unexpected(op.error());
  GraphBuilder builder;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  TensorInfo typed;
  typed.kind = TypeKind::tensor;
  typed.dtype = DType::float32;
  for (const OpOperand& operand : op->inputs) inputs.push_back(builder.value(operand.name, typed));
  for (const OpOperand& operand : op->outputs) outputs.push_back(builder.value(operand.name, typed));
  builder.node(op->op, op->domain, inputs, outputs);
  const Scope scope = builder.finish({{op->domain, 1}});
  ExplainOptions options;
  options.scope = &scope;
  options.node = &scope.graph->nodes.front();
  options.bindings = {{"batch", 3}, {"height", 273}, {"features", 8462}, {"tile_rows", path.tile_rows}};
  options.fast_memory = FastMemory{path.fast_memory, "this test"};
  return make_worksheet(library, *op, options);
}

TEST_P(Paths, AreChosenByTheWorkingSet) {
  const auto sheet = backward_sheet(GetParam());
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  ASSERT_EQ(sheet->paths.size(), 2U);
  std::vector<std::string> chosen;
  for (const WorksheetPath& path : sheet->paths) {
    if (path.chosen.value_or(false)) chosen.push_back(path.name);
  }
  if (GetParam().chosen == nullptr) {
    EXPECT_THAT(chosen, testing::IsEmpty());
    EXPECT_THAT(sheet->unknown, HasSubstr("no code path fits"));
    return;
  }
  EXPECT_THAT(chosen, testing::ElementsAre(GetParam().chosen));
  // The engine's totals are those of the chosen path, and what the block path pays is the difference of the two.
  const std::size_t index = chosen.front() == "fits" ? 0 : 1;
  for (const char* quantity : {"flops", "read_bytes", "write_bytes"}) {
    const auto value = [&](const std::vector<WorksheetFigure>& figures) {
      return *find_figure(figures, quantity)->value;
    };
    EXPECT_EQ(value(sheet->totals), value(sheet->paths[index].totals)) << quantity;
    const auto extra = std::ranges::find_if(sheet->extra, [&](const auto& e) { return e.figure.quantity == quantity; });
    if (extra == sheet->extra.end()) continue;
    EXPECT_EQ(extra->figure.value, value(sheet->paths[1].totals) - value(sheet->paths[0].totals)) << quantity;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, Paths,
    testing::Values(
        // One group of 32 rows of X and dY, the scale, two sums, four numbers per row.
        PathCase{"LayerNormalizationBackward", 1 << 20, 32, "blocks"},
        PathCase{"LayerNormalizationBackward", (2 * 32 * 8462 + 3 * 8462 + 4 * 32) * 4, 32, "fits"},
        PathCase{"LayerNormalizationBackward", (2 * 32 * 8462 + 3 * 8462 + 4 * 32) * 4 - 1, 32, "blocks"},
        PathCase{"LayerNormalizationBackward", 1 << 20, 1, "fits"},
        PathCase{"LayerNormalizationBackward", (2 * 8462 + 3 * 8462 + 4) * 4 - 1, 1, "blocks"},
        PathCase{"LayerNormalizationBackward", (2 + 3 + 4) * 4 - 1, 1, nullptr},
        PathCase{"RMSNormalizationBackward", 1 << 20, 32, "blocks"},
        PathCase{"RMSNormalizationBackward", (2 * 32 * 8462 + 2 * 8462 + 2 * 32) * 4, 32, "fits"},
        PathCase{"RMSNormalizationBackward", (2 * 32 * 8462 + 2 * 8462 + 2 * 32) * 4 - 1, 32, "blocks"},
        PathCase{"SoftmaxBackward", (2 * 32 * 8462 + 32) * 4, 32, "fits"},
        PathCase{"SoftmaxBackward", (2 * 32 * 8462 + 32) * 4 - 1, 32, "blocks"},
        PathCase{"SoftmaxBackward", (2 * 32 + 32) * 4 - 1, 32, nullptr}));

TEST(Worksheet, SaysWhatTheBlockPathPays) {
  const auto sheet = backward_sheet({"LayerNormalizationBackward", 1 << 20, 32, "blocks"});
  ASSERT_TRUE(sheet.has_value()) << sheet.error().message;
  const auto moved =
      std::ranges::find_if(sheet->extra, [](const auto& extra) { return extra.figure.quantity == "moved_bytes"; });
  ASSERT_NE(moved, sheet->extra.end());
  // X and dY a second time; the scale 2*26 times for once; both sums read back 25 times and written 26 times for once.
  const std::int64_t more = (2 * 819LL * 8462 + (2 * 26 - 1) * 8462 + 2 * 25 * 8462 + (2 * 26 - 2) * 8462) * 4;
  EXPECT_EQ(moved->figure.value, more);
  const double fits = (3 * 819.0 * 8462 + 3 * 8462 + 2 * 819) * 4;
  ASSERT_TRUE(moved->ratio.has_value());
  EXPECT_NEAR(*moved->ratio, 1 + static_cast<double>(more) / fits, 1e-12);
}

}  // namespace
}  // namespace costscan
