// Grouped attention over chosen blocks of keys, with a cache.
#include "../reference.hpp"
#include "../templates/attention.hpp"

/// Which blocks each block of queries sees, and how many positions each sequence holds.
void read_layout(InIndices32 block_row_indices, InIndices32 block_col_indices, InIndices32 total_sequence_length,
                 InIndices32 key_lengths, HeldIndices rows, HeldIndices columns, Index row_entries,
                 Index column_entries, Index b) {
  for (Index i = 0; i < row_entries; ++i) rows[i] = block_row_indices[i];
  for (Index i = 0; i < column_entries; ++i) columns[i] = block_col_indices[i];
  for (Index n = 0; n < b; ++n) columns[column_entries] = key_lengths[n];
  columns[column_entries] = total_sequence_length[0];
}

/// Writes the new positions behind the past ones; the cache is shared with the past and holds `room` positions.
void append_new(In added, Out cache, Index b, Index g, Index s, Index past, Index room, Index d) {
  for (Index n = 0; n < b; ++n) {
    for (Index head = 0; head < g; ++head) {
      for (Index i = 0; i < s; ++i) {
        for (Index e = 0; e < d; ++e) {
          cache[((n * g + head) * room + past + i) * d + e] = added[((n * s + i) * g + head) * d + e];
        }
      }
    }
  }
}

/// Hides keys in blocks that the layout leaves out. All heads share one layout.
void leave_out(Held scores, HeldIndices rows, HeldIndices columns, Index heads, Index s, Index t, Index past,
               Index block) {
  for (Index h = 0; h < heads; ++h) {
    for (Index i = 0; i < s; ++i) {
      const Index row = (past + i) / block;
      for (Index j = 0; j < t; ++j) {
        bool seen = false;
        for (Index at = rows[row]; at < rows[row + 1]; ++at) {
          if (columns[at] == j / block) seen = true;
        }
        if (!seen) scores[(h * s + i) * t + j] = lowest;
      }
    }
  }
}

void run(In query, In key, In value, InIndices32 block_row_indices, InIndices32 block_col_indices,
         InIndices32 total_sequence_length, InIndices32 key_lengths, Out output, Out keys, Out values, HeldIndices rows,
         HeldIndices columns, Out scores, Out maximum, Out exponentials, Out sums, Out weights, Index b, Index h,
         Index g, Index s, Index t, Index d, Index block, Index row_entries, Index column_entries, real factor) {
  KERNEL_AS(layout, read_layout, block_row_indices, block_col_indices, total_sequence_length, key_lengths, rows,
            columns, row_entries, column_entries, b);
  KERNEL_AS(append, append_new, key, keys, b, g, s, t - s, t, d);
  KERNEL_AS(append, append_new, value, values, b, g, s, t - s, t, d);
  KERNEL(qk, query, keys, scores, b, h, g, s, t, d, true, false);
  KERNEL(scale, scores, b * h * s * t, factor);
  KERNEL_AS(scale, hide, scores, b * h, s, t, t - s);
  KERNEL_AS(scale, leave_out, scores, rows, columns, b * h, s, t, t - s, block);
  KERNEL(row_max, scores, maximum, b * h * s, t);
  KERNEL(exp_sum, scores, maximum, exponentials, sums, b * h * s, t);
  KERNEL(divide, exponentials, sums, weights, b * h * s, t);
  KERNEL(pv, weights, values, output, b, h, g, s, t, d, true, false);
}
