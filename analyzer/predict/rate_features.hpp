// Executed node → the kernel regime that its time depends on, and where in that regime it lies. Calibration measures
// synthetic nodes and files them under these classes and coordinates; prediction asks for the same. No time stands
// here.
//
// A class names one kernel with one way through its memory; what switches the kernel (layout, stride, kind of
// broadcast, quantisation, order of axes) is in the name, what only scales it is a coordinate. Sizes of elements other
// than the usual (float32; int8 kinds have their own classes) are a suffix: ":float16", or ":1B" where only the width
// counts.
//
//   class                              coordinates (all >= 1; interpolated by their logarithms)      work
//   gemm, gemm/transA                  M, N, K; constant 2-D B (packed once)                         FLOPs
//   gemm_dynamic                       M, N, K; 2-D B made at run time                               FLOPs
//   bmm, bmm/transB, bmm/transA        M, N, K of one product; products multiply the work            FLOPs
//   conv_nchwc/first                   Cout, output pixels, Cin x taps, stride                       FLOPs
//   conv_nchwc/{1x1,3x3}/s{1,2}        Cin, Cout, output pixels                                      FLOPs
//   conv_nchwc/kxk/s{1,2}              Cin, Cout, output pixels, taps                                FLOPs
//   conv_nchwc/dw{3x3,5x5,7x7}/s{1,2}  channels, output pixels                                       FLOPs
//   conv_nchwc/dwkxk/s{1,2}            channels, output pixels, taps                                 FLOPs
//   conv_nchwc/grouped/s{1,2}          Cin/group, Cout/group, output pixels, taps                    FLOPs
//   conv/{1x1,im2col,1d,1ch,grouped}   Cout/group, output pixels, Cin/group x taps                   FLOPs
//   conv/dw                            channels, output pixels, taps                                 FLOPs
//   conv_transpose                     Cout/group x taps, input pixels, Cin/group                    FLOPs
//   qlinear_conv/{1x1,im2col,grouped}  as conv                                                       integer operations
//   qlinear_conv/dw                    channels, output pixels, taps                                 integer operations
//                                      (each also /unsigned, for unsigned weights)
//   matmul_integer, matmul_integer_to_float, dynamic_quantize_matmul, qgemm, qlinear_matmul (each also /unsigned, for
//                                      constant unsigned B, and /dynamic, for a B made at run time; unsigned B has a
//                                      kernel of its own)             M, N, K                        integer operations
//   matmul_nbits/{bits}b/{block}/acc{l} M, N, K                                                      FLOPs
//   einsum                             M, N, K, products (from the equation)                         FLOPs
//   lstm, gru, rnn                     steps, batch, hidden, input                                   FLOPs
//   attention/{MultiHeadAttention,GroupQueryAttention,Attention,...}
//                                      batch x heads, queries, keys, head size                       FLOPs
//   attention/packed (com.microsoft Attention, with its projections)
//                                      batch x heads, queries, keys, head size, hidden               FLOPs
//   everything below: work is bytes read and written
//   binary/{arith,Div,MinMax,Pow,PowSquare,compare,logical,Mod,PRelu}/{same,scalar,row,column,mixed}
//                                      output elements[, run: elements over which neither operand's stride changes]
//   Where/{same,scalar,mixed}          output elements[, run]
//   unary/OP (Relu, Erf, Gelu, ...; "QuickGelu/alpha1"; BiasGelu and FastGelu with bias: "/bias")   elements
//   Cast/FROM-TO                       elements
//   softmax/{Softmax,LogSoftmax}[/axis]  rows, columns
//   norm/OP (LayerNormalization, SkipLayerNormalization, SimplifiedLayerNormalization, InstanceNormalization, ...)
//                                      rows, columns
//   norm/BatchNormalization/tokens     elements, 1: of a matrix, one element at a time
//   reduce/OP/{inner,outer,mixed}      kept elements, reduced elements
//   Transpose/copy                     bytes
//   Transpose/block                    bytes, bytes of the innermost run that stays together
//   Transpose/2d, Transpose/batched2d, Transpose/general   bytes, rows (of the moved axis), columns
//   Concat, Split, Slice, Slice/strided, Gather, GatherElements, GatherND, Expand, Tile, Pad
//                                      bytes of the output (Split: of the input), bytes of one contiguous run
//   ReorderInput, ReorderOutput [/channels_last]           channels, pixels
//   pool/{Max,Average}[/nchwc,/nhwc]/s{1,2}  output elements, taps
//   pool/Global{Average,Max}[/nchwc]   channels, pixels
//   Resize/{nearest,linear,cubic}[/nchwc]                  output elements
//   quantize/{QuantizeLinear,DequantizeLinear}[/axis], quantize/DynamicQuantizeLinear    elements
//   qlinear/OP/KIND (QLinearAdd, QLinearMul, ...)          elements
//   RotaryEmbedding                    elements, head size
//   view                               1: reshapes, at a fixed cost
//   shape                              1: Shape, Size, Range and other nodes over a handful of integers
//   generic/{movement,arithmetic,transcendental}           elements: any other op; `generic` is set
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cost.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

enum class WorkUnit { flops, bytes };

/// Where one executed node lies among the kernels of the runtime. Bytes and work are of one execution.
struct RateFeatures {
  std::string rate_class;
  std::vector<double> coords;  ///< as the table above; never below 1
  WorkUnit unit = WorkUnit::bytes;
  double work = 0;  ///< what a rate divides: floating-point (or integer) operations, or bytes read and written
  double flops = 0;
  double bytes_in = 0;  ///< of operands made at run time, as far as the op reads them
  double bytes_out = 0;
  double weight_bytes = 0;  ///< of constant operands, as far as the op reads them
  double out_elements = 0;  ///< of the first output
  std::string activation;   ///< fused into a Conv or Gemm: "Relu", "Clip", ..., "+Sum" appended; empty: none
  bool generic = false;     ///< a class for lack of a better one
};

/// The class and coordinates of node `node` of `scope` (an executed graph under its shapes). nullopt where a shape is
/// unknown or the node is a control-flow node, whose bodies are nodes of their own.
[[nodiscard]] std::optional<RateFeatures> rate_features(const Scope& scope, std::size_t node, const NodeCost& cost);

}  // namespace costscan
