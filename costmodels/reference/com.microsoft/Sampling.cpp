// Text generation that draws each token from the likely ones.
#include "../reference.hpp"
#include "../templates/generation.hpp"
#include "../templates/merge_sort.hpp"
#include "../templates/multinomial.hpp"

void load(In scores, Held keys, Index n) {
  for (Index i = 0; i < n; ++i) keys[i] = scores[i];
}

void store(Held keys, HeldIndices order, Out sorted, Index n) {
  for (Index i = 0; i < n; ++i) sorted[i] = keys[order[i]];
}

/// Tokens whose probability, with that of all less likely ones, stays within `rest` get the filter's value; the
/// likeliest `kept` never do. `custom`: tokens after those whose probabilities together exceed `rest`.
void filter(In sorted, HeldIndices order, Held powers, Out filtered, Index n, Index kept, bool custom, real rest,
            real filter_value) {
  real best = lowest;
  for (Index i = 0; i < n; ++i) best = fmax(best, sorted[i]);
  real sum = 0.0F;
  for (Index i = 0; i < n; ++i) {
    const real power = exp(sorted[i] - best);
    powers[i] = power;
    sum += power;
  }
  real running = 0.0F;
  bool out = false;
  for (Index step = 0; step < n; ++step) {
    const Index i = custom ? step : n - 1 - step;
    const real share = powers[i] / sum;
    running += share;
    const bool within = running <= rest;
    if (!custom) out = within && i >= kept;
    filtered[order[i]] = out ? filter_value : sorted[i];
    if (custom) out = !within;
  }
}

void run(InIndices32 input_ids, InIndices32 vocab_mask, InIndices32 prefix_vocab_mask, InIndices32 presence_mask,
         OutIndices32 sequences, HeldIn table, HeldIn uniforms, OutIndices32 tokens, HeldSums line, Out logits,
         Out scores, Out sorted, Out filtered, OutWide sums, Held keys, HeldIndices order, HeldIndices merged,
         HeldIndices seen, HeldIndices allowed, HeldIndices banned, HeldIndices ended, Index rows, Index vocab,
         Index prompt, Index length, Index least, Index ngram, Index kept, bool custom, Index eos_token_id,
         Index pad_token_id, bool penalised, bool scaled, real penalty, real temperature, real presence_penalty,
         real rest, real filter_value) {
  KERNEL_AS(start, start_with, input_ids, tokens, rows, 1, prompt);
  for (Index i = prompt * rows; i < length * rows; ++i) tokens[i] = std::int32_t(pad_token_id);
  for (Index at = prompt; at < length; ++at) {
    decode(table, tokens, logits, rows, vocab, at);
    for (Index i = 0; i < rows * vocab; ++i) banned[i] = 0;
    if (ngram > 0) KERNEL(ban_ngrams, as_data(tokens), line, banned, rows, vocab, at < ngram ? 0 : at, ngram);
    KERNEL(process_logits, logits, tokens, vocab_mask, prefix_vocab_mask, presence_mask, seen, allowed, banned, scores,
           rows, 1, vocab, at, at < least ? eos_token_id : -1, penalised, bool(vocab_mask),
           at == prompt && bool(prefix_vocab_mask), scaled, bool(presence_mask), penalty, temperature,
           presence_penalty);
    Index open = 0;
    for (Index row = 0; row < rows; ++row) {
      const Index from = row * vocab;
      const Index next = at * rows + row;
      KERNEL_AS(sort, load, scores + from, keys, vocab);
      KERNEL_AS(sort, merge_sort_descending, keys, order, merged, vocab);
      KERNEL_AS(sort, store, keys, order, sorted + from, vocab);
      KERNEL(filter, sorted + from, order, keys, filtered + from, vocab, kept, custom, rest, filter_value);
      KERNEL(cumulate, filtered + from, sums + from, 1, vocab);
      KERNEL(draw, sums + from, uniforms + ((at - prompt) * rows + row), tokens + next, 1, vocab, 1);
      if (tokens[next] == eos_token_id) ended[row] = 1;
      if (ended[row] != 0) tokens[next] = std::int32_t(pad_token_id);
      open += 1 - ended[row];
    }
    if (open == 0) break;
  }
  as_rows(tokens, sequences, rows, length);
}
