// expect: none
int total_length(const int* start, const int* length, int n) {
  int end = 0;
  for (int i = 0; i < n; ++i) end = start[i] + length[i];
  return end;
}
