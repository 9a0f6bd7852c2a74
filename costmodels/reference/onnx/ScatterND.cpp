// A copy of the data with sub-tensors replaced or combined by index tuples.
#include "../templates/scatter.hpp"
