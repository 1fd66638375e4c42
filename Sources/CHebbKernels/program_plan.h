// The plan of one run: how the iteration space is cut, where each operand's values come from, and which
// loops run on a block.
//
// The space is cut into equal rows, and rows into blocks that fit the first-level cache. The innermost
// dimensions whose product fits a block form a unit; the next dimension outwards, the split one, counts
// the units of a row; the dimensions left of it count the rows. A block is some units of one row, so
// every operand moves evenly within it: it is one run of memory, one value, a pattern that repeats with
// the unit, or a few nested strides. And every group of elements that is reduced to one value (or to one
// set of values) either lies whole within blocks or holds whole blocks.
#ifndef HEBB_PROGRAM_PLAN_H
#define HEBB_PROGRAM_PLAN_H

#include "program_internal.h"

#define HEBB_MAX_SLOTS (2 * (HEBB_MAX_INPUTS + HEBB_MAX_INSTRUCTIONS))
#define HEBB_MAX_LEVELS (HEBB_MAX_RANK + 1)

/// Nested loops over memory whose first length is given in units of the block.
typedef struct {
  int rank;
  int64_t lengths[HEBB_MAX_LEVELS];  // lengths[0] is for one unit
  int64_t strides[HEBB_MAX_LEVELS];
} hebb_walk;

typedef enum {
  HEBB_IN_PLACE,  // the block's values are one run of memory in the compute type
  HEBB_SPLAT,     // one value for the run or the row
  HEBB_REPEATED,  // a unit's pattern, repeated over the block, for the run or the row
  HEBB_GATHERED,  // loaded into a buffer for each block
} hebb_source_kind;

typedef struct {
  hebb_source_kind kind;
  hebb_rate rate;
  int64_t unit_stride;  // elements from one unit to the next
  hebb_walk walk;       // not for HEBB_IN_PLACE and HEBB_SPLAT
} hebb_source;

typedef enum {
  HEBB_STORED,        // from a slot to memory, through the output's strides
  HEBB_WRITTEN,       // the instruction writes the output's memory itself
  HEBB_WHOLE_ROWS,    // whole groups in a block, each a run of values that gives one result
  HEBB_WHOLE_GROUPS,  // whole groups in a block, each giving several results
  HEBB_ACROSS,        // groups of whole blocks, gathered in accumulators
} hebb_sink_kind;

typedef struct {
  hebb_sink_kind kind;
  uint8_t slot;
  bool streams;  // HEBB_STORED: one run of memory, past the caches
  int64_t unit_stride;
  /// From the block's first unit: where results go (of one group for HEBB_WHOLE_GROUPS; what is kept
  /// of the split dimension and the unit for HEBB_ACROSS).
  hebb_walk walk;

  // Reductions. A group is all that shares the indices of the first `kept` dimensions.
  int kept;
  int64_t group;                         // elements
  hebb_walk accumulation;                // from values to accumulators: strides are those of the latter
  int64_t row_strides[HEBB_MAX_RANK];    // of the output, for the first `kept` dimensions
  int64_t accumulator_strides[HEBB_MAX_RANK + 1];
  int64_t accumulator_count;  // results of one group
  int64_t expanded_count;     // accumulators kept for them, a multiple: see `accumulate`
  bool partial;               // threads share groups: their accumulators are combined at the end
  int64_t scratch;            // offset of the first thread's accumulators in the scratch memory
  int64_t scratch_stride;     // from one thread to the next
} hebb_sink;

typedef struct {
  hebb_step_loop loop;
  uint8_t opcode, target, a, b, c;
} hebb_step;

/// A value that is copied to a whole block because a loop needs it there.
typedef struct {
  uint8_t from, to;
} hebb_spread;

