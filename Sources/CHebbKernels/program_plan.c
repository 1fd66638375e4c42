// Cutting the space and choosing the loops.
#include "program_plan.h"

#include "hebb_processor.h"

const uint8_t hebb_dtype_bytes[HEBB_DTYPES] = {4, 8, 2, 2, 4, 8, 1, 1, 0};

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// MARK: Instructions

int hebb_operand_count(uint8_t opcode) {
  if (opcode == HEBB_SELECT || opcode >= HEBB_MULTIPLY_ADD) return 3;
  return opcode != HEBB_COPY && opcode < HEBB_NOT ? 2 : 1;
}

/// The time of one element, in that of an addition.
static int64_t cost(uint8_t opcode, int compute) {
  int64_t units = 1, elementary = compute == HEBB_COMPUTE_FLOAT32 ? 8 : 80;
  switch (opcode) {
    case HEBB_DIVIDE: case HEBB_RECIPROCAL: case HEBB_SQUARE_ROOT: units = 3; break;
    case HEBB_RECIPROCAL_SQUARE_ROOT: units = 5; break;
    case HEBB_REMAINDER: case HEBB_SOFTPLUS: case HEBB_TANGENT: units = 2 * elementary; break;
    case HEBB_POWER: units = 4 * elementary; break;
    // By the C library, one element after the other.
    case HEBB_LOG_TWO: case HEBB_LOG_TEN: case HEBB_EXP_TWO: case HEBB_CUBE_ROOT: case HEBB_ARC_SINE:
    case HEBB_ARC_COSINE: case HEBB_ARC_TANGENT: case HEBB_HYPERBOLIC_SINE:
    case HEBB_HYPERBOLIC_COSINE: case HEBB_AREA_SINE: case HEBB_AREA_COSINE: case HEBB_AREA_TANGENT:
    case HEBB_ARC_TANGENT_OF_RATIO: case HEBB_HYPOTENUSE: units = 80; break;
    case HEBB_ERF_INVERSE: units = 400; break;
    case HEBB_EXP: case HEBB_EXP_MINUS_ONE: case HEBB_LOG: case HEBB_LOG_ONE_PLUS: case HEBB_SINE:
    case HEBB_COSINE: case HEBB_TANH: case HEBB_SIGMOID: case HEBB_ERF:
    case HEBB_GELU: case HEBB_GELU_SLOPE: units = elementary; break;
    default: break;
  }
  return units;
}

// MARK: The cut

/// What all blocks of a program should hold together, a good part of the first-level cache.
#ifndef BLOCK_BYTES
#define BLOCK_BYTES 28672
#define SMALLEST_BLOCK 256
#define LARGEST_BLOCK 2048
#endif
/// Without instructions there is nothing to keep in the first level: a block is as long as lets
/// reductions go deep before they touch accumulators.
#define LARGEST_PASSING_BLOCK (16 * LARGEST_BLOCK)
/// Rows that are added before they touch accumulators that do not stay in the first level.
#define WIDE_ROW 4096
#define WIDE_ROWS 8
/// The grain of blocks and expanded accumulators: the floats of the widest register.
#define LANES 16

/// Whether the program only reduces inputs as they lie in memory.
static bool passes_through(const hebb_plan *plan, const hebb_program *p) {
  if (p->instruction_count != 0) return false;
  for (int o = 0; o < p->output_count; o++) {
    const uint8_t source = p->outputs[o].source;
    if (p->outputs[o].combine == HEBB_STORE || source >= p->input_count) return false;
    if (p->inputs[source].dtype != plan->own_dtype) return false;
    int64_t expected = 1;
    for (int d = p->rank - 1; d >= 0; d--) {
      if (p->inputs[source].strides[d] != expected && p->dimensions[d] != 1) return false;
      expected *= p->dimensions[d];
    }
  }
  return true;
}

static int64_t largest_block(const hebb_plan *plan, const hebb_program *p) {
  const int64_t element_bytes = plan->element_bytes;
  if (passes_through(plan, p)) return LARGEST_PASSING_BLOCK;
  // Values in registers need no block.
  if (hebb_is_pipe(p)) return larger(LARGEST_BLOCK, smaller(LARGEST_PASSING_BLOCK, p->dimensions[0] / 32 / 64 * 64));
  int64_t arrays = p->register_count + p->output_count + 1;
  for (int i = 0; i < p->input_count; i++) {
    bool moves = false;
    for (int d = 0; d < p->rank; d++) moves |= p->inputs[i].strides[d] != 0;
    arrays += moves;
  }
  const int64_t elements = BLOCK_BYTES / (arrays * element_bytes) / 64 * 64;
  return smaller(larger(elements, SMALLEST_BLOCK), LARGEST_BLOCK);
}

