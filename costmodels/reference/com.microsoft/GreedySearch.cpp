// Text generation that takes the best token each time.
#include "../reference.hpp"
#include "../templates/generation.hpp"

/// The best token of every row; rows that have ended are padded.
void best(In scores, OutIndices32 next, HeldIndices ended, Index rows, Index vocab, Index eos, Index pad) {
  for (Index row = 0; row < rows; ++row) {
    real most = lowest;
    Index token = 0;
    for (Index v = 0; v < vocab; ++v) {
      const real score = scores[row * vocab + v];
      const bool better = score > most;
      most = better ? score : most;
      token = better ? v : token;
    }
    if (token == eos) ended[row] = 1;
    next[row] = std::int32_t(ended[row] != 0 ? pad : token);
  }
}

void run(InIndices32 input_ids, InIndices32 vocab_mask, InIndices32 prefix_vocab_mask, OutIndices32 sequences,
         HeldIn table, OutIndices32 tokens, HeldSums line, Out logits, Out scores, HeldIndices seen,
         HeldIndices allowed, HeldIndices banned, HeldIndices ended, Index rows, Index vocab, Index prompt,
         Index length, Index least, Index ngram, Index eos_token_id, Index pad_token_id, bool penalised, real penalty) {
  KERNEL_AS(start, start_with, input_ids, tokens, rows, 1, prompt);
  for (Index i = prompt * rows; i < length * rows; ++i) tokens[i] = std::int32_t(pad_token_id);
  for (Index at = prompt; at < length; ++at) {
    decode(table, tokens, logits, rows, vocab, at);
    for (Index i = 0; i < rows * vocab; ++i) banned[i] = 0;
    if (ngram > 0) KERNEL(ban_ngrams, as_data(tokens), line, banned, rows, vocab, at < ngram ? 0 : at, ngram);
    KERNEL(process_logits, logits, tokens, vocab_mask, prefix_vocab_mask, InIndices32(nullptr), seen, allowed, banned,
           scores, rows, 1, vocab, at, at < least ? eos_token_id : -1, penalised, bool(vocab_mask),
           at == prompt && bool(prefix_vocab_mask), false, false, penalty, 1.0F, 0.0F);
    KERNEL(best, scores, tokens + at * rows, ended, rows, vocab, eos_token_id, pad_token_id);
    Index open = 0;
    for (Index row = 0; row < rows; ++row) open += 1 - ended[row];
    if (open == 0) break;
  }
  as_rows(tokens, sequences, rows, length);
}
