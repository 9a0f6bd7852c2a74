// What the linter finds, and what explain prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/costs_fixture.hpp"

namespace costscan {
namespace {

using costs_test::CostFolder;
using testing::HasSubstr;

const std::string header = "summary: s\nsource: s\ntrust: exact\n";
const std::string relu = "op: Relu\n" + header + "inputs: [X]\noutputs: [Y]\n";
const std::string good_kernel = "kernels:\n  - {name: k, why: w, flops: numel(X)}\n";

struct LintCase {
  std::string path;
  std::string text;
  std::string finding;
};

class Lint : public testing::TestWithParam<LintCase> {};
TEST_P(Lint, Finds) {
  const CostFolder folder({{GetParam().path, GetParam().text}});
  EXPECT_THAT(lint(folder.library()), testing::Contains(HasSubstr(GetParam().finding)));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Lint,
    testing::Values(
        LintCase{"onnx/Relu.yaml", "op: [", "onnx/Relu.yaml:1: YAML"},
        LintCase{"onnx/Relu.yaml", "- a\n", "must be a mapping"},
        LintCase{"onnx/Relu.yaml", "op: Rely\n" + header + good_kernel, "op is 'Rely', but the file is called"},
        LintCase{"onnx/Rely.yaml", "op: Rely\n" + header + good_kernel, "ONNX defines no operator of this name"},
        LintCase{"onnx/Relu.yaml", relu + "extra: 1\n" + good_kernel, "onnx/Relu.yaml:7: unknown key 'extra'"},
        LintCase{"onnx/Relu.yaml", relu + "trust: exact\n" + good_kernel, "duplicate key 'trust'"},
        LintCase{"onnx/Relu.yaml", relu + "let: {n: 1, n: 2}\n" + good_kernel, "duplicate key 'n' in let"},
        LintCase{"onnx/Relu.yaml", relu + "let: {n: 1}\n" + good_kernel, "let.n is not used"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, flops: 1}]\n", "kernels[0] has no why"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{why: w, flops: 1}]\n", "kernels[0] has no name"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: n}]\n", "unknown symbol 'n'"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: X}]\n", "an accessor is missing"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: bytes(Z)}]\n", "no input or output 'Z'"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: size(X)}]\n", "unknown function 'size'"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: attr(alfa)}]\n",
                 "has an attribute 'alfa'"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, when: \"dtype(X) == 'half'\", flops: 1}]\n",
                 "'half' is no dtype"},
        LintCase{"onnx/Relu.yaml", relu, "neither kernels nor view"},
        LintCase{"onnx/Relu.yaml", relu + "view: true\n" + good_kernel, "a view has no kernels"},
        LintCase{"onnx/Relu.yaml", relu + "trusty: 1\n", "unknown key 'trusty'"},
        LintCase{"onnx/Relu.yaml", "op: Relu\ntrust: exact\ninputs: [X]\noutputs: [Y]\n" + good_kernel, "no summary"},
        LintCase{"onnx/Relu.yaml", "op: Relu\nsummary: s\nsource: s\ninputs: [X]\noutputs: [Y]\n" + good_kernel,
                 "no trust"},
        LintCase{"onnx/Relu.yaml", relu + good_kernel + "versions: [{since: 7}]\n", "ONNX has no version 7 of Relu"},
        LintCase{"onnx/Relu.yaml", relu + good_kernel + "versions: [{until: 7}]\n", "versions[0] has no since"},
        LintCase{"onnx/Relu.yaml", "op: Relu\n" + header + "inputs: [X, 'Z?']\noutputs: [Y]\n" + good_kernel,
                 "names 2 inputs, ONNX has 1"},
        LintCase{"onnx/Add.yaml", "op: Add\n" + header + "inputs: [X]\noutputs: [Y]\n" + good_kernel,
                 "names 1 inputs, ONNX has 2"},
        LintCase{"onnx/Clip.yaml", "op: Clip\n" + header + "inputs: [X, lo, 'hi?']\noutputs: [Y]\n" + good_kernel,
                 "2 inputs are required, ONNX requires 1"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{use: none, with: {}}]\n", "no template 'templates/none.yaml'"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: [1]}]\n", "must be one expression"},
        LintCase{"templates/t.yaml",
                 "template: t\nsummary: s\nsource: s\nparameters: {n: count, m: more}\nkernels: [{name: k, why: w, "
                 "flops: n}]\n",
                 "templates/t.yaml:4: parameter 'm' is not used"},
        LintCase{"templates/t.yaml", "template: t\nsummary: s\nsource: s\nkernels: [{name: k, why: w, flops: 1}]\n",
                 "no operator uses this template"},
        // Units: what counts is a plain number, what moves is bytes.
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: bytes(X)}]\n",
                 "onnx/Relu.yaml:7: kernels[0].flops: is bytes, must be a plain number: bytes(X)"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, arith: numel(X)*elem(X)}]\n",
                 "kernels[0].arith: is bytes, must be a plain number"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, read: 4*numel(X)}]\n",
                 "onnx/Relu.yaml:7: kernels[0].read: is a plain number, must be bytes: 4*numel(X)"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, write: bytes(X)*elem(X)}]\n",
                 "kernels[0].write: is bytes^2, must be bytes"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, write: bytes(X) + numel(X)}]\n",
                 "bytes and a plain number do not go together: bytes(X) + numel(X)"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, when: bytes(X) > numel(X), flops: numel(X)}]\n",
                 "kernels[0].when: bytes and a plain number do not go together"},
        LintCase{"onnx/Relu.yaml", relu + "let: {n: elem(X)}\nkernels: [{name: k, why: w, macs: n}]\n",
                 "kernels[0].macs: is bytes"},
        LintCase{"onnx/Relu.yaml", relu + "touched: {X: numel(X)}\n" + good_kernel,
                 "onnx/Relu.yaml:7: touched.X: is a plain number, must be bytes"},
        LintCase{"onnx/Relu.yaml", relu + "kernels: [{name: k, why: w, flops: numel(X)/0}]\n",
                 "onnx/Relu.yaml:7: kernels[0].flops: division by zero: numel(X)/0"},
        LintCase{"onnx/Relu.yaml", relu + "exempt: {unit: why}\n" + good_kernel,
                 "onnx/Relu.yaml:7: exempt: no check is called 'unit'"},
        LintCase{"onnx/Relu.yaml", relu + "exempt: {units: ''}\n" + good_kernel, "exempt.units has no why"},
        LintCase{"onnx/Relu.yaml", relu + "exempt: {units: because}\n" + good_kernel,
                 "onnx/Relu.yaml:7: exempt.units is not needed"}));

