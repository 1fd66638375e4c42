// One thread's way through its blocks.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "loops_support.h"
#include "program_state.h"

// MARK: Memory of a thread

// Buffers belong to the thread, not to the run: they stay in its caches from program to program.
static _Thread_local struct {
  char *memory;
  size_t bytes;
} local;

static pthread_key_t local_key;
static pthread_once_t local_once = PTHREAD_ONCE_INIT;

static void make_key(void) { pthread_key_create(&local_key, free); }

static char *grow_local(size_t bytes) {
  const size_t unit = 65536;
  bytes = (bytes + unit - 1) / unit * unit;
  pthread_once(&local_once, make_key);
  free(local.memory);
  local.memory = aligned_alloc(64, bytes);
  local.bytes = bytes;
  if (!local.memory) __builtin_trap();
  pthread_setspecific(local_key, local.memory);
  return local.memory;
}

static char *local_memory(size_t bytes) {
  return bytes <= local.bytes ? local.memory : grow_local(bytes);
}

// MARK: State

#define CELL_BYTES 64

static void set_up(hebb_state *state, const hebb_plan *plan, int index) {
  const int64_t block = plan->block_units * plan->unit;
  // Buffers start in different sets of the cache.
  const int64_t buffer = (block * plan->element_bytes + 63) / 64 * 64 + HEBB_PADDING + 64;
  const int64_t cells = plan->cell_count * CELL_BYTES;
  const int64_t wide = block * 8 + 64;
  char *memory = local_memory((size_t)(cells + plan->buffer_count * buffer + 2 * wide));
  state->plan = plan;
  for (int s = 0; s < plan->slot_count; s++) {
    if (plan->buffers[s] >= 0) state->slots[s] = memory + cells + plan->buffers[s] * buffer;
    else if (plan->cells[s] >= 0) state->slots[s] = memory + plan->cells[s] * CELL_BYTES;
  }
  state->results = memory + cells + plan->buffer_count * buffer;
  state->accumulators = state->results + wide;
  for (int o = 0; o < plan->program->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (sink->kind == HEBB_ACROSS)
      state->scratch[o] = plan->scratch + sink->scratch + index * sink->scratch_stride;
  }
}

/// Adds `steps` steps along dimension d to every operand's offset. Only dimensions of the program are
/// rows: where a split dimension was put in front there is one row.
static void move_row(hebb_state *state, int d, int64_t steps) {
  const hebb_plan *plan = state->plan;
  const hebb_program *p = plan->program;
  for (int i = 0; i < p->input_count; i++)
    state->input_offsets[i] += steps * p->inputs[i].strides[d];
  for (int o = 0; o < p->output_count; o++) {
    state->output_offsets[o] += steps * output_strides(plan, o)[d];
    if (plan->sinks[o].kind == HEBB_ACROSS)
      state->accumulator_offsets[o] += steps * plan->sinks[o].accumulator_strides[d];
  }
}

static void go_to_row(hebb_state *state, int64_t row) {
  const hebb_plan *plan = state->plan;
  const hebb_program *p = plan->program;
  for (int i = 0; i < p->input_count; i++) state->input_offsets[i] = 0;
  for (int o = 0; o < p->output_count; o++)
    state->output_offsets[o] = state->accumulator_offsets[o] = 0;
  for (int d = plan->split - 1; d >= 0; d--) {
    state->index[d] = row % plan->dimensions[d];
    row /= plan->dimensions[d];
    move_row(state, d, state->index[d]);
  }
}

static void go_to_next_row(hebb_state *state) {
  const int64_t *dimensions = state->plan->dimensions;
  for (int d = state->plan->split - 1; d >= 0; d--) {
    if (++state->index[d] < dimensions[d]) {
      move_row(state, d, 1);
      return;
    }
    state->index[d] = 0;
    move_row(state, d, 1 - dimensions[d]);
  }
}

// MARK: Walks

static void load_block(const hebb_walk *walk, int64_t units, hebb_load_loop load, char *target,
                       const char *source, int64_t target_bytes, int64_t source_bytes) {
  const hebb_extent e = extent_of(walk, units);
  if (e.outer == 0) {
    load(target, source, e.rows, e.row_stride, e.n, e.stride);
    return;
  }
  hebb_odometer odometer = {walk, {0}};
  int64_t offset = 0;
  do {
    load(target, source + offset * source_bytes, e.rows, e.row_stride, e.n, e.stride);
    target += e.rows * e.n * target_bytes;
  } while (advance(&odometer, e.lengths, walk->strides, e.outer, &offset));
}

