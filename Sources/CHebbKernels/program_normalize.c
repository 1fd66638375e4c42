// Finds normalizations of rows among the loops of a chain.
#include "program_normalize_internal.h"

#include <string.h>

static bool lies(const hebb_operand *o, int rank, int64_t first, int64_t second) {
  return o->dtype == HEBB_FLOAT32 && (rank < 1 || o->strides[0] == first)
      && (rank < 2 || o->strides[1] == second);
}

/// Whether the program has that rank over `rows` (and `n`) and so many operands and instructions, of which
/// every one writes register 0.
static bool has_form(const hebb_program *p, int rank, int64_t rows, int64_t n, int inputs, int instructions,
                     int combine) {
  if (p->compute != HEBB_COMPUTE_FLOAT32 || p->rank != rank || p->input_count != inputs) return false;
  if (p->instruction_count != instructions || p->output_count != 1) return false;
  if (p->dimensions[0] != rows || (rank == 2 && p->dimensions[1] != n)) return false;
  for (int i = 0; i < instructions; i++)
    if (p->instructions[i].target != 0) return false;
  return p->outputs[0].combine == combine && p->outputs[0].source == (instructions > 0 ? inputs : 0);
}

/// Whether instruction `index` is opcode(first, second, third); a third below 0 is not read.
static bool is(const hebb_program *p, int index, hebb_opcode opcode, int first, int second, int third) {
  const hebb_instruction *i = &p->instructions[index];
  if (i->opcode != opcode || i->a != first) return false;
  return (second < 0 || i->b == second) && (third < 0 || i->c == third);
}

bool hebb_find_normalization(const hebb_placed_program *loops, hebb_normalization *job) {
  const hebb_program *total = loops[0].program, *center = loops[1].program, *spread = loops[2].program;
  const hebb_program *root = loops[3].program, *result = loops[4].program;
  if (total->rank != 2) return false;
  const int64_t rows = total->dimensions[0], n = total->dimensions[1];
  if (n > HEBB_NORMALIZED_ROW) return false;
  // sum x
  if (!has_form(total, 2, rows, n, 1, 0, HEBB_REDUCE_SUM) || !lies(&total->inputs[0], 2, n, 1)
      || !lies(&total->outputs[0], 2, 1, 0)) return false;
  // mean = sum * reciprocal
  if (!has_form(center, 1, rows, 0, 2, 1, HEBB_STORE) || !is(center, 0, HEBB_MULTIPLY, 0, 1, -1)
      || !lies(&center->inputs[0], 1, 1, 0) || !lies(&center->inputs[1], 1, 0, 0)
      || !lies(&center->outputs[0], 1, 1, 0)) return false;
  // squares = sum (x - mean)^2
  if (!has_form(spread, 2, rows, n, 2, 2, HEBB_REDUCE_SUM) || !is(spread, 0, HEBB_SUBTRACT, 0, 1, -1)
      || !is(spread, 1, HEBB_SQUARE, 2, -1, -1) || !lies(&spread->inputs[0], 2, n, 1)
      || !lies(&spread->inputs[1], 2, 1, 0) || !lies(&spread->outputs[0], 2, 1, 0)) return false;
  // slope = 1 / sqrt(squares * factor + epsilon)
  if (!has_form(root, 1, rows, 0, 3, 2, HEBB_STORE) || !is(root, 0, HEBB_MULTIPLY_ADD, 0, 1, 2)
      || !is(root, 1, HEBB_RECIPROCAL_SQUARE_ROOT, 3, -1, -1) || !lies(&root->inputs[0], 1, 1, 0)
      || !lies(&root->inputs[1], 1, 0, 0) || !lies(&root->inputs[2], 1, 0, 0)
      || !lies(&root->outputs[0], 1, 1, 0)) return false;
  // y = (x - mean) * slope * scale + shift
  if (!has_form(result, 2, rows, n, 5, 3, HEBB_STORE) || !is(result, 0, HEBB_SUBTRACT, 0, 1, -1)
      || !is(result, 1, HEBB_MULTIPLY, 5, 2, -1) || !is(result, 2, HEBB_MULTIPLY_ADD, 5, 3, 4)) return false;
  for (int i = 0; i < 5; i++)
    if (!lies(&result->inputs[i], 2, i == 0 ? n : i < 3 ? 1 : 0, i == 0 || i > 2 ? 1 : 0)) return false;
  if (!lies(&result->outputs[0], 2, n, 1)) return false;
  // All of the same row.
  const void *x = loops[0].inputs[0], *sum = loops[0].outputs[0], *mean = loops[1].outputs[0];
  const void *squares = loops[2].outputs[0], *slope = loops[3].outputs[0];
  if (loops[1].inputs[0] != sum || loops[2].inputs[0] != x || loops[2].inputs[1] != mean) return false;
  if (loops[3].inputs[0] != squares || loops[4].inputs[0] != x || loops[4].inputs[1] != mean) return false;
  if (loops[4].inputs[2] != slope) return false;
  *job = (hebb_normalization){
      .n = n,
      .x = x,
      .scale = loops[4].inputs[3],
      .shift = loops[4].inputs[4],
      .reciprocal = loops[1].inputs[1],
      .factor = loops[3].inputs[1],
      .epsilon = loops[3].inputs[2],
      .sum = loops[0].outputs[0],
      .mean = loops[1].outputs[0],
      .squares = loops[2].outputs[0],
      .slope = loops[3].outputs[0],
      .y = loops[4].outputs[0],
      .streams = result->outputs[0].is_part_of_large && loops[4].outputs[0] != x,
  };
  return true;
}
