// Mean of each window.
#include "../reference.hpp"
#include "../templates/average_pool.hpp"
