// Maps integers back to floating values by a scale and a zero point per tensor, axis or block.
#include "../templates/dequantize_linear.hpp"
