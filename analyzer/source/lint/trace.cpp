#include "source/lint/trace.hpp"

namespace costscan::source::linting {

int Trace::ancestor(int iteration, int depth) const {
  if (iteration < 0 || iterations[static_cast<std::size_t>(iteration)].depth < depth) return nothing;
  while (iterations[static_cast<std::size_t>(iteration)].depth > depth) {
    iteration = iterations[static_cast<std::size_t>(iteration)].parent;
  }
  return iteration;
}

int Trace::common_depth(int a, int b) const {
  const auto depth = [this](int iteration) { return iterations[static_cast<std::size_t>(iteration)].depth; };
  while (a != b) {
    if (depth(a) >= depth(b)) {
      a = iterations[static_cast<std::size_t>(a)].parent;
    } else {
      b = iterations[static_cast<std::size_t>(b)].parent;
    }
  }
  return depth(a);
}

int Trace::parting_depth(int a, int b) const {
  const int depth = common_depth(a, b) + 1;
  const int in_a = ancestor(a, depth);
  const int in_b = ancestor(b, depth);
  if (in_a == nothing || in_b == nothing) return 0;
  const Iteration& first = iterations[static_cast<std::size_t>(in_a)];
  const Iteration& second = iterations[static_cast<std::size_t>(in_b)];
  return first.entry == second.entry && first.loop == second.loop ? depth : 0;
}

}  // namespace costscan::source::linting
