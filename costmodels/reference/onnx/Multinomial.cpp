// Random classes by unnormalised log probabilities. Uniform numbers come from an integer generator.
#include "../templates/multinomial.hpp"

#include "../reference.hpp"

void run(In input, HeldIn uniforms, OutIndices32 output, OutWide sums, Index batch, Index classes, Index sample_size) {
  KERNEL(cumulate, input, sums, batch, classes);
  KERNEL(draw, sums, uniforms, output, batch, classes, sample_size);
}
