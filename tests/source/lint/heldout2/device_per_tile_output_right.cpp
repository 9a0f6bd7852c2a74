// expect: none
// effects: tiles.yaml
void mul_tiles_bcast_rows(int a, int b, int i, int j, int dst);
void pack_tile(int dst, int cb);
void acquire();
void release();
void scale(int tiles) {
  for (int t = 0; t < tiles; ++t) {
    acquire();
    mul_tiles_bcast_rows(0, 1, t, t, 0);
    pack_tile(0, 16);
    release();
  }
}
