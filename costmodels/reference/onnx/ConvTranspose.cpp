// Transposed convolution: each input element adds a weighted window to the output.
#include "../templates/conv_transpose.hpp"
