// The second half of the plan: where inputs come from, which loop does each instruction, and which of them
// may write an output's memory at once.
#include <string.h>

#include "loops_support.h"
#include "program_plan.h"

enum { none = -1 };

/// Bytes of an operand from which on blocks ask for the next one's memory, where instructions take so long
/// for each input that the processor stops looking ahead; elsewhere it does better alone.
#ifndef HEBB_FETCH_BYTES
#define HEBB_FETCH_BYTES (1 << 20)
#endif
#define FETCH_COST 3

// MARK: Inputs

/// Whether each block of the operand is one run of memory.
static bool is_run(const hebb_plan *plan, const int64_t *strides) {
  int64_t expected = 1;
  for (int d = plan->rank - 1; d > plan->split; d--) {
    if (plan->dimensions[d] == 1) continue;
    if (hebb_stride(plan, strides, d) != expected) return false;
    expected *= plan->dimensions[d];
  }
  return plan->block_units == 1 || hebb_stride(plan, strides, plan->split) == expected;
}

static bool moves(const hebb_plan *plan, const int64_t *strides, int begin, int end) {
  for (int d = begin; d < end; d++)
    if (hebb_stride(plan, strides, d) != 0) return true;
  return false;
}

static void plan_source(hebb_plan *plan, int index) {
  const hebb_operand *o = &plan->program->inputs[index];
  hebb_source *source = &plan->sources[index];
  const bool by_row = moves(plan, o->strides, 0, plan->split);
  source->unit_stride = hebb_stride(plan, o->strides, plan->split);
  source->rate = by_row ? HEBB_PER_ROW : HEBB_PER_RUN;
  if (!moves(plan, o->strides, plan->split, plan->rank)) {
    source->kind = HEBB_SPLAT;
    return;
  }
  if (o->dtype == plan->own_dtype && is_run(plan, o->strides)) {
    source->kind = HEBB_IN_PLACE;
    source->rate = HEBB_PER_BLOCK;
    return;
  }
  hebb_walk_block(&source->walk, plan, o->strides, plan->rank);
  source->kind = HEBB_REPEATED;
  if (plan->units > 1 && source->unit_stride == 0) return;
  source->kind = HEBB_GATHERED;
  source->rate = HEBB_PER_BLOCK;
}

// MARK: Slots

static int add_slot(hebb_plan *plan, hebb_rate rate, int buffer, int cell) {
  const int slot = plan->slot_count++;
  plan->rates[slot] = (uint8_t)rate;
  plan->buffers[slot] = (int16_t)buffer;
  plan->cells[slot] = (int16_t)cell;
  return slot;
}

static void add_input_slots(hebb_plan *plan) {
  for (int i = 0; i < plan->program->input_count; i++) {
    const hebb_source *source = &plan->sources[i];
    switch (source->kind) {
      case HEBB_IN_PLACE: add_slot(plan, HEBB_PER_BLOCK, none, none); break;
      case HEBB_SPLAT: add_slot(plan, source->rate, none, plan->cell_count++); break;
      // A pattern that is there for the whole run is a block like any other to the loops.
      case HEBB_REPEATED:
      case HEBB_GATHERED: add_slot(plan, HEBB_PER_BLOCK, plan->buffer_count++, none); break;
    }
  }
}

/// The slot that holds a whole block of the values of `slot`, which has one register of equal values.
static uint8_t spread(hebb_plan *plan, uint8_t slot, uint8_t *copies) {
  if (copies[slot] == 0) {
    const hebb_rate rate = plan->rates[slot];
    copies[slot] = (uint8_t)add_slot(plan, HEBB_PER_BLOCK, plan->buffer_count++, none);
    plan->spreads[rate][plan->spread_counts[rate]++] = (hebb_spread){slot, copies[slot]};
  }
  return copies[slot];
}

// MARK: Instructions

typedef struct {
  uint8_t registers[HEBB_MAX_REGISTERS];  // the slot that a register's value is in, 255 before
  uint8_t copies[HEBB_MAX_SLOTS];         // the spread copy of a slot, 0 if none
  int16_t last_use[HEBB_MAX_INPUTS];      // the last instruction that reads an input
  int16_t producers[HEBB_MAX_REGISTERS];  // the last instruction that writes a register
} hebb_names;

static uint8_t slot_of(const hebb_plan *plan, const hebb_names *names, uint8_t operand) {
  const int inputs = plan->program->input_count;
  if (operand < inputs) return operand;
  const int index = operand - inputs;
  // The planner's mistakes must not become wild pointers.
  if (index >= HEBB_MAX_REGISTERS || names->registers[index] == 255) __builtin_trap();
  return names->registers[index];
}

