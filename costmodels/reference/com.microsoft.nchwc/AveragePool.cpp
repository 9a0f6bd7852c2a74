// ONNX Runtime com.microsoft.nchwc: the same arithmetic on blocked channels; here, on plain ones (the blocks reorder
// bytes only).
#include "../reference.hpp"
#include "../templates/average_pool.hpp"