/// As load_block, of a keep mask: `first` takes the place of an address.
static void keep_block(const hebb_walk *walk, int64_t units, hebb_keep_loop keep, char *target,
                       const hebb_philox_stream *stream, int64_t first, int64_t target_bytes) {
  const hebb_extent e = extent_of(walk, units);
  hebb_odometer odometer = {walk, {0}};
  int64_t offset = 0;
  do {
    keep(target, stream, first + offset, e.rows, e.row_stride, e.n, e.stride);
    target += e.rows * e.n * target_bytes;
  } while (e.outer > 0 && advance(&odometer, e.lengths, walk->strides, e.outer, &offset));
}

// MARK: Sources

/// Loads what changes from run to run or from row to row.
static void prepare(hebb_state *state, hebb_rate rate) {
  const hebb_plan *plan = state->plan;
  const hebb_program *p = plan->program;
  const int64_t bytes = plan->element_bytes;
  for (int i = 0; i < p->input_count; i++) {
    const hebb_source *source = &plan->sources[i];
    if (source->rate != rate) continue;
    const uint8_t dtype = p->inputs[i].dtype;
    const char *start = (const char *)plan->inputs[i] + state->input_offsets[i] * hebb_dtype_bytes[dtype];
    const hebb_load_loop load = plan->kernels->load[dtype];
    if (dtype == HEBB_KEEP) {
      const int64_t first = state->input_offsets[i];
      if (source->kind == HEBB_SPLAT)
        plan->kernels->keep(state->slots[i], plan->inputs[i], first, 1, 0, CELL_BYTES / bytes, 0);
      else keep_block(&source->walk, plan->block_units, plan->kernels->keep, state->slots[i],
                      plan->inputs[i], first, bytes);
    } else if (source->kind == HEBB_SPLAT) load(state->slots[i], start, 1, 0, CELL_BYTES / bytes, 0);
    else load_block(&source->walk, plan->block_units, load, state->slots[i], start, bytes,
                    hebb_dtype_bytes[dtype]);
  }
  char **slots = state->slots;
  for (int s = 0; s < plan->step_counts[rate]; s++) {
    const hebb_step *step = &plan->steps[rate][s];
    step->loop(slots[step->target], slots[step->a], slots[step->b], slots[step->c], CELL_BYTES / bytes);
  }
  const hebb_load_loop fill = plan->kernels->load[plan->own_dtype];
  for (int s = 0; s < plan->spread_counts[rate]; s++) {
    const hebb_spread *spread = &plan->spreads[rate][s];
    fill(slots[spread->to], slots[spread->from], 1, 0, plan->block_units * plan->unit, 0);
  }
}

static void load_sources(hebb_state *state, int64_t first, int64_t units) {
  const hebb_plan *plan = state->plan;
  for (int i = 0; i < plan->program->input_count; i++) {
    const hebb_source *source = &plan->sources[i];
    if (source->rate != HEBB_PER_BLOCK) continue;
    const uint8_t dtype = plan->program->inputs[i].dtype;
    const int64_t bytes = hebb_dtype_bytes[dtype];
    char *start = (char *)plan->inputs[i]
        + (state->input_offsets[i] + first * source->unit_stride) * bytes;
    if (dtype == HEBB_KEEP)
      keep_block(&source->walk, units, plan->kernels->keep, state->slots[i], plan->inputs[i],
                 state->input_offsets[i] + first * source->unit_stride, plan->element_bytes);
    else if (source->kind == HEBB_IN_PLACE) state->slots[i] = start;
    else load_block(&source->walk, units, plan->kernels->load[dtype], state->slots[i], start,
                    plan->element_bytes, bytes);
  }
}

// MARK: Blocks

/// Asks for a part of the next block's inputs: the processor itself looks ahead less far than a block, and
/// memory should be busy while the instructions of this one run.
static void fetch_next(const hebb_state *state, int64_t first, int64_t units, int part, int count) {
  const hebb_plan *plan = state->plan;
  for (int i = 0; i < plan->program->input_count; i++) {
    const hebb_source *source = &plan->sources[i];
    if (source->kind != HEBB_IN_PLACE) continue;
    const int64_t bytes = units * plan->unit * plan->element_bytes;
    const char *next = (const char *)plan->inputs[i]
        + (state->input_offsets[i] + (first + units) * source->unit_stride) * plan->element_bytes;
    const int64_t end = bytes * (part + 1) / count;
    for (int64_t b = bytes * part / count / 64 * 64; b < end; b += 64)
      __builtin_prefetch(next + b, 0, 2);
  }
}

