// expect: none
// effects: tiles.yaml
void mul_tiles_bcast_rows(int a, int b, int i, int j, int dst);
void send_somewhere(int dst);
enum { work = 2 };
void scale(int tiles) {
  for (int t = 0; t < tiles; ++t) {
    mul_tiles_bcast_rows(0, 1, t, t, work);
    send_somewhere(work);
  }
}