static void plan_instruction(hebb_plan *plan, int index, hebb_names *names) {
  const hebb_instruction *instruction = &plan->program->instructions[index];
  const int count = hebb_operand_count(instruction->opcode);
  const uint8_t operands[3] = {instruction->a, instruction->b, instruction->c};
  uint8_t slots[3] = {0, 0, 0};
  hebb_rate rate = HEBB_PER_RUN;
  for (int k = 0; k < count; k++) {
    slots[k] = slot_of(plan, names, operands[k]);
    if (operands[k] < plan->program->input_count) names->last_use[operands[k]] = (int16_t)index;
    if (plan->rates[slots[k]] > rate) rate = plan->rates[slots[k]];
  }
  int form = 0;
  if (rate == HEBB_PER_BLOCK) {
    // A selection's condition has no form for one value, its other operands have; factors may be exchanged.
    const int first = count == 3 ? 1 : 0;
    if (instruction->opcode >= HEBB_MULTIPLY_ADD && plan->rates[slots[0]] != HEBB_PER_BLOCK) {
      const uint8_t factor = slots[0];
      slots[0] = slots[1];
      slots[1] = factor;
    }
    for (int k = 0; k < count; k++) {
      if (plan->rates[slots[k]] == HEBB_PER_BLOCK) continue;
      if (k < first) slots[k] = spread(plan, slots[k], names->copies);
      else form |= 1 << (k - first);
    }
  }
  const int target = instruction->target;
  const bool block = rate == HEBB_PER_BLOCK;
  const uint8_t slot = (uint8_t)add_slot(plan, rate, block ? target : none, block ? none : plan->cell_count);
  plan->cell_count += block ? 0 : 1;
  const hebb_step_loop loop = plan->kernels->steps[instruction->opcode][form];
  plan->steps[rate][plan->step_counts[rate]++] = (hebb_step){
      loop, instruction->opcode, slot, slots[0], slots[1], slots[2]};
  names->registers[target] = slot;
  names->producers[target] = (int16_t)index;
}

// MARK: Outputs

/// Whether the instruction that makes the values may write them straight to the output: nothing reads
/// them from a register only, and no input lies in the same memory and is read later.
static bool may_write(const hebb_plan *plan, int index, const hebb_names *names, uint8_t slot) {
  const hebb_program *p = plan->program;
  const hebb_operand *o = &p->outputs[index];
  if (o->source < p->input_count || o->dtype != plan->own_dtype) return false;
  if (plan->buffers[slot] == none) return false;  // writes another output already
  if (!is_run(plan, o->strides)) return false;
  const int producer = names->producers[o->source - p->input_count];
  for (int i = 0; i < p->input_count; i++) {
    if (plan->inputs[i] != plan->outputs[index]) continue;
    if (plan->sources[i].kind == HEBB_IN_PLACE && names->last_use[i] > producer) return false;
  }
  return true;
}

/// Whether an output is too large for the caches and its memory has not been read before.
static bool is_large(const hebb_plan *plan, int index) {
  const hebb_operand *o = &plan->program->outputs[index];
  const int64_t bytes = plan->rows * plan->units * plan->unit * hebb_dtype_bytes[o->dtype];
  if (bytes < HEBB_STREAM_BYTES && !o->is_part_of_large) return false;
  for (int i = 0; i < plan->program->input_count; i++)
    if (plan->inputs[i] == plan->outputs[index]) return false;
  return true;
}

static void plan_output(hebb_plan *plan, int index, hebb_names *names) {
  const hebb_program *p = plan->program;
  const hebb_operand *o = &p->outputs[index];
  hebb_sink *sink = &plan->sinks[index];
  uint8_t slot = slot_of(plan, names, o->source);
  const bool constant = plan->rates[slot] != HEBB_PER_BLOCK;
  if (constant) slot = spread(plan, slot, names->copies);
  sink->slot = slot;
  sink->streams = false;
  if (o->combine != HEBB_STORE) return;
  sink->unit_stride = hebb_stride(plan, o->strides, plan->split);
  if (!constant && may_write(plan, index, names, slot)) {
    sink->kind = HEBB_STORED;
    sink->streams = is_large(plan, index);
    if (sink->streams) return;
    sink->kind = HEBB_WRITTEN;
    plan->buffers[slot] = none;
    return;
  }
  sink->kind = HEBB_STORED;
  hebb_walk_block(&sink->walk, plan, o->strides, plan->rank);
}

/// An input that is an output's value is read after all instructions, and after other outputs have been
/// written: if one of them has taken its memory, the block is copied first.
static void protect_inputs(hebb_plan *plan) {
  const hebb_program *p = plan->program;
  for (int o = 0; o < p->output_count; o++) {
    const uint8_t input = p->outputs[o].source;
    if (input >= p->input_count || plan->sources[input].kind != HEBB_IN_PLACE) continue;
    for (int other = 0; other < p->output_count; other++) {
      if (other == o || plan->outputs[other] != plan->inputs[input]) continue;
      hebb_walk_block(&plan->sources[input].walk, plan, p->inputs[input].strides, plan->rank);
      plan->sources[input].kind = HEBB_GATHERED;
      break;
    }
  }
}

void hebb_plan_steps(hebb_plan *plan) {
  const hebb_program *p = plan->program;
  for (int i = 0; i < p->input_count; i++) plan_source(plan, i);
  protect_inputs(plan);

  plan->slot_count = plan->cell_count = 0;
  plan->buffer_count = p->instruction_count > 0 ? p->register_count : 0;
  for (int rate = 0; rate < 3; rate++) plan->step_counts[rate] = 0;
  plan->spread_counts[HEBB_PER_RUN] = plan->spread_counts[HEBB_PER_ROW] = 0;
  const int64_t bytes = plan->rows * plan->units * plan->unit * plan->element_bytes;
  int64_t runs = 0;
  for (int i = 0; i < p->input_count; i++) runs += plan->sources[i].kind == HEBB_IN_PLACE;
  plan->is_large = bytes >= HEBB_FETCH_BYTES;
  plan->fetches = plan->is_large && hebb_program_cost(p) >= FETCH_COST * runs;
  hebb_names names;
  memset(names.registers, 255, sizeof names.registers);
  memset(names.copies, 0, sizeof names.copies);
  for (int i = 0; i < p->input_count; i++) names.last_use[i] = none;
  add_input_slots(plan);
  for (int i = 0; i < p->instruction_count; i++) plan_instruction(plan, i, &names);
  for (int o = 0; o < p->output_count; o++) plan_output(plan, o, &names);
  hebb_join_adam(plan);
  hebb_find_pipes(plan);
}
