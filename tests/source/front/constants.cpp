// Named constants become literals that keep their name; other globals stay variables.
#include <cmath>
#include <limits>
enum Mode { fast = 3, slow };
enum class Kind : unsigned char { a = 1, b };
namespace config {
constexpr int tile = 32;
static const int width = tile * 2;
constexpr float scale = 0.5f;
}  // namespace config
int threshold = 4;
float table[3] = {1, 2, 3};
constexpr float weights[2] = {0.25f, 0.75f};
void use(float* x, Mode mode, Kind kind) {
  const int n = config::tile + 1;
  const int m = threshold;
  static float kept = 0;
  x[n] = config::width * config::scale;
  x[m] = mode == slow ? table[fast] : weights[1];
  if (kind == Kind::b) x[0] = kept;
  x[1] = -std::numeric_limits<float>::infinity();
  x[2] = INFINITY;
  x[3] = 'a' + true;
}
