// Attention by a running state: each step adds the outer product of key and value, and reads it with the query.
#include "../templates/linear_attention.hpp"