static bool is_reduced(const hebb_plan *plan, const hebb_operand *o, int d) {
  return o->combine != HEBB_STORE && plan->dimensions[d] != 1
      && hebb_stride(plan, o->strides, d) == 0;
}

/// Whether the results are columns: the split dimension is reduced, the unit kept.
static bool gives_columns(const hebb_plan *plan, const hebb_operand *o) {
  if (!is_reduced(plan, o, plan->split)) return false;
  for (int d = plan->split + 1; d < plan->rank; d++)
    if (is_reduced(plan, o, d)) return false;
  return plan->unit > 1;
}

static int64_t units_for_whole_registers(int64_t unit) {
  int64_t units = LANES;
  for (; units > 1 && unit % 2 == 0; unit /= 2) units /= 2;
  return units;
}

/// Whether an input has one value for each unit.
static bool has_value_per_unit(const hebb_program *p, int inner) {
  for (int i = 0; i < p->input_count; i++) {
    const int64_t *strides = p->inputs[i].strides;
    bool moves = false;
    for (int d = inner; d < p->rank; d++) moves |= strides[d] != 0 && p->dimensions[d] != 1;
    if (!moves && strides[inner - 1] != 0) return true;
  }
  return false;
}

static void cut_space(hebb_plan *plan, const hebb_program *p) {
  const int64_t limit = largest_block(plan, p);
  int inner = p->rank;
  int64_t unit = 1;
  while (inner > 0 && p->dimensions[inner - 1] <= limit / unit) unit *= p->dimensions[--inner];

  // If all of it fits, the split dimension is a new one in front. If a block has room for one unit only,
  // making the unit a row of its own leaves values that are the same in all of it alone in a register.
  const bool fits = inner == 0;
  const bool alone = !fits && unit > 1 && limit / unit == 1 && has_value_per_unit(p, inner);
  plan->inserted = fits || alone ? inner : HEBB_MAX_LEVELS;
  plan->split = fits || alone ? inner : inner - 1;
  plan->rank = p->rank + (fits || alone ? 1 : 0);
  for (int d = 0; d < inner; d++) plan->dimensions[d] = p->dimensions[d];
  plan->dimensions[plan->split] = fits || alone ? 1 : p->dimensions[plan->split];
  for (int d = inner; d < p->rank; d++) plan->dimensions[plan->rank - p->rank + d] = p->dimensions[d];
  plan->unit = unit;
  plan->units = plan->dimensions[plan->split];
  plan->rows = 1;
  for (int d = 0; d < plan->split; d++) plan->rows *= plan->dimensions[d];

  int64_t most = limit / unit;
  if (unit >= WIDE_ROW && passes_through(plan, p)) most = larger(most, WIDE_ROWS);
  int64_t each = quotient_up(plan->units, quotient_up(plan->units, most));
  if (unit == 1) {
    each = quotient_up(each, LANES) * LANES;
  } else {
    for (int o = 0; o < p->output_count; o++) {
      if (!gives_columns(plan, &p->outputs[o])) continue;
      const int64_t whole = units_for_whole_registers(unit);
      if (whole <= most) each = smaller(quotient_up(each, whole), most / whole) * whole;
      break;
    }
  }
  plan->block_units = each;
  plan->blocks = quotient_up(plan->units, each);
}

// MARK: Walks

static void begin_walk(hebb_walk *walk, int64_t length, int64_t stride) {
  walk->rank = 1;
  walk->lengths[0] = length;
  walk->strides[0] = stride;
}

/// Adds a dimension inside the others, as part of the last one if the memory allows.
static void extend_walk(hebb_walk *walk, int64_t length, int64_t stride) {
  const int last = walk->rank - 1;
  if (length == 1) return;
  if (walk->strides[last] == stride * length) {
    walk->lengths[last] *= length;
    walk->strides[last] = stride;
  } else {
    walk->lengths[walk->rank] = length;
    walk->strides[walk->rank++] = stride;
  }
}

void hebb_walk_block(hebb_walk *walk, const hebb_plan *plan, const int64_t *strides, int end) {
  begin_walk(walk, 1, hebb_stride(plan, strides, plan->split));
  // A row of one unit has no stride of its own: it takes the one that joins it with what follows.
  bool empty = plan->units == 1;
  for (int d = plan->split + 1; d < end; d++) {
    if (plan->dimensions[d] == 1) continue;
    const int64_t stride = hebb_stride(plan, strides, d);
    if (empty) walk->strides[0] = stride * plan->dimensions[d];
    empty = false;
    extend_walk(walk, plan->dimensions[d], stride);
  }
}

