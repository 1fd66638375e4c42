// Reductions of a fused loop: results of a block's own groups, and accumulators of groups that span blocks.
#include "program_state.h"

// MARK: Reductions

void hebb_fill_neutral(const hebb_plan *plan, int combine, void *accumulators, int64_t count) {
  const bool whole = plan->program->compute == HEBB_COMPUTE_INT64;
  const double infinity = __builtin_inf();
  const double floats[] = {0, 1, -infinity, infinity};
  const int64_t integers[] = {0, 1, INT64_MIN, INT64_MAX};
  for (int64_t i = 0; i < count; i++) {
    if (whole) ((int64_t *)accumulators)[i] = integers[combine - HEBB_REDUCE_SUM];
    else ((double *)accumulators)[i] = floats[combine - HEBB_REDUCE_SUM];
  }
}

typedef struct {
  hebb_rows_loop rows;
  hebb_columns_loop columns, combine;
  char *results;
  int64_t value_bytes;
} hebb_reducer;

/// Reduces rows of n values to accumulators that lie `stride` apart, or columns into accumulators side
/// by side.
static void accumulate_rows(const hebb_reducer *r, char *accumulators, const char *values,
                            const hebb_extent *e) {
  if (e->stride == 0) {
    r->rows(r->results, values, e->rows, e->n);
    if (e->row_stride == 0) r->combine(accumulators, r->results, e->rows, 1);
    else if (e->row_stride == 1) r->combine(accumulators, r->results, 1, e->rows);
    else
      for (int64_t i = 0; i < e->rows; i++)
        r->combine(accumulators + 8 * i * e->row_stride, r->results + 8 * i, 1, 1);
  } else if (e->row_stride == 0) {
    r->columns(accumulators, values, e->rows, e->n);
  } else {
    for (int64_t i = 0; i < e->rows; i++)
      r->columns(accumulators + 8 * i * e->row_stride, values + i * e->n * r->value_bytes, 1, e->n);
  }
}

static void accumulate(const hebb_reducer *r, const hebb_walk *walk, int64_t units, char *accumulators,
                       const char *values) {
  const hebb_extent e = extent_of(walk, units);
  if (e.outer == 0) {
    accumulate_rows(r, accumulators, values, &e);
    return;
  }
  hebb_odometer odometer = {walk, {0}};
  int64_t offset = 0;
  do {
    accumulate_rows(r, accumulators + 8 * offset, values, &e);
    values += e.rows * e.n * r->value_bytes;
  } while (advance(&odometer, e.lengths, walk->strides, e.outer, &offset));
}

/// A block's elements into the accumulators of its group.
static void accumulate_across(hebb_state *state, const hebb_reducer *r, int output, int64_t first,
                              int64_t units) {
  const hebb_plan *plan = state->plan;
  const hebb_sink *sink = &plan->sinks[output];
  const char *values = state->slots[sink->slot];
  const int64_t wide = sink->expanded_count;
  if (wide == sink->accumulator_count) {
    const int64_t offset =
        state->accumulator_offsets[output] + first * sink->accumulator_strides[plan->split];
    accumulate(r, &sink->accumulation, units, state->scratch[output] + 8 * offset, values);
    return;
  }
  const int64_t n = units * plan->unit, rows = n / wide, rest = n % wide;
  if (rows > 0) r->columns(state->scratch[output], values, rows, wide);
  if (rest > 0) r->columns(state->scratch[output], values + rows * wide * r->value_bytes, 1, rest);
}

/// Groups of several results each, one after another.
static void reduce_groups(hebb_state *state, const hebb_reducer *r, int output, char *target,
                          int64_t units) {
  const hebb_plan *plan = state->plan;
  const hebb_sink *sink = &plan->sinks[output];
  const hebb_operand *o = &plan->program->outputs[output];
  const hebb_store_loop store = plan->accumulator_kernels->store[o->dtype];
  const int64_t groups = units * plan->unit / sink->group;
  const char *values = state->slots[sink->slot];
  for (int64_t g = 0; g < groups; g++, values += sink->group * r->value_bytes) {
    hebb_fill_neutral(plan, o->combine, state->accumulators, sink->accumulator_count);
    accumulate(r, &sink->accumulation, 1, state->accumulators, values);
    int64_t offset = 0, rest = g;
    for (int d = sink->kept - 1; d > plan->split; d--) {
      offset += rest % plan->dimensions[d] * hebb_stride(plan, o->strides, d);
      rest /= plan->dimensions[d];
    }
    offset += rest * sink->unit_stride;
    store_block(&sink->walk, 1, store, target + offset * hebb_dtype_bytes[o->dtype],
                state->accumulators, hebb_dtype_bytes[o->dtype], 8);
  }
}

void hebb_reduce_block(hebb_state *state, int output, int64_t first, int64_t units) {
  const hebb_plan *plan = state->plan;
  const hebb_sink *sink = &plan->sinks[output];
  const hebb_operand *o = &plan->program->outputs[output];
  const int combine = o->combine - HEBB_REDUCE_SUM;
  const hebb_reducer r = {plan->kernels->reduce_rows[combine], plan->kernels->reduce_columns[combine],
                          plan->accumulator_kernels->reduce_columns[combine], state->results,
                          plan->element_bytes};
  const int64_t bytes = hebb_dtype_bytes[o->dtype];
  char *target = (char *)plan->outputs[output]
      + (state->output_offsets[output] + first * sink->unit_stride) * bytes;
  switch (sink->kind) {
    case HEBB_ACROSS: accumulate_across(state, &r, output, first, units); break;
    case HEBB_WHOLE_GROUPS: reduce_groups(state, &r, output, target, units); break;
    default:
      r.rows(state->results, state->slots[sink->slot], units * plan->unit / sink->group, sink->group);
      store_block(&sink->walk, units, plan->accumulator_kernels->store[o->dtype], target,
                  state->results, bytes, 8);
  }
}

