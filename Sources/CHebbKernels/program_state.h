// Where one thread of a fused loop is, and its walks over elements that do not lie side by side.
#ifndef HEBB_PROGRAM_STATE_H
#define HEBB_PROGRAM_STATE_H

#include "program_plan.h"

typedef struct {
  const hebb_plan *plan;
  char *slots[HEBB_MAX_SLOTS];
  char *results;       // of a block's groups, one accumulator each
  char *accumulators;  // of one group of HEBB_WHOLE_GROUPS
  char *scratch[HEBB_MAX_OUTPUTS];
  // Elements from each operand's start to the current row.
  int64_t index[HEBB_MAX_RANK];
  int64_t input_offsets[HEBB_MAX_INPUTS];
  int64_t output_offsets[HEBB_MAX_OUTPUTS];
  int64_t accumulator_offsets[HEBB_MAX_OUTPUTS];
} hebb_state;

static inline const int64_t *output_strides(const hebb_plan *plan, int output) {
  const hebb_sink *sink = &plan->sinks[output];
  return sink->kind == HEBB_ACROSS ? sink->row_strides : plan->program->outputs[output].strides;
}

/// The part of a walk that its loops do not do themselves: calls `each` for every place of all
/// dimensions but the last two.
typedef struct {
  const hebb_walk *walk;
  int64_t index[HEBB_MAX_LEVELS];
} hebb_odometer;

static inline bool advance(hebb_odometer *odometer, const int64_t *lengths, const int64_t *strides,
                           int rank, int64_t *offset) {
  for (int d = rank - 1; d >= 0; d--) {
    *offset += strides[d];
    if (++odometer->index[d] < lengths[d]) return true;
    *offset -= lengths[d] * strides[d];
    odometer->index[d] = 0;
  }
  return false;
}

typedef struct {
  int64_t lengths[HEBB_MAX_LEVELS];
  int outer;  // dimensions that an odometer walks
  int64_t rows, row_stride, n, stride;
} hebb_extent;

static inline hebb_extent extent_of(const hebb_walk *walk, int64_t units) {
  hebb_extent e;
  const int last = walk->rank - 1;
  e.outer = walk->rank > 2 ? walk->rank - 2 : 0;
  e.n = walk->lengths[last] * (last == 0 ? units : 1);
  e.stride = walk->strides[last];
  e.rows = last == 0 ? 1 : walk->lengths[last - 1] * (last == 1 ? units : 1);
  e.row_stride = last == 0 ? 0 : walk->strides[last - 1];
  for (int d = 0; d < e.outer; d++) e.lengths[d] = walk->lengths[d] * (d == 0 ? units : 1);
  return e;
}

static inline void store_block(const hebb_walk *walk, int64_t units, hebb_store_loop store,
                               char *target, const char *values, int64_t target_bytes, int64_t value_bytes) {
  const hebb_extent e = extent_of(walk, units);
  if (e.outer == 0) {
    store(target, values, e.rows, e.row_stride, e.n, e.stride);
    return;
  }
  hebb_odometer odometer = {walk, {0}};
  int64_t offset = 0;
  do {
    store(target + offset * target_bytes, values, e.rows, e.row_stride, e.n, e.stride);
    values += e.rows * e.n * value_bytes;
  } while (advance(&odometer, e.lengths, walk->strides, e.outer, &offset));
}

/// A block's elements into the results of an output, or into its accumulators.
void hebb_reduce_block(hebb_state *state, int output, int64_t first, int64_t units);
/// Begins all accumulators of the units begin..<end.
void hebb_reset_accumulators(hebb_state *state, int64_t begin, int64_t end);
/// Stores the groups that end with this row.
void hebb_finish_row(hebb_state *state, int64_t row, int64_t begin, int64_t end);

#endif
