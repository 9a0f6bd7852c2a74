// Matrix product with transposed operands and a scale (older name of FusedMatMul).
#include "../templates/fused_matmul.hpp"
