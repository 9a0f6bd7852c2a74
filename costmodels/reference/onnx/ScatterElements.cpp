// A copy of the data with single elements replaced or combined by index.
#include "../templates/scatter.hpp"
