// Executed nodes get calibrated times, rows their shares, and the model a sum that can be followed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "predict/calibrated.hpp"
#include "unit/predict_scope.hpp"

namespace costscan {
namespace {

/// Relu at 1000 bytes per us above 3 us, from 1 kB to 4 MB; nothing else is known.
Calibration relu_calibration() {
  Calibration calibration;
  calibration.key = {"test", "1.31.1", 1};
  calibration.mode = "quick";
  calibration.made = "2026-11-21T00:00:00Z";
  for (double n = 128; n <= 1 << 19; n *= 4) {
    CalibrationPoint point;
    point.rate_class = "unary/Relu";
    point.coords = {n};
    point.work = point.bytes = 8 * n;
    point.out_elements = n;
    point.us = 3 + 8 * n / 1000;
    calibration.points.push_back(point);
  }
  calibration.residency = {{1e6, 1e11}, {1e9, 1e11}};
  return calibration;
}

RuntimeRow runtime_row(std::vector<std::int32_t> rows, std::vector<double> shares) {
  RuntimeRow row;
  row.op_type = "Relu";
  row.rows = std::move(rows);
  row.shares = std::move(shares);
  return row;
}

/// Two executed Relus of 8 KB and 8 MB of traffic; the first stands for two rows, one row was dropped.
Analysis two_relus() {
  Analysis analysis;
  auto shaped = std::make_shared<ShapedModel>();
  shaped->scopes.push_back(make_scope({{"x", {{1000}}}, {"a", {{1000}}}, {"u", {{1000, 1000}}}, {"b", {{1000, 1000}}}},
                                      {{"Relu", {"x"}, {"a"}}, {"Relu", {"u"}, {"b"}}}, {"a", "b"}));
  analysis.executed = shaped;
  analysis.nodes.resize(4);
  analysis.runtime = {runtime_row({0, 1}, {0.25, 0.75}), runtime_row({2}, {1})};
  return analysis;
}

std::vector<GraphPlace> both_places(const Analysis& analysis) {
  const Graph* graph = analysis.executed->scopes.front().graph.get();
  return {{graph, 0}, {graph, 1}};
}

TEST(Calibrated, TimesAndSharesAddUp) {
  Analysis analysis = two_relus();
  predict_calibrated(analysis, both_places(analysis), relu_calibration(), PlanSource::runtime);
  share_predictions(analysis);
  ASSERT_NE(analysis.prediction, nullptr);
  EXPECT_NEAR(*analysis.runtime[0].predicted_us, 3 + 8, 0.5);
  EXPECT_NEAR(*analysis.runtime[1].predicted_us, 3 + 8000, 300);
  EXPECT_LT(*analysis.runtime[0].predicted_low_us, *analysis.runtime[0].predicted_us);
  EXPECT_GT(*analysis.runtime[0].predicted_high_us, *analysis.runtime[0].predicted_us);
  EXPECT_EQ(analysis.runtime[0].rate_class, "unary/Relu");
  EXPECT_DOUBLE_EQ(*analysis.nodes[0].predicted_us, 0.25 * *analysis.runtime[0].predicted_us);
  EXPECT_DOUBLE_EQ(*analysis.nodes[1].predicted_us, 0.75 * *analysis.runtime[0].predicted_us);
  EXPECT_EQ(*analysis.nodes[3].predicted_us, 0) << "dropped by the runtime";
  EXPECT_DOUBLE_EQ(*analysis.totals.predicted_runtime_us, analysis.prediction->us);
  EXPECT_NEAR(*analysis.totals.predicted_us, analysis.prediction->us, 1e-6);
  EXPECT_LT(analysis.prediction->low_us, analysis.prediction->us);
  EXPECT_EQ(analysis.prediction->uncalibrated_share, 0);
  EXPECT_THAT(analysis.warnings, testing::IsEmpty());
}

TEST(Calibrated, UncalibratedTimeIsSaid) {
  Analysis analysis = two_relus();
  Calibration calibration = relu_calibration();
  for (CalibrationPoint& point : calibration.points) point.rate_class = "unary/Tanh";
  predict_calibrated(analysis, both_places(analysis), calibration, PlanSource::runtime);
  EXPECT_DOUBLE_EQ(analysis.prediction->uncalibrated_share, 1);
  ASSERT_THAT(analysis.warnings, testing::SizeIs(1));
  EXPECT_THAT(analysis.warnings.front(), testing::HasSubstr("100% of the predicted time"));
  EXPECT_THAT(analysis.warnings.front(), testing::HasSubstr("unary/Relu"));
}

TEST(Calibrated, ANodeWithoutAShapeLeavesTheSumUnknown) {
  Analysis analysis = two_relus();
  auto shaped = std::make_shared<ShapedModel>(*analysis.executed);
  Scope& scope = shaped->scopes.front();
  scope.tensors[static_cast<std::size_t>(scope.graph->value_by_name.at("u"))].shape.reset();
  analysis.executed = shaped;
  analysis.totals.predicted_runtime_us = 5;  // what the plain roofline said
  predict_calibrated(analysis, both_places(analysis), relu_calibration(), PlanSource::runtime);
  share_predictions(analysis);
  EXPECT_EQ(analysis.prediction->unknown_nodes, 1);
  EXPECT_FALSE(analysis.totals.predicted_runtime_us.has_value());
  EXPECT_FALSE(analysis.totals.predicted_us.has_value());
}

TEST(Calibrated, RowsOfAnUnknownNodeAreUnknownAndNotFree) {
  Analysis analysis = two_relus();
  predict_calibrated(analysis, both_places(analysis), relu_calibration(), PlanSource::runtime);
  analysis.runtime[1].predicted_us.reset();
  analysis.runtime[1].rows = {1, 2};
  share_predictions(analysis);
  EXPECT_TRUE(analysis.nodes[0].predicted_us);
  EXPECT_FALSE(analysis.nodes[1].predicted_us) << "part of it is in the unknown node";
  EXPECT_FALSE(analysis.nodes[2].predicted_us);
}

TEST(Calibrated, BodiesCountOverAllTrips) {
  auto shaped = std::make_shared<ShapedModel>();
  const std::map<std::string, TestTensor> tensors = {{"x", {{1000}}}, {"a", {{1000}}}};
  Scope body = make_scope(tensors, {{"Relu", {"x"}, {"a"}}}, {"a"});
  body.kind = ScopeKind::loop_body;
  body.parent = 0;
  body.calling_node = 0;
  body.trips = 7;
  shaped->scopes.push_back(make_scope(tensors, {{"Loop", {"x"}, {"a"}, "", {attribute("body", body.graph)}}}, {"a"}));
  shaped->scopes.push_back(std::move(body));
  Calibration calibration = relu_calibration();
  calibration.dispatch_us = 2;
  const auto found = predict_nodes(*shaped, {}, calibration);
  ASSERT_TRUE(found[1].front().has_value());
  EXPECT_NEAR(found[1].front()->us, 7 * 11, 4);
  ASSERT_TRUE(found[0].front().has_value()) << "calling a body takes time";
  EXPECT_DOUBLE_EQ(found[0].front()->us, 8 * 2);
}

}  // namespace
}  // namespace costscan
