// Transposed convolution whose padding is an input.
#include "../templates/conv_transpose.hpp"
