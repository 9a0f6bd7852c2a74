// The kernels of ../../templates/beam_search.yaml. No include guard: each operator's namespace has its own copy.
#include "../reference.hpp"
#include "../templates/generation.hpp"
#include "../templates/heap.hpp"

/// Logarithm of the softmax of every row.
void log_softmax(In logits, Held shifted, Out scores, Index rows, Index vocab) {
  for (Index row = 0; row < rows; ++row) {
    real best = lowest;
    for (Index v = 0; v < vocab; ++v) best = fmax(best, logits[row * vocab + v]);
    real sum = 0.0F;
    for (Index v = 0; v < vocab; ++v) {
      const real x = logits[row * vocab + v] - best;
      shifted[row * vocab + v] = x;
      sum += exp(x);
    }
    const real whole = log(sum);
    for (Index v = 0; v < vocab; ++v) scores[row * vocab + v] = shifted[row * vocab + v] - whole;
  }
}

/// The best candidates among all tokens of a group's beams; `totals` takes all sums where they are asked for.
void beams(In scores, HeldIn beam_scores, Out totals, Held heap, HeldIndices places, Index beams, Index vocab,
           Index levels, Index room, bool all) {
  for (Index i = 0; i < room; ++i) heap[i] = i < 2 * beams ? lowest : highest;
  for (Index beam = 0; beam < beams; ++beam) {
    for (Index v = 0; v < vocab; ++v) {
      const real total = scores[beam * vocab + v] + beam_scores[beam];
      if (all) totals[beam * vocab + v] = total;
      if (total > heap[0]) sink(heap, places, total, beam * vocab + v, levels);
    }
  }
}

/// Takes the candidates from their heap, the worst first.
void order(Held heap, HeldIndices places, Held candidates, HeldIndices chosen, Index count, Index levels) {
  for (Index i = count - 1; i >= 0; --i) {
    candidates[i] = heap[0];
    chosen[i] = places[0];
    sink(heap, places, highest, 0, levels);
  }
}

/// A sequence that ended, against the worst of those kept; `slots`: where the heap's sequences lie in `kept`.
void keep(InIndices32 tokens, OutIndices32 kept, HeldIndices kept_lengths, Held heap, HeldIndices slots, Index row,
          Index rows, Index length, Index stride, Index levels, real score, real length_penalty) {
  const real mean = score / pow(real(length), length_penalty);
  if (mean > heap[0]) {
    const Index slot = slots[0];
    for (Index i = 0; i < length; ++i) kept[slot * stride + i] = tokens[i * rows + row];
    kept_lengths[slot] = length;
    sink(heap, slots, mean, slot, levels);
  }
}

/// A group's candidates in order: as many as there are beams go on; sequences that end are kept. Then, whether the best
/// candidate could still become better than the worst sequence kept.
void hypotheses(HeldIn candidates, HeldIndices chosen, InIndices32 tokens, OutIndices32 kept, HeldIndices kept_lengths,
                Held heap, HeldIndices slots, Held beam_scores, HeldIndices next_tokens, HeldIndices next_rows,
                HeldIndices ended, HeldIndices done, Index group, Index beams, Index rows, Index vocab, Index length,
                Index stride, Index levels, Index eos, bool early, real length_penalty) {
  Index going = 0;
  for (Index i = 0; i < 2 * beams; ++i) {
    const Index beam = chosen[i] / vocab;
    const Index token = chosen[i] - beam * vocab;
    if (going < beams && token == eos && i < beams) {
      keep(tokens, kept, kept_lengths, heap, slots, group * beams + beam, rows, length, stride, levels, candidates[i],
           length_penalty);
      ended[group] = ended[group] + 1;
    }
    if (going < beams && token != eos) {
      beam_scores[going] = candidates[i];
      next_tokens[going] = token;
      next_rows[going] = group * beams + beam;
      ++going;
    }
  }
  const real reach = candidates[0] / pow(real(length), length_penalty);
  const bool settled = heap[0] >= reach;
  if (ended[group] >= beams && (settled || early)) done[group] = 1;
}

/// Sequences that are still open, as if they ended here. `room`: of a group's heap.
void close(InIndices32 tokens, OutIndices32 kept, HeldIndices kept_lengths, Held heaps, HeldIndices slots,
           HeldIn beam_scores, HeldIndices done, Index groups, Index beams, Index length, Index stride, Index levels,
           Index room, real length_penalty) {
  for (Index group = 0; group < groups; ++group) {
    if (done[group] != 0) continue;
    const Index first = group * beams;
    for (Index beam = 0; beam < beams; ++beam) {
      keep(tokens, kept + first * stride, kept_lengths + first, heaps + group * room, slots + group * room,
           first + beam, groups * beams, length, stride, levels, beam_scores[first + beam], length_penalty);
    }
  }
}

/// Each beam's tokens are those of the one that it continues, and one more.
void append(InIndices32 from, OutIndices32 to, HeldIndices next_rows, HeldIndices next_tokens, Index rows,
            Index length) {
  for (Index i = 0; i < length; ++i) {
    for (Index row = 0; row < rows; ++row) to[i * rows + row] = from[i * rows + next_rows[row]];
  }
  for (Index row = 0; row < rows; ++row) to[length * rows + row] = std::int32_t(next_tokens[row]);
}