/// Runs the pipe that begins with a step, if there is one, and returns how many steps that were.
static int run_pipe(hebb_state *state, int first, int64_t n) {
  const hebb_plan *plan = state->plan;
  char **slots = state->slots;
  const int count = plan->piped[first].length;
  if (count == 0) return 0;
  const int64_t done = plan->kernels->pipe(slots, plan->rates, &plan->piped[first], n);
  if (done == n) return count;
  // What does not fill the registers.
  const int64_t bytes = done * plan->element_bytes;
  for (int s = first; s < first + count; s++) {
    const hebb_step *step = &plan->steps[HEBB_PER_BLOCK][s];
    const uint8_t operands[3] = {step->a, step->b, step->c};
    const char *rest[3];
    for (int k = 0; k < 3; k++)
      rest[k] = slots[operands[k]] + (plan->rates[operands[k]] == HEBB_PER_BLOCK ? bytes : 0);
    step->loop(slots[step->target] + bytes, rest[0], rest[1], rest[2], n - done);
  }
  return count;
}

static void run_block(hebb_state *state, int64_t first, int64_t units) {
  const hebb_plan *plan = state->plan;
  const hebb_program *p = plan->program;
  char **slots = state->slots;
  const int64_t n = units * plan->unit;
  load_sources(state, first, units);
  for (int o = 0; o < p->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (sink->kind == HEBB_WRITTEN)
      slots[sink->slot] = (char *)plan->outputs[o]
          + (state->output_offsets[o] + first * sink->unit_stride) * plan->element_bytes;
  }
  const int count = plan->step_counts[HEBB_PER_BLOCK];
  for (int s = 0; s < count; s++) {
    if (s == plan->adam.first && plan->adam.count > 0) {
      plan->kernels->adam(slots, &plan->adam, n);
      s += plan->adam.count - 1;
      continue;
    }
    const int piped = run_pipe(state, s, n);
    if (piped > 0) {
      s += piped - 1;
      continue;
    }
    const hebb_step *step = &plan->steps[HEBB_PER_BLOCK][s];
    if (plan->fetches) fetch_next(state, first, units, s, count);
    step->loop(slots[step->target], slots[step->a], slots[step->b], slots[step->c], n);
  }
  // Reductions first: a store may take the memory of what they read.
  for (int o = 0; o < p->output_count; o++)
    if (plan->sinks[o].kind >= HEBB_WHOLE_ROWS) hebb_reduce_block(state, o, first, units);
  for (int o = 0; o < p->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (sink->kind != HEBB_STORED) continue;
    const uint8_t dtype = p->outputs[o].dtype;
    const int64_t bytes = hebb_dtype_bytes[dtype];
    char *target = (char *)plan->outputs[o]
        + (state->output_offsets[o] + first * sink->unit_stride) * bytes;
    if (sink->streams) plan->kernels->stream(target, slots[sink->slot], n * bytes);
    else store_block(&sink->walk, units, plan->kernels->store[dtype], target, slots[sink->slot],
                     bytes, plan->element_bytes);
  }
}

void hebb_run_part(const hebb_plan *plan, int index) {
  hebb_state state;
  set_up(&state, plan, index);
  // A range of the sequence of all rows' blocks, or the same range of blocks of every row.
  const int64_t per_row = plan->blocks;
  const int64_t all = plan->splits_rows ? per_row : plan->rows * per_row / plan->grain;
  const int64_t scale = plan->splits_rows ? 1 : plan->grain;
  const int64_t begin = all * index / plan->threads * scale;
  const int64_t end = all * (index + 1) / plan->threads * scale;
  if (begin >= end) return;
  const int64_t first_row = plan->splits_rows ? 0 : begin / per_row;
  const int64_t last_row = plan->splits_rows ? plan->rows - 1 : (end - 1) / per_row;

  go_to_row(&state, first_row);
  prepare(&state, HEBB_PER_RUN);
  for (int64_t row = first_row; row <= last_row; row++) {
    if (row != first_row) go_to_next_row(&state);
    const int64_t before = plan->splits_rows ? 0 : row * per_row;
    const int64_t first = begin > before ? begin - before : 0;
    const int64_t last = end - before < per_row ? end - before : per_row;
    const int64_t first_unit = first * plan->block_units;
    const int64_t last_unit = last == per_row ? plan->units : last * plan->block_units;
    if (row == first_row) {
      hebb_reset_accumulators(&state, plan->splits_rows ? first_unit : 0,
                              plan->splits_rows ? last_unit : plan->units);
    }
    prepare(&state, HEBB_PER_ROW);
    for (int64_t unit = first_unit; unit < last_unit; unit += plan->block_units) {
      const int64_t rest = last_unit - unit;
      run_block(&state, unit, rest < plan->block_units ? rest : plan->block_units);
    }
    hebb_finish_row(&state, row, first_unit, last_unit);
  }
  for (int o = 0; o < plan->program->output_count; o++)
    if (plan->sinks[o].streams) hebb_end_streams();
}
