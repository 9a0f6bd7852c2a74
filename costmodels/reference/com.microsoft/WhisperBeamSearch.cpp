// Transcription of sound that follows several beams; its rules for time stamps are a mask by position.
#include "../reference.hpp"
#include "../templates/beam_search.hpp"
