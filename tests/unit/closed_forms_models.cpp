// Formulas of whole models: against derivations by hand, and against the analysis itself at other bindings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "closed_forms/closed_forms.hpp"
#include "costs/expression.hpp"
#include "load/load.hpp"
#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using test::int_attr;
using test::ints_attr;
using testing::HasSubstr;

using Bindings = std::vector<std::pair<std::string, std::int64_t>>;

const CostLibrary& library() {
  static const CostLibrary built_in = CostLibrary::builtin();
  return built_in;
}

ClosedForms forms_of(const std::shared_ptr<const Model>& model, const Bindings& given = {}) {
  const auto shaped = infer_shapes(model, {given, {}});
  EXPECT_TRUE(shaped.has_value()) << shaped.error().message;
  return shaped ? derive_closed_forms(library(), **shaped) : ClosedForms{};
}

const ClosedForm& form_of(const ClosedForms& forms, const std::string& total) {
  static const ClosedForm none;
  const ClosedForm* form = find_form(forms, total);
  EXPECT_NE(form, nullptr) << total;
  return form == nullptr ? none : *form;
}

/// The value of the printed formula, by the cost language's parser: what a reader of the report would compute.
std::optional<Rational> value_of(const Expression& expression, const std::map<std::string, std::int64_t>& names) {
  if (expression.op == Op::number) return expression.number;
  if (expression.op == Op::symbol) {
    const auto found = names.find(expression.name);
    return found == names.end() ? std::nullopt : make_rational(found->second);
  }
  const auto left = value_of(expression.args.at(0), names);
  if (expression.op == Op::negate) return left ? std::optional(negate(*left)) : std::nullopt;
  const auto right = left ? value_of(expression.args.at(1), names) : std::nullopt;
  if (!right) return std::nullopt;
  switch (expression.op) {
    case Op::add: return add(*left, *right);
    case Op::subtract: return subtract(*left, *right);
    case Op::multiply: return multiply(*left, *right);
    case Op::divide: return divide(*left, *right);
    default: return std::nullopt;
  }
}

std::optional<Rational> value_of(const std::string& text, const std::map<std::string, std::int64_t>& names) {
  const auto parsed = parse_expression(text);
  return parsed ? value_of(*parsed, names) : std::nullopt;
}

std::map<std::string, std::int64_t> totals_of(const ShapedModel& shaped) {
  std::map<std::string, std::int64_t> totals;
  for (const auto& scope : cost_model(library(), shaped)) {
    for (const NodeCost& cost : scope) {
      totals["flops"] += cost.work.flops;
      totals["macs"] += cost.work.macs;
      totals["transcendentals"] += cost.work.transcendentals;
      totals["int_ops"] += cost.work.int_ops;
      totals["read_bytes"] += cost.work.read_bytes;
      totals["write_bytes"] += cost.work.write_bytes;
      totals["compulsory_bytes"] += cost.compulsory_bytes;
    }
  }
  return totals;
}

bool in_range(const ClosedForm& form, const std::map<std::string, std::int64_t>& point) {
  for (const ClosedFormVariable& variable : form.variables) {
    const std::int64_t x = point.at(variable.name);
    if (x % variable.period != variable.residue) return false;
    if (x < variable.least.value_or(x) || x > variable.most.value_or(x)) return false;
  }
  for (const ClosedFormJointLimit& limit : form.joint_limits) {
    std::int64_t value = limit.product ? 1 : 0;
    for (const std::string& name : limit.names) value = limit.product ? value * point.at(name) : value + point.at(name);
    if (limit.upper ? value > limit.bound : value < limit.bound) return false;
  }
  return std::ranges::all_of(form.held, [&](const HeldDimension& held) { return point.at(held.name) == held.value; });
}

