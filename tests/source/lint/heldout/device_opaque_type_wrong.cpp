// expect: overwritten_accumulator line 8 contributing 1
// effects: own_effects.yaml
struct Tile;
struct Buffer;
void gemm(const Buffer& a, const Buffer& b, int step, Tile& result);
void flush(Tile& result);
void block(const Buffer& a, const Buffer& b, Tile& accumulator, int steps) {
  for (int step = 0; step < steps; ++step) gemm(a, b, step, accumulator);
  flush(accumulator);
}
