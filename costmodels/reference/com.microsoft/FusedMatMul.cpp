// Matrix product with transposed operands and a scale.
#include "../templates/fused_matmul.hpp"
