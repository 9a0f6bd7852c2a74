// expect: none
int last_token(const int* tokens, int n) {
  int last = 0;
  for (int i = 0; i < n; ++i) last = tokens[i];
  return last;
}
