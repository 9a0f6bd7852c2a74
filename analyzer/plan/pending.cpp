#include "plan/transformers.hpp"
namespace costscan::plan {
bool fuse_attention(PlanGraph&, const Context&) { return false; }
bool fuse_embed_layer_norm(PlanGraph&, const Context&) { return false; }
bool fuse_bias_softmax(PlanGraph&, const Context&) { return false; }
}  // namespace costscan::plan
