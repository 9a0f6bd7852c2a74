// Convolution of quantised operands into a quantised result.
#include "../templates/q_linear_conv.hpp"
