// expect: overwritten_accumulator line 10 contributing 1
// effects: own_effects.yaml
void fetch(int tile);
void multiply_into(int tile, int target);
void store(int source);
enum Register { total = 3, scratch = 4 };
void row(int tiles) {
  for (int tile = 0; tile < tiles; ++tile) {
    fetch(tile);
    multiply_into(tile, total);
  }
  store(total);
}
