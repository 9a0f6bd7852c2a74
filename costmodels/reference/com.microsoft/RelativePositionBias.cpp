// Biases of all query and key positions from a table of bucketed distances.
#include "../reference.hpp"

/// Half of the buckets hold a distance each, the others grow by a logarithm: factor*log(distance) + shift. The table is
/// [heads, buckets]. Both directions: the upper half of the buckets is for keys behind the query.
void gather(In bias_table, Out output, Index heads, Index queries, Index keys, Index buckets, bool both, real factor,
            real shift) {
  const Index half = both ? buckets / 2 : buckets;
  for (Index i = 0; i < queries; ++i) {
    for (Index j = 0; j < keys; ++j) {
      const Index behind = j - i;
      const Index distance = both ? (behind < 0 ? -behind : behind) : (behind < 0 ? -behind : 0);
      const Index grown = Index(factor * log(real(distance > 0 ? distance : 1)) + shift);
      const Index far = grown < half - 1 ? grown : half - 1;
      const Index bucket = (both && behind > 0 ? half : 0) + (distance < half / 2 ? distance : far);
      for (Index h = 0; h < heads; ++h) output[(h * queries + i) * keys + j] = bias_table[h * buckets + bucket];
    }
  }
}

void run(In bias_table, Out output, Index heads, Index queries, Index keys, Index buckets, bool both, real factor,
         real shift) {
  KERNEL(gather, bias_table, output, heads, queries, keys, buckets, both, factor, shift);
}
