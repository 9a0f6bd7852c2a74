// Graphs that run beside a node's own work, and bodies whose shapes differ from trip to trip.
#include <gtest/gtest.h>

#include "shapes/image_header.hpp"
#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::attr;
using test::graph_attr;
using test::GraphBuilder;
using test::int_attr;
using test::ints_attr;
using test::tensor_named;
using test::text_of;

std::shared_ptr<const ShapedModel> infer_built(const std::shared_ptr<Model>& model) {
  const auto shaped = infer_shapes(model);
  EXPECT_TRUE(shaped.has_value()) << (shaped ? "" : shaped.error().message);
  return shaped ? *shaped : nullptr;
}

const Scope* scope_of(const ShapedModel& shaped, const std::string& attribute) {
  for (const Scope& scope : shaped.scopes) {
    if (scope.attribute == attribute) return &scope;
  }
  return nullptr;
}

std::string text_in(const Scope& scope, const std::string& name) {
  return text_of(scope.tensors.at(static_cast<std::size_t>(scope.graph->value_by_name.at(name))));
}

/// Ids and a cache as ONNX Runtime demands them of a decoder: [2, rows, heads, past, head size].
std::shared_ptr<const Graph> decoder_body() {
  return GraphBuilder()
      .input("input_ids", DType::int32, {"batch", "seq"})
      .input("attention_mask", DType::int32, {"batch", "total"})
      .input("past_0", DType::float32, {std::int64_t{2}, "batch", std::int64_t{4}, "past", std::int64_t{16}})
      .weight("table", DType::float32, {100, 64})
      .node("Gather", {"table", "input_ids"}, {"logits"})
      .node("Identity", {"past_0"}, {"present_0"})
      .output("logits")
      .output("present_0")
      .graph();
}

TEST(Generation, RunsThePromptOnceAndTheDecoderForEveryFurtherToken) {
  const auto shaped =
      infer_built(GraphBuilder()
                      .input("ids", DType::int32, {std::int64_t{2}, std::int64_t{7}})
                      .ints("max_length", {1}, {20})
                      .node("GreedySearch", {"ids", "max_length"}, {"sequences"},
                            {graph_attr("decoder", decoder_body()), int_attr("eos_token_id", 1)}, "com.microsoft")
                      .output("sequences")
                      .model());
  ASSERT_NE(shaped, nullptr);
  EXPECT_EQ(text_of(tensor_named(*shaped, "sequences")), "2x20");
  const Scope* prompt = scope_of(*shaped, "decoder_prompt");
  const Scope* step = scope_of(*shaped, "decoder");
  ASSERT_TRUE(prompt != nullptr && step != nullptr);
  EXPECT_EQ(prompt->trips, 1);
  EXPECT_EQ(text_in(*prompt, "logits"), "2x7x64");
  EXPECT_EQ(text_in(*prompt, "present_0"), "2x2x4x0x16");
  EXPECT_EQ(step->trips, 20 - 7 - 1);
  EXPECT_TRUE(step->trips_upper_bound);
  EXPECT_EQ(text_in(*step, "logits"), "2x1x64");
  EXPECT_EQ(text_in(*step, "attention_mask"), "2x20");
  EXPECT_EQ(text_in(*step, "present_0"), "2x2x4x19x16");
}

TEST(Generation, BeamsAreRowsOfTheirOwnAndTheEncoderRunsOnce) {
  const auto encoder = GraphBuilder()
                           .input("encoder_input_ids", DType::int32, {"batch", "seq"})
                           .node("Identity", {"encoder_input_ids"}, {"kept"})
                           .output("kept")
                           .graph();
  const auto step_graph =
      GraphBuilder()
          .input("input_ids", DType::int32, {"rows", std::int64_t{1}})
          .input("encoder_hidden_states", DType::float32, {"rows", "enc", std::int64_t{64}})
          .input("past_key_cross_0", DType::float32, {"rows", std::int64_t{4}, "enc", std::int64_t{16}})
          .input("past_key_self_0", DType::float32, {"rows", std::int64_t{4}, "past", std::int64_t{16}})
          .node("Identity", {"encoder_hidden_states"}, {"h"})
          .output("h")
          .graph();
  const auto shaped = infer_built(
      GraphBuilder()
          .input("ids", DType::int32, {std::int64_t{3}, std::int64_t{7}})
          .ints("max_length", {1}, {20})
          .ints("beams", {1}, {4})
          .ints("kept", {1}, {1})
          .node("BeamSearch", {"ids", "max_length", "", "beams", "kept"}, {"sequences"},
                {graph_attr("encoder", encoder), graph_attr("decoder", step_graph), int_attr("model_type", 1)},
                "com.microsoft")
          .output("sequences")
          .model());
  ASSERT_NE(shaped, nullptr);
  const Scope* encoding = scope_of(*shaped, "encoder");
  const Scope* step = scope_of(*shaped, "decoder");
  ASSERT_TRUE(encoding != nullptr && step != nullptr);
  EXPECT_EQ(text_in(*encoding, "kept"), "3x7");
  EXPECT_EQ(step->trips, 20 - 2);
  EXPECT_EQ(text_in(*step, "encoder_hidden_states"), "12x7x64");
  EXPECT_EQ(text_in(*step, "past_key_cross_0"), "12x4x7x16");
  EXPECT_EQ(text_in(*step, "past_key_self_0"), "12x4x19x16");
}

