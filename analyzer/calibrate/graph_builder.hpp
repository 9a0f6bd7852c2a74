// Small ONNX graphs made in memory: what calibration has the runtime execute.
//
// Traps that the methods keep clear of: the runtime merges nodes that do the same to the same operands, so every source
// is made distinct; it shares the packed copies of weights whose contents are equal, so every weight has its own; and
// what nobody reads is removed, so every result ends in an output of the graph.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "measure/fill.hpp"
#include "measure/roles.hpp"
#include "measure/synthesize.hpp"
#include "model/result.hpp"
#include "predict/calibration.hpp"

namespace onnx {
class ModelProto;
}

namespace costscan::calibrate {

using AttributeValue = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;
using Names = std::vector<std::string>;

inline constexpr std::string_view microsoft = "com.microsoft";

/// A graph that a session can be made of, with everything that it is fed.
struct MicroModel {
  RunnableModel model;
  std::vector<InputPlan> inputs;
  std::set<std::string> helpers;                           ///< nodes that only make operands from what the graph is fed
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< what the free dimensions of its inputs are bound to
  std::string optimization_level = "all";                  ///< SessionOptions::optimization_level
};

struct GraphOptions {
  CacheContext context = CacheContext::warm;
  std::int64_t opset = 17;
  /// Activations come from matrix products that stream 2 MB of weights each, as in a transformer, instead of from cheap
  /// nodes.
  bool after_gemm = false;
  /// The runtime leaves out its last level, so that convolutions keep the plain layout.
  bool plain_layout = false;
};

/// Adds operators one after another. Sizes are elements; the operands' contents are made up by finish().
class GraphBuilder {
 public:
  explicit GraphBuilder(const GraphOptions& options);
  GraphBuilder(GraphBuilder&&) noexcept;
  GraphBuilder& operator=(GraphBuilder&&) noexcept;
  ~GraphBuilder();

  /// An activation, where the builder's context says: fresh from a node of its own, or a graph input in memory.
  std::string activation(const Shape& shape, DType dtype = DType::float32);
  /// A graph input with contents of its own.
  std::string input(const Shape& shape, DType dtype, const Fill& fill);
  /// A graph input whose first dimension the runtime learns only when it runs, so that it folds nothing that depends on
  /// it.
  std::string open_input(const Shape& shape);
  /// A constant operand with contents of its own.
  std::string weight(const Shape& shape, DType dtype = DType::float32,
                     const Fill& fill = {FillKind::uniform, -0.05, 0.05});
  /// Small constants that decide what a node does.
  std::string ints(const std::vector<std::int64_t>& values);
  std::string floats(const std::vector<float>& values);
  std::string scalar(double value, DType dtype = DType::float32);

  /// A node; "" stands for an omitted input. Returns its outputs' names.
  Names nodes(std::string_view op, const Names& inputs, std::size_t outputs, const Attributes& attributes = {},
              std::string_view domain = "");
  std::string node(std::string_view op, const Names& inputs, const Attributes& attributes = {},
                   std::string_view domain = "");

  /// Uses a result, so that it is computed: in a cold graph as an output of the graph, else by a node that reads one
  /// element, so that its memory is soon free for the next one.
  void use(const std::string& name, DType dtype = DType::float32);
  /// The same by an output of the graph in any context: for results that the runtime would move behind the reading.
  void keep(const std::string& name, DType dtype = DType::float32);

  /// Bytes of weights and fed inputs.
  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::int64_t weight_bytes() const noexcept { return weight_bytes_; }
  /// Makes the contents. Error (measurement) where memory is short.
  [[nodiscard]] Result<MicroModel> finish() const;

 private:
  struct Weight {
    std::string name;
    DType dtype = DType::float32;
    Shape shape;
    Fill fill;
    std::int64_t bytes = 0;
  };
  std::string next_name(char prefix);
  std::string product_of(const Shape& shape);
  GraphOptions options_;
  std::unique_ptr<onnx::ModelProto> model_;
  std::vector<Weight> weights_;
  std::vector<InputPlan> inputs_;
  std::vector<std::pair<std::string, std::int64_t>> dims_;
  std::set<std::string> helpers_;
  std::int64_t bytes_ = 0;
  std::int64_t weight_bytes_ = 0;
  std::int64_t names_ = 0;
};

}  // namespace costscan::calibrate
