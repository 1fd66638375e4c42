#include <stdbool.h>
#include <stdlib.h>

#include "program_plan.h"

// MARK: All operands of a program

static int operand_count(const hebb_program *p) { return p->output_count + p->input_count; }

/// Outputs first: they decide about the order of dimensions.
static hebb_operand *operand(hebb_program *p, int index) {
  return index < p->output_count ? &p->outputs[index] : &p->inputs[index - p->output_count];
}

static void move_dimension(hebb_program *p, int from, int to) {
  p->dimensions[to] = p->dimensions[from];
  for (int o = 0; o < operand_count(p); o++) operand(p, o)->strides[to] = operand(p, o)->strides[from];
}

// MARK: Steps

static void drop_single(hebb_program *p) {
  int kept = 0;
  for (int d = 0; d < p->rank; d++) {
    if (p->dimensions[d] == 1) continue;
    if (kept != d) move_dimension(p, d, kept);
    kept++;
  }
  p->rank = kept;
}

/// Negative if dimension `a` should lie outside `b`, positive if inside, 0 if no operand can tell: the
/// first operand that walks through both with different steps decides.
static int compare(hebb_program *p, int a, int b) {
  for (int o = 0; o < operand_count(p); o++) {
    const int64_t x = llabs(operand(p, o)->strides[a]), y = llabs(operand(p, o)->strides[b]);
    if (x != 0 && y != 0 && x != y) return x > y ? -1 : 1;
  }
  return 0;
}

static void swap_dimensions(hebb_program *p, int a, int b) {
  int64_t t = p->dimensions[a];
  p->dimensions[a] = p->dimensions[b];
  p->dimensions[b] = t;
  for (int o = 0; o < operand_count(p); o++) {
    int64_t *s = operand(p, o)->strides;
    t = s[a];
    s[a] = s[b];
    s[b] = t;
  }
}

/// Insertion sort that steps over dimensions it cannot compare.
static void order(hebb_program *p) {
  for (int i = 1; i < p->rank; i++) {
    int inner = i;
    for (int outer = i - 1; outer >= 0; outer--) {
      const int order = compare(p, outer, inner);
      if (order < 0) break;
      if (order > 0) {
        swap_dimensions(p, outer, inner);
        inner = outer;
      }
    }
  }
}

static bool joinable(hebb_program *p, int outer) {
  for (int o = 0; o < operand_count(p); o++) {
    const int64_t *s = operand(p, o)->strides;
    if (s[outer] != s[outer + 1] * p->dimensions[outer + 1]) return false;
  }
  return true;
}

static void join(hebb_program *p) {
  for (int d = p->rank - 2; d >= 0; d--) {
    if (!joinable(p, d)) continue;
    const int64_t joined = p->dimensions[d] * p->dimensions[d + 1];
    p->dimensions[d + 1] = joined;
    for (int i = d; i + 1 < p->rank; i++) move_dimension(p, i + 1, i);
    p->rank--;
  }
}

// MARK: Instructions

static bool reads(const hebb_instruction *i, int operand) {
  const int count = hebb_operand_count(i->opcode);
  return i->a == operand || (count > 1 && i->b == operand) || (count > 2 && i->c == operand);
}

/// The only instruction that reads the result of a product, if it is an addition or subtraction that may
/// take over the factors; -1 if there is none.
static int only_addition(const hebb_program *p, int product) {
  const hebb_instruction *x = &p->instructions[product];
  const int result = p->input_count + x->target;
  int user = -1;
  bool lives = true, keeps_factors = true;
  for (int i = product + 1; i < p->instruction_count && lives; i++) {
    const hebb_instruction *next = &p->instructions[i];
    if (reads(next, result)) {
      const bool adds = next->opcode == HEBB_ADD || next->opcode == HEBB_SUBTRACT;
      if (user >= 0 || !adds || next->a == next->b || !keeps_factors) return -1;
      user = i;
    }
    lives = next->target != x->target;
    const int changed = p->input_count + next->target;
    if (changed == x->a || changed == x->b) keeps_factors = false;
  }
  for (int o = 0; o < p->output_count && lives; o++)
    if (p->outputs[o].source == result) return -1;
  return user;
}

/// Drops copies of a register to itself.
static void drop_copies(hebb_program *p) {
  int kept = 0;
  for (int i = 0; i < p->instruction_count; i++) {
    const hebb_instruction x = p->instructions[i];
    if (x.opcode != HEBB_COPY || x.a != p->input_count + x.target) p->instructions[kept++] = x;
  }
  p->instruction_count = kept;
}

/// Joins products with the additions that follow.
static void join_products(hebb_program *p) {
  if (p->compute == HEBB_COMPUTE_INT64) return;
  int kept = 0;
  for (int i = 0; i < p->instruction_count; i++) {
    hebb_instruction *x = &p->instructions[i];
    const int user = x->opcode == HEBB_MULTIPLY ? only_addition(p, i) : -1;
    if (user < 0) {
      p->instructions[kept++] = *x;
      continue;
    }
    hebb_instruction *sum = &p->instructions[user];
    const bool is_first = sum->a == p->input_count + x->target;
    sum->c = is_first ? sum->b : sum->a;
    sum->opcode = sum->opcode == HEBB_ADD ? HEBB_MULTIPLY_ADD
        : is_first                        ? HEBB_MULTIPLY_SUBTRACT
                                          : HEBB_SUBTRACT_PRODUCT;
    sum->a = x->a;
    sum->b = x->b;
  }
  p->instruction_count = kept;
}

void hebb_program_simplify(hebb_program *p) {
  drop_copies(p);
  join_products(p);
  // An empty space stays as it is: its dimensions still tell how many results are neutral.
  for (int d = 0; d < p->rank; d++)
    if (p->dimensions[d] == 0) return;
  drop_single(p);
  order(p);
  join(p);
}