TEST(Generation, AnUnknownLengthCountsOneStepAndSaysSo) {
  const auto shaped = infer_built(GraphBuilder()
                                      .input("ids", DType::int32, {std::int64_t{2}, std::int64_t{7}})
                                      .input("max_length", DType::int32, {"n"})
                                      .node("Sampling", {"ids", "max_length"}, {"sequences"},
                                            {graph_attr("decoder", decoder_body())}, "com.microsoft")
                                      .output("sequences")
                                      .model());
  ASSERT_NE(shaped, nullptr);
  const Scope* step = scope_of(*shaped, "decoder");
  ASSERT_NE(step, nullptr);
  EXPECT_NE(step->trips_reason.find("max_length"), std::string::npos);
}

/// A body that takes the first `trip + 1` elements: 1 to 5 of them.
TEST(Loops, AShapeThatGrowsWithTheTripsIsBoundByTheLargest) {
  const auto body = GraphBuilder()
                        .formal("trip")
                        .formal("goes_on")
                        .ints("zero", {1}, {0})
                        .ints("one", {1}, {1})
                        .node("Add", {"trip", "one"}, {"end"})
                        .node("Slice", {"x", "zero", "end"}, {"part"})
                        .node("ReduceSum", {"part"}, {"total"}, {int_attr("keepdims", 0)})
                        .node("Identity", {"goes_on"}, {"again"})
                        .output("again")
                        .output("total")
                        .graph();
  auto graph = std::const_pointer_cast<Graph>(body);
  graph->values[static_cast<std::size_t>(graph->value_by_name.at("x"))].origin = ValueOrigin::captured;
  const auto shaped = infer_built(GraphBuilder()
                                      .input("x", DType::float32, {std::int64_t{5}})
                                      .ints("trips", {}, {5})
                                      .node("Loop", {"trips", ""}, {"totals"}, {graph_attr("body", graph)})
                                      .output("totals")
                                      .model());
  ASSERT_NE(shaped, nullptr);
  const TensorInfo& part = tensor_named(*shaped, "part", 1);
  EXPECT_EQ(text_of(part), "5");
  EXPECT_TRUE(part.data_dependent);
  EXPECT_EQ(text_of(tensor_named(*shaped, "totals")), "5");
}

struct Header {
  const char* format;
  std::string bytes;
  std::int64_t height;
  std::int64_t width;
};

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out += static_cast<char>(byte);
  return out;
}

TEST(ImageHeader, EveryFormatTellsItsSize) {
  const std::string riff = "RIFF" + bytes_of({0, 0, 0, 0}) + "WEBP";
  const std::vector<Header> headers{
      {"JPEG", bytes_of({0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 11, 8, 0, 3, 1, 4, 3}), 3, 260},
      {"JPEG 2000", bytes_of({0xff, 0x4f, 0xff, 0x51, 0, 47, 0, 0, 0, 0, 0, 9, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2}), 4,
       8},
      {"BMP from the top",
       "BM" + bytes_of({0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 7, 0, 0, 0, 0xfb, 0xff, 0xff, 0xff}), 5, 7},
      {"TIFF", "II" + bytes_of({42, 0, 8, 0, 0, 0, 2, 0, 0, 1, 3, 0, 1, 0, 0, 0,
                                6,  0, 0, 0, 1, 1, 4, 0, 1, 0, 0, 0, 9, 0, 0, 0}),
       9, 6},
      {"WebP, extended", riff + "VP8X" + bytes_of({10, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 2, 0, 0}), 3, 5},
      {"WebP, lossless", riff + "VP8L" + bytes_of({5, 0, 0, 0, 0x2f, 4, 0x80, 0, 0}), 3, 5},
      {"WebP, lossy", riff + "VP8 " + bytes_of({9, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 5, 0, 3, 0x40}), 3, 5},
      {"PPM with a comment", "P6\n# made by hand\n12 34\n255\n", 34, 12},
  };
  for (const Header& header : headers) {
    const auto size = image_size(header.bytes);
    ASSERT_TRUE(size.has_value()) << header.format;
    EXPECT_EQ(size->height, header.height) << header.format;
    EXPECT_EQ(size->width, header.width) << header.format;
    for (std::size_t length = 0; length < header.bytes.size(); ++length) {
      static_cast<void>(
          image_size(std::string_view(header.bytes).substr(0, length)));  // cut anywhere: no size, no crash
    }
  }
  EXPECT_FALSE(image_size("not an image, whatever it says").has_value());
}

}  // namespace
}  // namespace costscan
