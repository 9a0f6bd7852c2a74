// What searches do around a decoder. The decoder itself is a graph with rows of its own: here it is a table of logits
// by position and last token, as in the graphs of the cases. No include guard: each operator's namespace has its own
// copy.
#include "../reference.hpp"

/// Where scores of forbidden tokens go: finite, so that sums with it are ordered.
constexpr float forbidden = -3.40282347e+38F;

/// The decoder of the cases, no kernel of the search. Tokens lie by position, so that those of a step are one stretch.
void decode(HeldIn table, InIndices32 tokens, Out logits, Index rows, Index vocab, Index length) {
  for (Index row = 0; row < rows; ++row) {
    const Index last = tokens[(length - 1) * rows + row];
    for (Index v = 0; v < vocab; ++v) logits[row * vocab + v] = table[((length - 1) * vocab + last) * vocab + v];
  }
}

/// Every row starts with the prompt of its input.
void start_with(InIndices32 prompt, OutIndices32 tokens, Index groups, Index beams, Index length) {
  for (Index i = 0; i < length; ++i) {
    for (Index group = 0; group < groups; ++group) {
      for (Index beam = 0; beam < beams; ++beam) {
        tokens[(i * groups + group) * beams + beam] = prompt[group * length + i];
      }
    }
  }
}

/// Notes the tokens that followed earlier occurrences of a sequence's last ngram - 1 tokens.
void ban_ngrams(InSums tokens, HeldSums line, HeldIndices banned, Index rows, Index vocab, Index length, Index ngram) {
  for (Index i = 0; i < length * rows; ++i) line[i] = tokens[i];
  for (Index row = 0; row < rows; ++row) {
    for (Index i = 0; i < length - ngram + 1; ++i) {
      bool same = true;
      for (Index j = 0; j < ngram - 1; ++j) {
        const bool differs = line[(i + j) * rows + row] != line[(length - ngram + 1 + j) * rows + row];
        if (differs) same = false;
      }
      const Index next = index_of(line[(i + ngram - 1) * rows + row]);
      if (same) banned[row * vocab + next] = 1;
    }
  }
}

/// Penalises tokens that a sequence holds, forbids what masks forbid, divides by the temperature, and lowers what
/// the presence mask names. `first`: the mask
/// of the first step; `end`: the token that may not come yet, or -1.
void process_logits(In logits, InIndices32 tokens, InIndices32 mask, InIndices32 first, InIndices32 presence,
                    HeldIndices seen, HeldIndices allowed, HeldIndices banned, Out scores, Index groups, Index beams,
                    Index vocab, Index length, Index end, bool penalised, bool masked, bool restricted, bool scaled,
                    bool lowered, real penalty, real temperature, real presence_penalty) {
  const Index rows = groups * beams;
  for (Index i = 0; i < rows * vocab; ++i) seen[i] = 0;
  for (Index i = 0; i < groups * vocab; ++i) allowed[i] = 1;
  if (penalised) {
    for (Index i = 0; i < length; ++i) {
      for (Index row = 0; row < rows; ++row) {
        const Index token = tokens[i * rows + row];
        seen[row * vocab + token] = 1;
      }
    }
  }
  if (masked) {
    for (Index v = 0; v < vocab; ++v) {
      const Index open = mask[v];
      for (Index group = 0; group < groups; ++group) allowed[group * vocab + v] = open;
    }
  }
  if (restricted) {
    for (Index i = 0; i < groups * vocab; ++i) {
      const Index open = first[i];
      if (open == 0) allowed[i] = 0;
    }
  }
  for (Index group = 0; group < groups; ++group) {
    for (Index beam = 0; beam < beams; ++beam) {
      const Index row = group * beams + beam;
      for (Index v = 0; v < vocab; ++v) {
        real score = logits[row * vocab + v];
        if (seen[row * vocab + v] != 0) score = score < 0.0F ? score * penalty : score / penalty;
        const bool out = banned[row * vocab + v] != 0 || allowed[group * vocab + v] == 0 || v == end;
        score = out ? real(forbidden) : score;
        if (scaled) score = score / temperature;
        if (lowered) score -= presence_penalty * real(presence[row * vocab + v]);
        scores[row * vocab + v] = score;
      }
    }
  }
}

/// Tokens of sequences one after another: the layout of the result, no kernel of the search.
void as_rows(InIndices32 tokens, OutIndices32 sequences, Index rows, Index length) {
  for (Index row = 0; row < rows; ++row) {
    for (Index i = 0; i < length; ++i) sequences[row * length + i] = tokens[i * rows + row];
  }
}
