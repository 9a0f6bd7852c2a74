// Depthwise causal convolution whose last inputs are kept as state for the next call.
#include "../templates/causal_conv.hpp"
