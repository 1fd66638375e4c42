// Finds steps of a block that follow one another, each reading what the one before has made: in a pipe, values
// stay in registers from step to step.
#include "program_plan.h"

static bool is_piped(uint8_t opcode) {
  switch (opcode) {
#define KNOWN(name) case HEBB_##name:
    PIPED_UNARY(KNOWN) PIPED_BINARY(KNOWN) PIPED_TERNARY(KNOWN)
#undef KNOWN
    return true;
    default: return false;
  }
}

/// The step as one that finds `slot` in registers, false if it does not read it.
static bool join(const hebb_step *step, uint8_t slot, hebb_piped_step *piped) {
  const int count = hebb_operand_count(step->opcode);
  const uint8_t operands[3] = {step->a, step->b, step->c};
  int place = 0;
  while (place < count && operands[place] != slot) place++;
  if (place == count || !is_piped(step->opcode)) return false;
  const uint8_t x = operands[place == 0 ? 1 : 0], y = operands[place == 2 ? 1 : 2];
  const bool exchanges = step->opcode >= HEBB_MULTIPLY_ADD || step->opcode == HEBB_ADD
      || step->opcode == HEBB_MULTIPLY;
  if (exchanges && place == 1) place = 0;
  *piped = (hebb_piped_step){.code = HEBB_PIPED(step->opcode, place), .target = step->target};
  piped->x = count > 1 ? x : slot;
  piped->y = count > 2 ? y : slot;
  return true;
}

/// The end of the pipe that begins with a step, which loads what it would find in registers.
static int find_end(hebb_plan *plan, int first, int all) {
  const hebb_step *steps = plan->steps[HEBB_PER_BLOCK];
  const hebb_step *s = &steps[first];
  const bool second = hebb_operand_count(s->opcode) == 2 && plan->rates[s->a] != HEBB_PER_BLOCK;
  const uint8_t loaded = second ? s->b : s->a;
  if (!join(s, loaded, &plan->piped[first])) return first;
  plan->piped[first].loaded = loaded;
  int end = first + 1;
  while (end < all && end - first < HEBB_PIPE_LENGTH
         && join(&steps[end], steps[end - 1].target, &plan->piped[end])) end++;
  return end;
}

/// Whether a later step or another result reads the step's target from memory. In a pipe the next step finds it in
/// registers, once.
static bool is_read(const hebb_plan *plan, int index, bool next_joins, int output) {
  const uint8_t slot = plan->steps[HEBB_PER_BLOCK][index].target;
  for (int i = index + 1; i < plan->step_counts[HEBB_PER_BLOCK]; i++) {
    const hebb_step *s = &plan->steps[HEBB_PER_BLOCK][i];
    const int count = hebb_operand_count(s->opcode);
    const int reads = (s->a == slot) + (count > 1 && s->b == slot) + (count > 2 && s->c == slot);
    if (reads > (next_joins && i == index + 1 ? 1 : 0)) return true;
  }
  for (int o = 0; o < plan->program->output_count; o++)
    if (o != output && plan->sinks[o].slot == slot) return true;
  return false;
}

/// The output whose values, of no other use, the step may write past the caches at once; -1 if there is none.
static int streamed_output(const hebb_plan *plan, int index, bool next_joins) {
  for (int o = 0; o < plan->program->output_count; o++) {
    const hebb_sink *sink = &plan->sinks[o];
    if (!sink->streams || sink->slot != plan->steps[HEBB_PER_BLOCK][index].target) continue;
    const bool aligned = ((uintptr_t)plan->outputs[o] & 63) == 0;
    return aligned && !is_read(plan, index, next_joins, o) ? o : -1;
  }
  return -1;
}

/// The inputs among the step's operands that lie in memory, as bits.
static uint32_t inputs_of(const hebb_plan *plan, const hebb_step *step) {
  const uint8_t operands[3] = {step->a, step->b, step->c};
  uint32_t inputs = 0;
  for (int k = 0; k < hebb_operand_count(step->opcode); k++)
    if (operands[k] < plan->program->input_count && plan->sources[operands[k]].kind == HEBB_IN_PLACE)
      inputs |= 1u << operands[k];
  return inputs;
}

bool hebb_is_pipe(const hebb_program *p) {
  if (p->compute != HEBB_COMPUTE_FLOAT32 || p->rank != 1 || p->output_count != 1) return false;
  for (int i = 0; i < p->input_count; i++)
    if (p->inputs[i].dtype != HEBB_FLOAT32 || (uint64_t)p->inputs[i].strides[0] > 1) return false;
  const hebb_operand *o = &p->outputs[0];
  if (o->dtype != HEBB_FLOAT32 || o->combine != HEBB_STORE || o->strides[0] != 1) return false;
  int before = -1;
  for (int i = 0; i < p->instruction_count; i++) {
    const hebb_instruction *x = &p->instructions[i];
    const int count = hebb_operand_count(x->opcode), last = p->input_count + before;
    const bool follows = i == 0 || x->a == last || (count > 1 && x->b == last) || (count > 2 && x->c == last);
    if (!is_piped(x->opcode) || !follows) return false;
    before = x->target;
  }
  return p->instruction_count > 0 && p->instruction_count <= HEBB_PIPE_LENGTH && o->source == p->input_count + before;
}

void hebb_find_pipes(hebb_plan *plan) {
  const int all = plan->step_counts[HEBB_PER_BLOCK];
  for (int first = 0, end; first < all; first = end) {
    hebb_piped_step *start = &plan->piped[first];
    start->length = 0;
    end = first + 1;
    if (!plan->kernels->pipe) continue;
    // Adam's update has a loop of its own.
    const bool updates = plan->adam.count > 0 && first <= plan->adam.first;
    if (updates && first == plan->adam.first) {
      end = first + plan->adam.count;
      continue;
    }
    const int found = find_end(plan, first, updates ? plan->adam.first : all);
    if (found == first) continue;
    end = found;
    bool streams = false;
    for (int i = first; i < end; i++) {
      hebb_piped_step *piped = &plan->piped[i];
      const int output = streamed_output(plan, i, i + 1 < end);
      piped->streams = output >= 0;
      piped->keeps = output >= 0 || is_read(plan, i, i + 1 < end, -1);
      if (plan->is_large) start->fetched |= inputs_of(plan, &plan->steps[HEBB_PER_BLOCK][i]);
      if (output < 0) continue;
      streams = true;
      plan->sinks[output].kind = HEBB_WRITTEN;
      plan->buffers[plan->steps[HEBB_PER_BLOCK][i].target] = -1;
    }
    if (end - first > 1 || streams) start->length = (uint8_t)(end - first);
  }
}
