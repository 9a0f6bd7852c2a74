// Normally distributed random numbers.
#include "../reference.hpp"
#include "../templates/random.hpp"

void run(HeldIn radius, HeldIn turn, Out output, Index n, real mean, real scale, real tau) {
  KERNEL_AS(random, normal, radius, turn, output, n, mean, scale, tau);
}