// MARK: Reductions

/// The accumulators of a group are dense, in the order of its kept dimensions.
static void lay_out_accumulators(hebb_plan *plan, hebb_sink *sink, const hebb_operand *o) {
  sink->accumulator_count = 1;
  for (int d = plan->rank - 1; d >= sink->kept; d--) {
    if (is_reduced(plan, o, d) || plan->dimensions[d] == 1) {
      sink->accumulator_strides[d] = 0;
    } else {
      sink->accumulator_strides[d] = sink->accumulator_count;
      sink->accumulator_count *= plan->dimensions[d];
    }
  }
  for (int d = 0; d < sink->kept; d++) sink->accumulator_strides[d] = 0;
}

/// From the values of the split dimension and the unit (of one group only, if it is smaller) to
/// accumulators.
static void walk_accumulators(hebb_plan *plan, hebb_sink *sink) {
  const int first = sink->kind == HEBB_ACROSS ? plan->split : sink->kept;
  begin_walk(&sink->accumulation, first == plan->split ? 1 : plan->dimensions[first],
             sink->accumulator_strides[first]);
  for (int d = first + 1; d < plan->rank; d++)
    extend_walk(&sink->accumulation, plan->dimensions[d], sink->accumulator_strides[d]);
}

/// Where the accumulators go that differ in the split dimension and the unit, if they are kept.
static void walk_results(hebb_plan *plan, hebb_sink *sink, const hebb_operand *o) {
  hebb_walk *walk = &sink->walk;
  const bool across = sink->kind == HEBB_ACROSS;
  begin_walk(walk, 1, across ? hebb_stride(plan, o->strides, plan->split) : 0);
  bool empty = walk->strides[0] == 0;
  for (int d = across ? plan->split + 1 : sink->kept; d < plan->rank; d++) {
    if (plan->dimensions[d] == 1 || is_reduced(plan, o, d)) continue;
    const int64_t stride = hebb_stride(plan, o->strides, d);
    if (empty) walk->strides[0] = stride * plan->dimensions[d];
    empty = false;
    extend_walk(walk, plan->dimensions[d], stride);
  }
}

/// Columns narrower than some registers are taken several rows at a time, as one wide row.
static void expand_columns(hebb_plan *plan, hebb_sink *sink) {
  const hebb_walk *walk = &sink->accumulation;
  sink->expanded_count = sink->accumulator_count;
  const bool columns = walk->rank == 2 && walk->strides[0] == 0 && walk->strides[1] == 1
      && walk->lengths[1] == sink->accumulator_count;
  if (!columns) return;
  const int64_t width = sink->accumulator_count;
  if (width >= WIDE_ROW) return;
  const int64_t block = plan->block_units * plan->unit;
  int64_t wide = width * units_for_whole_registers(width);
  if (wide > block) return;
  const int64_t wanted = 8 * LANES;
  if (wide < wanted) wide *= larger(1, smaller(quotient_up(wanted, wide), block / wide));
  sink->expanded_count = wide;
}

static void plan_reduction(hebb_plan *plan, int index) {
  const hebb_operand *o = &plan->program->outputs[index];
  hebb_sink *sink = &plan->sinks[index];
  bool kept_behind = false;
  sink->kept = 0;
  while (sink->kept < plan->rank && !is_reduced(plan, o, sink->kept)) sink->kept++;
  sink->group = 1;
  for (int d = sink->kept; d < plan->rank; d++) {
    sink->group *= plan->dimensions[d];
    kept_behind |= plan->dimensions[d] != 1 && !is_reduced(plan, o, d);
  }
  sink->kind = sink->kept <= plan->split ? HEBB_ACROSS
      : kept_behind ? HEBB_WHOLE_GROUPS : HEBB_WHOLE_ROWS;
  sink->partial = false;
}

/// After it is known whether groups are shared among threads.
static void plan_accumulators(hebb_plan *plan, int index) {
  const hebb_operand *o = &plan->program->outputs[index];
  hebb_sink *sink = &plan->sinks[index];
  if (sink->partial) sink->kept = 0;
  for (int d = 0; d < plan->split; d++)
    sink->row_strides[d] = d < sink->kept ? hebb_stride(plan, o->strides, d) : 0;
  sink->unit_stride = sink->kind == HEBB_ACROSS ? 0 : hebb_stride(plan, o->strides, plan->split);
  if (sink->kind == HEBB_WHOLE_ROWS) {
    hebb_walk_block(&sink->walk, plan, o->strides, sink->kept);
    return;
  }
  lay_out_accumulators(plan, sink, o);
  walk_accumulators(plan, sink);
  walk_results(plan, sink, o);
  sink->expanded_count = sink->accumulator_count;
  if (sink->kind == HEBB_WHOLE_GROUPS) return;
  expand_columns(plan, sink);
  const int64_t bytes = (sink->expanded_count * 8 + 63) / 64 * 64;
  const int copies = plan->splits_rows ? 1 : plan->threads;
  sink->scratch = plan->scratch_bytes;
  sink->scratch_stride = plan->splits_rows ? 0 : bytes;
  plan->scratch_bytes += bytes * copies;
}

