// The document: complete, the same figures as the tables, and the same in both forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/document.hpp"
#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

Json json(const Analysis& analysis) { return Json::parse(report_json(analysis, {}).value()); }

/// {columns, rows} back to a list of objects, kernels included: what the page does.
Json expanded(const Json& table) {
  Json out = Json::array();
  for (const Json& row : table.at("rows")) {
    Json object;
    for (std::size_t i = 0; i < row.size(); ++i) object[table.at("columns").at(i).get<std::string>()] = row[i];
    if (object.contains("kernels")) {
      for (Json& kernel : object["kernels"]) {
        const char* names[] = {"text", "flops", "macs", "transcendentals", "int_ops", "read_bytes", "write_bytes"};
        Json named;
        for (std::size_t i = 0; i < std::size(names); ++i) named[names[i]] = kernel.at(i);
        kernel = named;
      }
    }
    out.push_back(object);
  }
  return out;
}

TEST(Json, HasEveryPart) {
  const Json doc = json(test::measured_analysis());
  EXPECT_EQ(doc["costscan"]["schema"], 1);
  EXPECT_FALSE(doc["costscan"]["version"].get<std::string>().empty());
  EXPECT_EQ(doc["model"]["name"], "tiny");
  EXPECT_EQ(doc["model"]["file"], "tiny.onnx") << "no folder";
  EXPECT_EQ(doc["model"]["opset"], 17);
  EXPECT_EQ(doc["model"]["producer"], "pytorch 2.4");
  EXPECT_EQ(doc["dims"][0]["origin"], "default");
  EXPECT_EQ(doc["dims"][1]["origin"], "given");
  EXPECT_EQ(doc["dims"][2]["origin"], "derived");
  EXPECT_EQ(doc["totals"]["remainder_us"], 15);
  EXPECT_EQ(doc["rates"]["name"], "generic-cpu");
  EXPECT_EQ(doc["measurement"]["status"], "ok");
  EXPECT_THAT(doc["measurement"]["latency"]["us"].get<std::vector<double>>(), ElementsAre(99, 100, 102));
  EXPECT_EQ(doc["measurement"]["machine"]["cpu"], "Test CPU");
  EXPECT_EQ(doc["uncovered"][0]["rows"], Json::array({3}));
  EXPECT_EQ(doc["runtime"][1]["rows"], Json::array({2, 5}));
  EXPECT_EQ(doc["runtime"][2]["join"], "not joined: no original output");
}

ClosedForms some_forms() {
  ClosedForm flops;
  flops.total = "flops";
  flops.text = "6*batch*height";
  flops.holds = "height mod 32 = 0, batch*height <= 900, heads = 8";
  flops.holds_at_bound = true;
  flops.evidence = "exact at 2 points, checked at 1 other; for height mod 32 = 0";
  flops.variables = {{"batch", 1, 1, 0, {}, 16}, {"height", 224, 32, 0, 64, {}}};
  flops.joint_limits = {{true, true, {"batch", "height"}, 900}};
  flops.held = {{"heads", 8, "not polynomial in heads"}};
  flops.fitted = {{1, 224, 8}, {2, 224, 8}};
  flops.checked = {{3, 256, 8}};
  ClosedForm bytes;
  bytes.total = "compulsory_bytes";
  bytes.evidence = "none: not polynomial";
  return {{"batch", "height", "heads"}, {flops, bytes}, Trust::upper_bound, 1, 7};
}

TEST(Json, GivesClosedFormsWithTheirEvidence) {
  Analysis analysis = test::static_analysis();
  EXPECT_TRUE(json(analysis)["closed_forms"].is_null()) << "nobody asked for them";
  analysis.closed_forms = some_forms();
  const Json forms = json(analysis)["closed_forms"];
  EXPECT_EQ(forms["dims"], Json::array({"batch", "height", "heads"}));
  EXPECT_EQ(forms["evaluations"], 7);
  EXPECT_EQ(forms["trust"], "upper_bound");
  const Json& flops = forms["forms"][0];
  EXPECT_EQ(flops["total"], "flops");
  EXPECT_EQ(flops["formula"], "6*batch*height");
  EXPECT_EQ(
      flops["evidence"],
      "exact at 2 points, checked at 1 other; for height mod 32 = 0; a formula of the upper bound; without 1 node "
      "that has no cost model");
  EXPECT_EQ(flops["variables"][0]["most"], 16);
  EXPECT_TRUE(flops["variables"][0]["least"].is_null());
  EXPECT_EQ(flops["variables"][1]["period"], 32);
  EXPECT_EQ(flops["joint_limits"][0], (Json{{"of", "product"}, {"names", {"batch", "height"}}, {"most", 900}}));
  EXPECT_EQ(flops["held"][0]["why"], "not polynomial in heads");
  EXPECT_EQ(flops["checked_points"], Json::array({Json::array({3, 256, 8})}));
  EXPECT_TRUE(forms["forms"][1]["formula"].is_null()) << "unknown, not an empty formula";
  EXPECT_FALSE(json(analysis)["totals"].contains("flops_formula")) << "said once";
}