/// At bindings drawn at random (within what the forms say), each formula gives what the analysis gives.
void expect_equal_elsewhere(const std::shared_ptr<const Model>& model, const ClosedForms& forms, int draws) {
  std::mt19937_64 random(20240607);  // the same points each time
  int compared = 0;
  for (int draw = 0; draw < draws; ++draw) {
    std::map<std::string, std::int64_t> point;
    for (const ClosedForm& form : forms.forms) {
      for (const ClosedFormVariable& variable : form.variables) {
        if (point.contains(variable.name)) continue;
        const std::int64_t steps = std::uniform_int_distribution<std::int64_t>(1, draw % 2 == 0 ? 40 : 400)(random);
        point[variable.name] = variable.residue + variable.period * steps;
      }
      for (const HeldDimension& held : form.held) point[held.name] = held.value;
    }
    const auto shaped = infer_shapes(model, {Bindings(point.begin(), point.end()), {}});
    if (!shaped) continue;  // the model does not take these sizes
    const auto totals = totals_of(**shaped);
    for (const ClosedForm& form : forms.forms) {
      if (form.text.empty() || !in_range(form, point)) continue;
      ++compared;
      EXPECT_EQ(value_of(form.text, point), make_rational(totals.at(form.total)))
          << form.total << " = " << form.text << "; " << form.evidence << "; " << testing::PrintToString(point);
    }
  }
  EXPECT_GT(compared, 0);
}

struct HandCase {
  const char* name;
  std::function<std::shared_ptr<Model>()> model;
  const char* total;
  const char* text;
  const char* holds = "";
  Trust trust = Trust::exact;
};

class ByHand : public testing::TestWithParam<HandCase> {};

TEST_P(ByHand, IsFound) {
  const auto model = GetParam().model();
  const ClosedForms forms = forms_of(model);
  const ClosedForm& form = form_of(forms, GetParam().total);
  EXPECT_EQ(form.text, GetParam().text) << form.evidence;
  EXPECT_EQ(form.holds, GetParam().holds) << form.evidence;
  EXPECT_EQ(forms.trust, GetParam().trust);
}

std::shared_ptr<Model> linear() {
  return GraphBuilder()
      .input("x", DType::float32, {"batch", "seq", std::int64_t{48}})
      .weight("w", DType::float32, {48, 32})
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y")
      .model();
}

std::shared_ptr<Model> scores() {
  return GraphBuilder()
      .input("q", DType::float32, {"batch", std::int64_t{4}, "seq", std::int64_t{16}})
      .input("k", DType::float32, {"batch", std::int64_t{4}, std::int64_t{16}, "past + seq"})
      .node("MatMul", {"q", "k"}, {"s"})
      .node("Softmax", {"s"}, {"p"}, {int_attr("axis", -1)})
      .output("p")
      .model();
}

std::shared_ptr<Model> strided() {
  return GraphBuilder()
      .input("x", DType::float32, {"batch", std::int64_t{3}, "height", "width"})
      .weight("w", DType::float32, {8, 3, 3, 3})
      .node("Conv", {"x", "w"}, {"y"}, {ints_attr("strides", {2, 2}), ints_attr("pads", {1, 1, 1, 1})})
      .output("y")
      .model();
}

std::shared_ptr<Model> nonzero() {
  return GraphBuilder()
      .input("x", DType::float32, {"batch", std::int64_t{10}})
      .node("NonZero", {"x"}, {"i"})
      .output("i")
      .model();
}

INSTANTIATE_TEST_SUITE_P(
    Table, ByHand,
    testing::Values(
        // 2 * rows * 48 * 32
        HandCase{"linear", linear, "flops", "3072*batch*seq"},
        HandCase{"linear_macs", linear, "macs", "1536*batch*seq"},
        // 4 bytes of x (48 a row), of y (32 a row), and of the weights once
        HandCase{"linear_bytes", linear, "compulsory_bytes", "320*batch*seq + 6144"},
        // scores: 2 * batch * 4 * seq * (past + seq) * 16; softmax: 5 for each element
        HandCase{"scores", scores, "flops", "148*batch*seq*seq + 148*batch*seq*past"},
        HandCase{"scores_transcendentals", scores, "transcendentals", "4*batch*seq*seq + 4*batch*seq*past"},
        // 2 * batch * height/2 * width/2 * 8 * 3 * 9
        HandCase{"strided_convolution", strided, "flops", "108*batch*height*width",
                 "height mod 2 = 0, width mod 2 = 0"},
        HandCase{"strided_bytes", strided, "write_bytes", "8*batch*height*width", "height mod 2 = 0, width mod 2 = 0"},
        // Two coordinates of 8 bytes for each element, all of which may be other than zero.
        HandCase{"bound_of_nonzero", nonzero, "write_bytes", "160*batch", "", Trust::upper_bound}),
    [](const auto& test) { return test.param.name; });

