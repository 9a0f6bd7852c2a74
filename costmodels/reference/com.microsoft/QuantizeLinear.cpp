// Maps floating values to integers by a scale and a zero point per tensor, axis or block.
#include "../templates/quantize_linear.hpp"