struct CleanCase {
  const char* name;
  std::string text;
};
class CleanLint : public testing::TestWithParam<CleanCase> {};
TEST_P(CleanLint, FindsNothing) {
  const CostFolder folder({{"onnx/Relu.yaml", relu + GetParam().text}});
  EXPECT_THAT(lint(folder.library()), testing::IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    Table, CleanLint,
    testing::Values(
        CleanCase{"bytes_by_element", "kernels: [{name: k, why: w, flops: numel(X), read: numel(X)*elem(X)}]\n"},
        CleanCase{"named_type", "kernels: [{name: k, why: w, read: \"sizeof('float32')*numel(X)\"}]\n"},
        CleanCase{"zero_goes_with_both", "kernels: [{name: k, why: w, read: 'if(rank(X) > 1, bytes(X), 0)'}]\n"},
        CleanCase{"elements_from_bytes", "kernels: [{name: k, why: w, flops: bytes(X)/elem(X)}]\n"},
        CleanCase{"ratio_of_sizes", "kernels: [{name: k, why: w, flops: 'ceil_div(bytes(X), elem(X))'}]\n"},
        CleanCase{"sum_over_dims", "kernels: [{name: k, why: w, flops: 'sum(d in dims(X): d)', read: bytes(X)}]\n"},
        CleanCase{"stated_exemption", "exempt: {units: a test}\nkernels: [{name: k, why: w, read: 4*numel(X)}]\n"}),
    [](const auto& test) { return test.param.name; });

TEST(Lint, SaysOneThingAboutAFileThatCannotBeRead) {
  const std::string broken = "op: Relu\nsummary: [\n";
  const CostFolder folder({{"onnx/Relu.yaml", broken}});
  EXPECT_THAT(lint(folder.library()), testing::ElementsAre(testing::StartsWith("onnx/Relu.yaml:3: YAML: ")));
}

TEST(Lint, FindsUnitsInTemplatesWhereTheyStand) {
  const CostFolder folder(
      {{"templates/t.yaml",
        "template: t\nsummary: s\nsource: s\nparameters: {n: count}\nkernels:\n  - name: k\n    why: "
        "w\n    read: 4*n\n"},
       {"onnx/Relu.yaml", relu + "kernels: [{use: t, with: {n: [numel(X), w]}}]\n"}});
  EXPECT_THAT(lint(folder.library()),
              testing::Contains(HasSubstr("templates/t.yaml:8: kernels[0] use t: kernels[0].read: is a plain number")));
}

const std::string two_templates[] = {
    "template: a\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{use: b, with: {n: [n, w]}}]\n",
    "template: b\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{use: a, with: {n: [n, w]}}]\n"};

TEST(Lint, FindsRecursionBetweenTemplates) {
  const CostFolder folder({{"templates/a.yaml", two_templates[0]},
                           {"templates/b.yaml", two_templates[1]},
                           {"onnx/Relu.yaml", relu + "kernels: [{use: a, with: {n: [1, w]}}]\n"}});
  EXPECT_THAT(lint(folder.library()), testing::Contains(HasSubstr("template 'a' uses itself")));
}

TEST(Lint, FindsWrongArguments) {
  const CostFolder folder({{"templates/t.yaml",
                            "template: t\nsummary: s\nsource: s\nparameters: {n: count}\nkernels: [{name: k, why: w, "
                            "flops: n + numel(X)}]\n"},
                           {"onnx/Relu.yaml", relu + "kernels: [{use: t, with: {m: 1}}]\n"}});
  const std::vector<std::string> findings = lint(folder.library());
  EXPECT_THAT(findings, testing::Contains(HasSubstr("template 't' has no parameter 'm'")));
  EXPECT_THAT(findings, testing::Contains(HasSubstr("template 't' needs 'n'")));
  EXPECT_THAT(findings, testing::Contains(HasSubstr("with.m has no why")));
  EXPECT_THAT(findings, testing::Contains(HasSubstr("a template sees only its parameters, not tensor 'X'")));
}

TEST(Lint, IsSilentAboutACleanFile) {
  const CostFolder folder({{"onnx/Relu.yaml", relu + good_kernel}});
  EXPECT_THAT(lint(folder.library()), testing::IsEmpty());
}

struct FormCase {
  const char* lets;
  const char* kernels;
  const char* line;
};
class ClosedForm : public testing::TestWithParam<FormCase> {};
TEST_P(ClosedForm, IsCollected) {
  const CostFolder folder(
      {{"toys/Toy.yaml", costs_test::toy_file("inputs: [X, 'B?']\noutputs: [Y]\nlet: " + std::string(GetParam().lets) +
                                              "\nkernels: " + GetParam().kernels + "\n")}});
  const auto text = explain_op(folder.library(), "toys.Toy");
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_THAT(*text, HasSubstr(GetParam().line));
}
INSTANTIATE_TEST_SUITE_P(
    Table, ClosedForm,
    testing::Values(
        FormCase{"{B: 'dim(X, 0)', S: 'dim(X, 1)', H: 'dim(X, 2)', rows: B*S}",
                 "[{name: a, why: w, flops: 4*rows*H}, {name: b, why: w, flops: 2*rows}, {name: c, why: w, flops: "
                 "4*rows*H}]",
                 "flops            8*B*S*H + 2*B*S\n"},
        FormCase{"{n: numel(X), H: 'dim(X, -1)', rows: n/H}", "[{name: a, why: w, flops: rows*H + rows}]",
                 "flops            n + n/H\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: (n + 1)*(n - 1)}]", "flops            n*n - 1\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: 'min(n, 4) + n/2 + n/2'}]",
                 "flops            min(n, 4) + n\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: n}, {name: b, why: w, when: present(B), flops: n}]",
                 "flops            n + n*[present(B)]\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: 'if(present(B), 3, 2)*n'}]", "  all given      3*n\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: n/(n + 1)*2}]", "flops            2*(n/(n + 1))\n"},
        FormCase{"{n: numel(X)}", "[{name: a, why: w, flops: n - n}, {name: b, why: w, macs: n}]",
                 "macs             n\n"}));

TEST(Explain, SuggestsNearNames) {
  const CostLibrary library = CostLibrary::builtin();
  const auto text = explain_op(library, "LayerNormalisation");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().kind, ErrorKind::usage);
  EXPECT_THAT(text.error().message, HasSubstr("LayerNormalization"));
  EXPECT_FALSE(explain_op(library, "Relu@2").has_value());
  EXPECT_TRUE(explain_op(library, "relu@13").has_value());
}

TEST(CostFolders, ThatCannotBeUsedSayWhatToDo) {
  const auto missing = CostLibrary::from_folder("no/such/folder");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::input);
  const CostFolder empty({std::pair<std::string, std::string>("README.md", "nothing")});
  EXPECT_THROW((void)empty.library(), std::runtime_error);
}

}  // namespace
}  // namespace costscan