TEST(WholeModel, WithoutFreeDimensionsIsANumber) {
  const auto model = GraphBuilder()
                         .input("x", DType::float32, {std::int64_t{5}, std::int64_t{7}})
                         .node("Relu", {"x"}, {"y"})
                         .output("y")
                         .model();
  const ClosedForms forms = forms_of(model);
  EXPECT_THAT(forms.dims, testing::IsEmpty());
  EXPECT_EQ(form_of(forms, "flops").text, "35");
  EXPECT_EQ(form_of(forms, "flops").evidence, "all dimensions are fixed");
  EXPECT_EQ(forms.evaluations, 1);
}

TEST(WholeModel, DoesNotDependOnWhatIsBound) {
  const std::string text = form_of(forms_of(scores()), "flops").text;
  for (const Bindings& given : {Bindings{{"batch", 3}}, Bindings{{"seq", 77}, {"past", 5}}, Bindings{{"past", 0}}}) {
    EXPECT_EQ(form_of(forms_of(scores(), given), "flops").text, text);
  }
}

TEST(WholeModel, SaysWhatIsNotCovered) {
  const auto model = GraphBuilder()
                         .input("x", DType::float32, {"batch"})
                         .node("Relu", {"x"}, {"y"})
                         .node("Frobnicate", {"y"}, {"z"}, {}, "nowhere")
                         .output("y")
                         .model();
  const ClosedForms forms = forms_of(model);
  EXPECT_EQ(forms.uncovered_nodes, 1);
  EXPECT_EQ(form_of(forms, "flops").text, "batch");
}

std::shared_ptr<const Model> bundled(const std::string& name) {
  const auto model = load_model(std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/models" / (name + ".onnx"));
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return model.value_or(nullptr);
}

class Bundled : public testing::TestWithParam<const char*> {};

TEST_P(Bundled, HoldsAtOtherBindings) {
  const auto model = bundled(GetParam());
  ASSERT_NE(model, nullptr);
  const ClosedForms forms = forms_of(model);
  for (const ClosedForm& form : forms.forms) EXPECT_NE(form.text, "") << form.total << ": " << form.evidence;
  expect_equal_elsewhere(model, forms, 5);
}
INSTANTIATE_TEST_SUITE_P(Models, Bundled,
                         testing::Values("bert_tiny", "bert_2layer", "llama_2layer_gqa_kv", "tagger_loop_if",
                                         "mobilenet_v3_small"));

TEST(BundledLlama, MultipliesAsItsLayersSay) {
  const auto model = bundled("llama_2layer_gqa_kv");
  ASSERT_NE(model, nullptr);
  const ClosedForms forms = forms_of(model);
  const ClosedForm& macs = form_of(forms, "macs");
  // Scores and their product with the values: 2 layers * 2 * 16 heads * 64 for each pair of positions. Each token:
  // 2 layers of query and output (2*1024*1024), key and value (2*1024*256) and network (3*1024*2816); logits
  // 1024*32000.
  EXPECT_EQ(macs.text, "4096*batch*seq*seq + 4096*batch*seq*past + 55312384*batch*seq") << macs.evidence;
  EXPECT_EQ(macs.holds, "");
}

std::filesystem::path corpus_folder() {
  const char* shared = std::getenv("COSTSCAN_SHARED");
  const std::filesystem::path base =
      shared != nullptr && *shared != 0 ? shared : std::filesystem::path(COSTSCAN_SOURCE_DIR) / ".." / "shared";
  return base / "corpus";
}

TEST(CorpusForms, HoldAtOtherBindings) {
  std::ifstream index(corpus_folder() / "index.json");
  if (!index) GTEST_SKIP() << "no corpus at " << corpus_folder();
  int models = 0;
  for (const auto& entry : nlohmann::json::parse(index)) {
    const std::string file = entry.at("file");
    if (file.starts_with("invalid/") || entry.at("shapes") == "static") continue;
    SCOPED_TRACE(file);
    const auto model = load_model(corpus_folder() / file);
    ASSERT_TRUE(model.has_value()) << model.error().message;
    const ClosedForms forms = forms_of(*model);
    for (const ClosedForm& form : forms.forms) EXPECT_NE(form.text, "") << form.total << ": " << form.evidence;
    expect_equal_elsewhere(*model, forms, 2);
    ++models;
  }
  EXPECT_GT(models, 0);
}

}  // namespace
}  // namespace costscan