typedef struct {
  const hebb_program *program;
  const void *const *inputs;
  void *const *outputs;
  char *scratch;
  const hebb_kernels *kernels, *accumulator_kernels;
  int64_t element_bytes;
  uint8_t own_dtype;  // the element type that is the compute type

  // The cut. The plan may have one dimension more than the program: one of length 1, at `inserted`.
  int inserted, rank, split;
  int64_t dimensions[HEBB_MAX_RANK + 1];
  int64_t unit, units, block_units, blocks, rows;  // units and blocks of one row

  // Threads take whole groups of `grain` blocks of the sequence of all rows' blocks, or, if
  // `splits_rows`, a range of blocks of every row.
  int threads;
  int64_t grain;
  bool splits_rows;
  bool is_large;  // whether inputs hardly stay in the second-level cache
  bool fetches;   // whether blocks ask for the memory of the next one
  int64_t scratch_bytes;

  hebb_source sources[HEBB_MAX_INPUTS];
  hebb_sink sinks[HEBB_MAX_OUTPUTS];

  // Slots: inputs, then results of instructions, then spread copies.
  int slot_count;
  uint8_t rates[HEBB_MAX_SLOTS];
  /// The buffer of a slot: a block in the first `buffers`, a cell of one register, or none of its own.
  int16_t buffers[HEBB_MAX_SLOTS], cells[HEBB_MAX_SLOTS];
  int buffer_count, cell_count;
  int step_counts[3];  // by rate
  hebb_step steps[3][HEBB_MAX_INSTRUCTIONS];
  hebb_adam adam;
  hebb_piped_step piped[HEBB_MAX_INSTRUCTIONS];  // of the steps for each block
  int spread_counts[2];
  hebb_spread spreads[2][HEBB_MAX_INPUTS + HEBB_MAX_INSTRUCTIONS];
} hebb_plan;

/// Cuts the space and decides about threads: all that the size of the scratch memory depends on.
/// False if the space is empty.
bool hebb_plan_cut(hebb_plan *plan, const hebb_program *program, int threads);
/// Chooses sources, loops and sinks for the memory given in the plan.
void hebb_plan_steps(hebb_plan *plan);

/// Walks through a block of an operand: the split dimension and those behind it, up to `end`.
void hebb_walk_block(hebb_walk *walk, const hebb_plan *plan, const int64_t *strides, int end);
/// How many operands the instruction reads: 1, 2 or 3.
int hebb_operand_count(uint8_t opcode);

/// Finds the steps of a block that one loop can do.
void hebb_join_adam(hebb_plan *plan);
/// Whether the program is one pipe over vectors of floats: see hebb_find_pipes.
bool hebb_is_pipe(const hebb_program *program);
/// Finds steps of a block whose values pass from one to the next in registers.
void hebb_find_pipes(hebb_plan *plan);
/// The time of the instructions for one element, in that of an addition.
int64_t hebb_program_cost(const hebb_program *program);

/// One thread's part of the run.
void hebb_run_part(const hebb_plan *plan, int index);
/// Combines the threads' accumulators of groups that they shared, and stores the results.
void hebb_finish_partial(const hebb_plan *plan);

/// Sets `count` accumulators to the value that changes nothing.
void hebb_fill_neutral(const hebb_plan *plan, int combine, void *accumulators, int64_t count);

// MARK: Tiles

/// Tiles of the innermost dimension and of the dimension `outer`. If not `exact`, they may leave rests.
typedef struct {
  int outer;
  bool exact;
  int64_t outer_tile, inner_tile;
} hebb_tiling;

/// Whether tiles make sense: see program_tile.c.
bool hebb_find_tiling(const hebb_program *program, hebb_tiling *tiling);
/// Puts the tiles' dimensions inside all others.
void hebb_tile(hebb_program *program, const hebb_tiling *tiling);
void hebb_run_tiled(const hebb_program *program, const hebb_tiling *tiling, const void *const *inputs,
                    void *const *outputs, void *scratch, int threads);
void hebb_run_plain(const hebb_program *program, const void *const *inputs, void *const *outputs,
                    void *scratch, int threads);
/// Cuts the space and chooses the loops; false if the space is empty. The plan stays right for other memory
/// where the same operands are equal.
bool hebb_plan_program(hebb_plan *plan, const hebb_program *program, const void *const *inputs,
                       void *const *outputs, void *scratch, int threads);

static inline int64_t hebb_stride(const hebb_plan *plan, const int64_t *strides, int d) {
  return plan->dimensions[d] == 1 ? 0 : strides[d - (d > plan->inserted ? 1 : 0)];
}

extern const uint8_t hebb_dtype_bytes[HEBB_DTYPES];

#endif
