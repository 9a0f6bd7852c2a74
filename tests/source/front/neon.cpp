// args: -target aarch64-linux-gnu -ffreestanding
// Arm's intrinsics: some are functions, some macros over statement expressions.
#include <arm_neon.h>
float dot(const float* a, const float* b, int n) {
  float32x4_t s = vdupq_n_f32(0);
  for (int i = 0; i < n; i += 4) s = vfmaq_f32(s, vld1q_f32(a + i), vld1q_f32(b + i));
  return vaddvq_f32(s);
}
void store(float* y, float32x4_t v) { vst1q_f32(y, vmulq_n_f32(v, 2)); }