/// Takes a group's sequences from their heap, the worst first, and returns the best, padded.
void best(Held heap, HeldIndices slots, InIndices32 kept, HeldIndices kept_lengths, OutIndices32 sequences,
          Out sequences_scores, Index beams, Index returned, Index stride, Index levels, Index pad, bool scored) {
  for (Index i = beams - 1; i >= 0; --i) {
    const real score = heap[0];
    const Index slot = slots[0];
    sink(heap, slots, highest, 0, levels);
    if (i < returned) {
      for (Index j = 0; j < stride; ++j) {
        if (j < kept_lengths[slot]) sequences[i * stride + j] = kept[slot * stride + j];
        if (j >= kept_lengths[slot]) sequences[i * stride + j] = std::int32_t(pad);
      }
      if (scored) sequences_scores[i] = score;
    }
  }
}

/// Before the first step: heaps of kept sequences are empty, and all but the first beam of a group are out of reach, so
/// that equal beams do not propose the same.
void prepare(Held beam_scores, Held heaps, HeldIndices slots, HeldIndices ended, HeldIndices done, Index groups,
             Index beams, Index room) {
  for (Index group = 0; group < groups; ++group) {
    for (Index i = 0; i < room; ++i) heaps[group * room + i] = i < beams ? lowest : highest;
    for (Index i = 0; i < beams; ++i) slots[group * room + i] = i;
    for (Index i = 0; i < beams; ++i) beam_scores[group * beams + i] = i == 0 ? 0.0F : -1e9F;
    ended[group] = 0;
    done[group] = 0;
  }
}

/// Groups that are done go on with padding, whose scores nobody looks at.
void pad_done(HeldIndices done, Held beam_scores, HeldIndices next_tokens, HeldIndices next_rows, Index groups,
              Index beams, Index pad) {
  for (Index row = 0; row < groups * beams; ++row) {
    if (done[row / beams] == 0) continue;
    beam_scores[row] = 0.0F;
    next_tokens[row] = pad;
    next_rows[row] = row;
  }
}

/// `input_ids`: the first tokens of each group. `levels`, `room`: of the candidates' heap; `keep_levels`, `keep_room`:
/// of the heap of kept sequences.
void run(InIndices32 input_ids, InIndices32 vocab_mask, InIndices32 prefix_vocab_mask, OutIndices32 sequences,
         Out sequences_scores, Out scores, HeldIn table, OutIndices32 tokens, OutIndices32 spare, OutIndices32 kept,
         HeldIndices kept_lengths, HeldSums line, Out logits, Out logarithms, Held shifted, Held heap,
         HeldIndices places, Held candidates, HeldIndices chosen, Held keep_heaps, HeldIndices slots, Held beam_scores,
         HeldIndices next_tokens, HeldIndices next_rows, HeldIndices ended, HeldIndices done, HeldIndices seen,
         HeldIndices allowed, HeldIndices banned, Index groups, Index width, Index vocab, Index start, Index length,
         Index returned, Index least, Index ngram, Index levels, Index room, Index keep_levels, Index keep_room,
         Index eos_token_id, Index pad_token_id, bool processed, bool penalised, bool scaled, bool early, real penalty,
         real temperature, real length_penalty) {
  const Index rows = groups * width;
  OutIndices32 from = tokens;
  OutIndices32 to = spare;
  prepare(beam_scores, keep_heaps, slots, ended, done, groups, width, keep_room);
  KERNEL_AS(start, start_with, input_ids, from, groups, width, start);
  Index at = start;
  Index open = groups;
  while (at < length && open > 0) {
    decode(table, from, logits, rows, vocab, at);
    KERNEL(log_softmax, logits, shifted, logarithms, rows, vocab);
    for (Index i = 0; i < rows * vocab; ++i) banned[i] = 0;
    if (ngram > 0) KERNEL(ban_ngrams, as_data(from), line, banned, rows, vocab, at < ngram ? 0 : at, ngram);
    if (processed) {
      KERNEL(process_logits, logarithms, from, vocab_mask, prefix_vocab_mask, InIndices32(nullptr), seen, allowed,
             banned, logarithms, groups, width, vocab, at, at < least ? eos_token_id : -1, penalised, bool(vocab_mask),
             at == start && bool(prefix_vocab_mask), scaled, false, penalty, temperature, 0.0F);
    }
    open = 0;
    for (Index group = 0; group < groups; ++group) {
      if (done[group] != 0) continue;
      const Index first = group * width;
      const Index heap_at = group * keep_room;
      const Index totals = ((at - start) * rows + first) * vocab;
      KERNEL(beams, logarithms + first * vocab, beam_scores + first, scores ? scores + totals : scores, heap, places,
             width, vocab, levels, room, bool(scores));
      KERNEL(order, heap, places, candidates, chosen, 2 * width, levels);
      KERNEL(hypotheses, candidates, chosen, from, kept + first * length, kept_lengths + first, keep_heaps + heap_at,
             slots + heap_at, beam_scores + first, next_tokens + first, next_rows + first, ended, done, group, width,
             rows, vocab, at, length, keep_levels, eos_token_id, early, length_penalty);
      open += 1 - done[group];
    }
    pad_done(done, beam_scores, next_tokens, next_rows, groups, width, pad_token_id);
    KERNEL(append, from, to, next_rows, next_tokens, rows, at);
    const OutIndices32 other = from;
    from = to;
    to = other;
    ++at;
  }
  KERNEL_AS(hypotheses, close, from, kept, kept_lengths, keep_heaps, slots, beam_scores, done, groups, width, at,
            length, keep_levels, keep_room, length_penalty);
  for (Index group = 0; group < groups; ++group) {
    const Index first = group * width;
    const Index heap_at = group * keep_room;
    const Index result = group * returned;
    KERNEL(best, keep_heaps + heap_at, slots + heap_at, kept + first * length, kept_lengths + first,
           sequences + result * length, sequences_scores ? sequences_scores + result : sequences_scores, width,
           returned, length, keep_levels, pad_token_id, bool(sequences_scores));
  }
}
