// Samples a tensor at given positions.
#include "../templates/grid_sample.hpp"
