// Resamples a tensor by nearest, linear or cubic interpolation.
#include "../templates/resize.hpp"
