// Enlarges a tensor by nearest or linear interpolation.
#include "../templates/resize.hpp"