// MARK: Threads

/// Additions that are worth a thread's while, and those below which one thread is faster.
#ifndef WORK_OF_THREAD
#define WORK_OF_THREAD 160000
#endif
#define WORK_WORTH_SPLITTING (2 * WORK_OF_THREAD)

int64_t hebb_program_cost(const hebb_program *p) {
  int64_t each = 0;
  for (int i = 0; i < p->instruction_count; i++) each += cost(p->instructions[i].opcode, p->compute);
  return each;
}

static int64_t work(const hebb_plan *plan) {
  const hebb_program *p = plan->program;
  int64_t each = 2 * (p->input_count + p->output_count) + hebb_program_cost(p);
  each *= plan->element_bytes / 4;
  return each * plan->unit * plan->units * plan->rows;
}

static bool is_even(int64_t grains, int threads) {
  const int64_t longest = quotient_up(grains, threads) * threads;
  return longest * 100 <= grains * 107;
}

static int64_t group_blocks(const hebb_plan *plan, const hebb_sink *sink) {
  return sink->group / (plan->unit * plan->units) * plan->blocks;
}

static void divide_among_threads(hebb_plan *plan, int threads) {
  const hebb_program *p = plan->program;
  const int64_t all_blocks = plan->rows * plan->blocks, total = work(plan);
  if (total < WORK_WORTH_SPLITTING) threads = 1;
  threads = (int)larger(1, smaller(smaller(threads, total / WORK_OF_THREAD), all_blocks));
  plan->grain = 1;
  plan->splits_rows = false;
  plan->threads = threads;
  if (threads == 1) return;

  // The best grain keeps all groups whole.
  int64_t largest = 1;
  bool split_kept = true;
  for (int o = 0; o < p->output_count; o++) {
    if (p->outputs[o].combine == HEBB_STORE || plan->sinks[o].kind != HEBB_ACROSS) continue;
    largest = larger(largest, group_blocks(plan, &plan->sinks[o]));
    split_kept &= !is_reduced(plan, &p->outputs[o], plan->split);
  }
  plan->grain = largest;
  if (is_even(all_blocks / largest, threads)) return;
  if (split_kept && plan->units > 1 && plan->blocks >= 4 * threads) {
    plan->splits_rows = true;
    return;
  }
  // Else some groups are shared: as few as possible.
  while (plan->grain > 1 && !is_even(all_blocks / plan->grain, threads)) {
    int64_t next = 1;
    for (int o = 0; o < p->output_count; o++) {
      if (p->outputs[o].combine == HEBB_STORE || plan->sinks[o].kind != HEBB_ACROSS) continue;
      const int64_t blocks = group_blocks(plan, &plan->sinks[o]);
      if (blocks < plan->grain) next = larger(next, blocks);
    }
    plan->grain = next;
  }
  plan->threads = (int)smaller(threads, all_blocks / plan->grain);
  for (int o = 0; o < p->output_count; o++) {
    if (p->outputs[o].combine == HEBB_STORE || plan->sinks[o].kind != HEBB_ACROSS) continue;
    plan->sinks[o].partial = group_blocks(plan, &plan->sinks[o]) > plan->grain;
  }
}

bool hebb_plan_cut(hebb_plan *plan, const hebb_program *p, int threads) {
  plan->program = p;
  static const uint8_t own_dtypes[3] = {HEBB_FLOAT32, HEBB_FLOAT64, HEBB_INT64};
  plan->own_dtype = own_dtypes[p->compute];
  plan->element_bytes = hebb_dtype_bytes[plan->own_dtype];
  for (int d = 0; d < p->rank; d++)
    if (p->dimensions[d] == 0) return false;
  cut_space(plan, p);
  for (int o = 0; o < p->output_count; o++)
    if (p->outputs[o].combine != HEBB_STORE) plan_reduction(plan, o);
  divide_among_threads(plan, threads);
  plan->scratch_bytes = 0;
  for (int o = 0; o < p->output_count; o++)
    if (p->outputs[o].combine != HEBB_STORE) plan_accumulators(plan, o);
  return true;
}
