// Long short-term memory whose products run in 8-bit integers: input and state are quantised by their own ranges.
#include "../reference.hpp"
#include "../templates/dynamic_quantize.hpp"
#include "../templates/integer_matmul.hpp"
#include "../templates/lstm.hpp"

void multiply(HeldSums products, In x_scale, In w_scale, Held Y, Index n) {
  const real combined = x_scale[0] * w_scale[0];
  for (Index i = 0; i < n; ++i) Y[i] = real(integer(products[i])) * combined;
}

void store(Held values, Out Y, Index n) {
  for (Index i = 0; i < n; ++i) Y[i] = values[i];
}

void run(In X, InCodes W, InCodes R, In B, In W_scale, InCodes W_zero_point, In R_scale, InCodes R_zero_point, Out Y,
         Out Y_h, Out Y_c, Out range, Out x_scale, OutCodes x_zero_point, OutCodes codes, HeldSums left, HeldSums right,
         HeldSums products, Held values, Out from_input, Out from_state, Held gates, Held squashed, Out first, Out cell,
         Index seq, Index batch, Index I, Index H, Index D, bool reverse) {
  const Index states = batch * H;
  for (Index d = 0; d < D; ++d) {
    KERNEL_AS(gates, start_at_zero, first, states);
    KERNEL_AS(gates, start_at_zero, cell, states);
    KERNEL_AS(quantize_input, min_max, X, range, seq * batch * I);
    KERNEL_AS(quantize_input, find_scale, range, x_scale, x_zero_point);
    KERNEL_AS(quantize_input, quantize, X, x_scale, x_zero_point, codes, seq * batch * I);
    KERNEL_AS(input_gemm, load, codes, x_zero_point, left, seq * batch * I);
    KERNEL_AS(input_gemm, load, W + d * I * 4 * H, W_zero_point + d, right, I * 4 * H);
    KERNEL_AS(zero_points, shift, left, seq * batch * I);
    KERNEL_AS(zero_points, shift, right, I * 4 * H);
    KERNEL_AS(input_gemm, matmul, left, right, products, seq * batch, 4 * H, I);
    KERNEL_AS(scale, multiply, products, x_scale, W_scale + d, values, seq * batch * 4 * H);
    KERNEL_AS(input_gemm, store, values, from_input, seq * batch * 4 * H);
    In state = first;
    for (Index step = 0; step < seq; ++step) {
      const Index t = reverse || d == 1 ? seq - 1 - step : step;
      Out next = Y + (t * D + d) * states;
      KERNEL_AS(quantize_state, min_max, state, range, states);
      KERNEL_AS(quantize_state, find_scale, range, x_scale, x_zero_point);
      KERNEL_AS(quantize_state, quantize, state, x_scale, x_zero_point, codes, states);
      KERNEL_AS(recurrent_gemm, load, codes, x_zero_point, left, states);
      KERNEL_AS(recurrent_gemm, load, R + d * H * 4 * H, R_zero_point + d, right, H * 4 * H);
      KERNEL_AS(zero_points, shift, left, states);
      KERNEL_AS(zero_points, shift, right, H * 4 * H);
      KERNEL_AS(recurrent_gemm, matmul, left, right, products, batch, 4 * H, H);
      KERNEL_AS(scale, multiply, products, x_scale, R_scale + d, values, states * 4);
      KERNEL_AS(recurrent_gemm, store, values, from_state, states * 4);
      KERNEL_AS(gates, biased_sums, from_input + t * batch * 4 * H, from_state, B + d * 8 * H, gates, batch, 4 * H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 0, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, 2 * H, H);
      KERNEL_AS(activation, hyperbolic, gates, batch, 4 * H, 3 * H, H);
      KERNEL_AS(gates, update_cell, gates, cell, cell, batch, H);
      KERNEL_AS(activation, sigmoid, gates, batch, 4 * H, H, H);
      KERNEL_AS(activation, squash, cell, squashed, states);
      KERNEL_AS(gates, give_out, gates, squashed, next, batch, H);
      state = next;
      if (step == seq - 1) {
        KERNEL_AS(gates, finish, next, Y_h + d * states, states);
        KERNEL_AS(gates, finish, cell, Y_c + d * states, states);
      }
    }
  }
}