TEST(Json, HasNullForTheUnknown) {
  const Json doc = json(test::static_analysis());
  const Json& unknown = doc["nodes"][3];
  for (const char* name :
       {"flops", "macs", "transcendentals", "int_ops", "read_bytes", "write_bytes", "compulsory_bytes", "weight_bytes",
        "arithmetic_intensity", "predicted_us", "measured_us", "measured_mad_us", "cost_model"}) {
    ASSERT_TRUE(unknown.contains(name)) << name;
    EXPECT_TRUE(unknown[name].is_null()) << name;
  }
  EXPECT_EQ(unknown["unknown_reason"], "no cost model for com.acme.Magic");
  EXPECT_TRUE(doc["measurement"]["latency"].is_null());
  EXPECT_TRUE(doc["measurement"]["machine"].is_null());
  EXPECT_TRUE(doc["totals"]["predicted_us"].is_null());
  const Json op = *std::ranges::find_if(doc["ops"], [](const Json& each) { return each["op_type"] == "Magic"; });
  EXPECT_TRUE(op["flops"].is_null());
}

TEST(Json, PointsIntoItsSharedTexts) {
  const Json doc = json(test::static_analysis());
  const Json& norm = doc["nodes"][2];
  EXPECT_EQ(doc["kernel_texts"][norm["kernels"][0]["text"].get<std::size_t>()]["name"], "normalize");
  EXPECT_EQ(doc["kernel_texts"][norm["kernels"][0]["text"].get<std::size_t>()]["flops_formula"], "8*H + 2");
  EXPECT_EQ(doc["cost_models"][norm["cost_model"].get<std::size_t>()]["id"], "ai.onnx/LayerNormalization@1");
  EXPECT_EQ(doc["nodes"][0]["symbols"][0], Json::array({"M", "8", "dim(W,0)"}));
}

TEST(Json, WritesEqualTextsOnce) {
  Analysis analysis = test::static_analysis();
  analysis.nodes[2] = test::conv_row();  // the same texts at other addresses
  const Json doc = json(analysis);
  EXPECT_EQ(doc["kernel_texts"].size(), 3U) << "conv, relu, multiply";
  EXPECT_EQ(doc["nodes"][0]["kernels"][1]["text"], doc["nodes"][2]["kernels"][1]["text"]);
}

TEST(Json, KernelsAddUpToTheirNode) {
  const Json doc = json(test::static_analysis());
  for (const Json& node : doc["nodes"]) {
    if (node["kernels"].empty()) continue;
    for (const char* name : {"flops", "macs", "transcendentals", "int_ops", "read_bytes", "write_bytes"}) {
      std::int64_t sum = 0;
      for (const Json& kernel : node["kernels"]) sum += kernel[name].get<std::int64_t>();
      EXPECT_EQ(sum, node[name].get<std::int64_t>()) << node["node_name"] << " " << name;
    }
  }
}

TEST(Json, AgreesWithTheCsv) {
  const Analysis analysis = test::measured_analysis();
  const Json doc = json(analysis);
  const auto rows = test::parse_csv(report_csv(analysis, {}).value());
  std::size_t compared = 0;
  for (std::size_t column = 0; column < rows.front().size(); ++column) {
    const std::string& name = rows.front()[column];
    if (name == "model" || name == "outputs" || name == "runtime_node") continue;
    for (std::size_t row = 1; row < rows.size(); ++row) {
      const Json& value = doc["nodes"].at(row - 1).at(name);
      const std::string& cell = rows[row][column];
      if (value.is_string()) {
        EXPECT_EQ(value.get<std::string>(), cell) << name;
      } else if (value.is_null()) {
        EXPECT_EQ(cell, "") << name;
      } else {
        EXPECT_EQ(value.get<double>(), std::stod(cell)) << name;
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 6U * 22U);
}

TEST(Json, ColumnarFormSaysTheSame) {
  const Analysis analysis = test::measured_analysis();
  const Json objects = Json::parse(document(analysis, Rows::objects).dump());
  Json columnar = Json::parse(document(analysis, Rows::columnar).dump());
  columnar["nodes"] = expanded(columnar["nodes"]);
  columnar["runtime"] = expanded(columnar["runtime"]);
  EXPECT_EQ(objects, columnar);
}

TEST(Json, WritesInfinitiesAsNull) {
  Analysis analysis = test::static_analysis();
  analysis.nodes[0].predicted_us = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(json(analysis)["nodes"][0]["predicted_us"].is_null());
}

TEST(Json, KeepsLargeCountsExact) {
  Analysis analysis = test::static_analysis();
  constexpr std::int64_t beyond_double = (std::int64_t{1} << 60) + 1;
  analysis.nodes[4].cost.work.flops = beyond_double;
  EXPECT_EQ(json(analysis)["nodes"][4]["flops"].get<std::int64_t>(), beyond_double);
}

}  // namespace
}  // namespace costscan