// MARK: Accumulators

/// Calls for each stretch of accumulators that lie side by side: all that is kept behind the row's
/// dimensions, of the units begin..<end if those are kept.
typedef void (*hebb_stretch)(const hebb_plan *plan, int output, char *accumulators, int64_t count,
                             int64_t units, int64_t output_offset);

static void for_stretches(const hebb_plan *plan, int output, char *accumulators, int64_t output_offset,
                          int64_t begin, int64_t end, hebb_stretch each) {
  const hebb_sink *sink = &plan->sinks[output];
  const hebb_operand *o = &plan->program->outputs[output];
  const int64_t per_unit = sink->accumulator_strides[plan->split];
  int64_t lengths[HEBB_MAX_LEVELS], from[HEBB_MAX_LEVELS], to[HEBB_MAX_LEVELS];
  int64_t behind = 1;
  int rank = 0;
  for (int d = plan->split + 1; d < plan->rank; d++)
    if (sink->accumulator_strides[d] != 0) behind *= plan->dimensions[d];
  for (int d = sink->kept; d < plan->split; d++) {
    if (sink->accumulator_strides[d] == 0) continue;
    lengths[rank] = plan->dimensions[d];
    from[rank] = sink->accumulator_strides[d];
    to[rank++] = hebb_stride(plan, o->strides, d);
  }
  const int64_t units = per_unit == 0 ? 1 : end - begin;
  accumulators += 8 * begin * per_unit;
  output_offset += per_unit == 0 ? 0 : begin * hebb_stride(plan, o->strides, plan->split);
  int64_t index[HEBB_MAX_LEVELS] = {0};
  for (;;) {
    each(plan, output, accumulators, units * behind, units, output_offset);
    int d = rank - 1;
    for (; d >= 0; d--) {
      accumulators += 8 * from[d];
      output_offset += to[d];
      if (++index[d] < lengths[d]) break;
      accumulators -= 8 * lengths[d] * from[d];
      output_offset -= lengths[d] * to[d];
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

static void reset_stretch(const hebb_plan *plan, int output, char *accumulators, int64_t count,
                          int64_t units, int64_t output_offset) {
  (void)units;
  (void)output_offset;
  // Expanded accumulators are all of one group: there is one stretch.
  const hebb_sink *sink = &plan->sinks[output];
  if (sink->expanded_count != sink->accumulator_count) count = sink->expanded_count;
  hebb_fill_neutral(plan, plan->program->outputs[output].combine, accumulators, count);
}

static void store_stretch(const hebb_plan *plan, int output, char *accumulators, int64_t count,
                          int64_t units, int64_t output_offset) {
  (void)count;
  const hebb_sink *sink = &plan->sinks[output];
  const hebb_operand *o = &plan->program->outputs[output];
  const int64_t width = sink->accumulator_count, bytes = hebb_dtype_bytes[o->dtype];
  if (sink->expanded_count != width) {
    const hebb_columns_loop combine =
        plan->accumulator_kernels->reduce_columns[o->combine - HEBB_REDUCE_SUM];
    combine(accumulators, accumulators + 8 * width, sink->expanded_count / width - 1, width);
  }
  store_block(&sink->walk, units, plan->accumulator_kernels->store[o->dtype],
              (char *)plan->outputs[output] + output_offset * bytes, accumulators, bytes, 8);
}

void hebb_reset_accumulators(hebb_state *state, int64_t begin, int64_t end) {
  const hebb_plan *plan = state->plan;
  for (int o = 0; o < plan->program->output_count; o++)
    if (plan->sinks[o].kind == HEBB_ACROSS)
      for_stretches(plan, o, state->scratch[o], 0, begin, end, reset_stretch);
}

void hebb_finish_row(hebb_state *state, int64_t row, int64_t begin, int64_t end) {
  const hebb_plan *plan = state->plan;
  for (int o = 0; o < plan->program->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (sink->kind != HEBB_ACROSS || sink->partial) continue;
    if ((row + 1) % (sink->group / (plan->unit * plan->units)) != 0) continue;
    for_stretches(plan, o, state->scratch[o], state->output_offsets[o], begin, end, store_stretch);
    for_stretches(plan, o, state->scratch[o], 0, begin, end, reset_stretch);
  }
}

void hebb_finish_partial(const hebb_plan *plan) {
  for (int o = 0; o < plan->program->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (sink->kind != HEBB_ACROSS || !sink->partial) continue;
    char *first = plan->scratch + sink->scratch;
    const int combine = plan->program->outputs[o].combine - HEBB_REDUCE_SUM;
    for (int t = 1; t < plan->threads; t++)
      plan->accumulator_kernels->reduce_columns[combine](first, first + t * sink->scratch_stride, 1,
                                                         sink->expanded_count);
    for_stretches(plan, o, first, 0, 0, plan->units, store_stretch);
  }
}
