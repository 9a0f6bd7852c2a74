// Text generation that follows several beams.
#include "../reference.hpp"
#include "../templates/beam_search.hpp"
