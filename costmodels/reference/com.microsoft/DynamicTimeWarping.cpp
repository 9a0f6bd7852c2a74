// Finds the cheapest path through a matrix of costs.
#include "../reference.hpp"

/// Each cell adds its cost to the cheapest of three predecessors. `before` are the sums of earlier cells, still in
/// cache, with a border of the highest number: [M + 1, N + 1]. Directions: 0 from the diagonal, 1 from above, 2 from
/// the left.
void accumulate(In costs, Held before, Out sums, OutCodes directions, Index M, Index N) {
  for (Index j = 0; j <= N; ++j) before[j] = highest;
  for (Index i = 1; i <= M; ++i) before[i * (N + 1)] = highest;
  before[0] = 0.0F;
  for (Index i = 1; i <= M; ++i) {
    for (Index j = 1; j <= N; ++j) {
      const real diagonal = before[(i - 1) * (N + 1) + j - 1];
      const real above = before[(i - 1) * (N + 1) + j];
      const real left = before[i * (N + 1) + j - 1];
      const bool by_above = above < diagonal;
      const real cheaper = by_above ? above : diagonal;
      const bool by_left = left < cheaper;
      const real cheapest = by_left ? left : cheaper;
      const real sum = cheapest + costs[(i - 1) * N + j - 1];
      before[i * (N + 1) + j] = sum;
      sums[(i - 1) * N + j - 1] = sum;
      directions[(i - 1) * N + j - 1] = code(by_left ? 2 : by_above ? 1 : 0);
    }
  }
}

/// From the last cell back to the first, `output_last` points: the choice of the next is one operation each.
void trace_back(InCodes directions, OutIndices32 path, Index M, Index N, Index output_last) {
  Index i = M - 1;
  Index j = N - 1;
  for (Index point = output_last - 1; point >= 0; --point) {
    path[point] = std::int32_t(i);
    path[output_last + point] = std::int32_t(j);
    const Index direction = index_of(integer(directions[i * N + j]));
    i -= chosen(direction == 2, 0, 1);
    j -= direction == 1 ? 0 : 1;
  }
}

void run(In input, OutIndices32 output, Held before, Out sums, OutCodes directions, Index M, Index N,
         Index output_last) {
  KERNEL(accumulate, input, before, sums, directions, M, N);
  KERNEL(trace_back, directions, output, M, N, output_last);
}
