// Finds Adam's update among the steps of a block.
#include "program_plan.h"

static bool is(const hebb_plan *plan, int index, hebb_opcode opcode, int form) {
  if (index >= plan->step_counts[HEBB_PER_BLOCK]) return false;
  return plan->steps[HEBB_PER_BLOCK][index].loop == plan->kernels->steps[opcode][form];
}

/// Whether the steps from `first` on are an update; those of the parts that they are named after are written
/// to `adam`. The forms say which operands are one value: see hebb_kernels.
static bool is_adam(const hebb_plan *plan, int first, hebb_adam *adam) {
  const hebb_step *s = &plan->steps[HEBB_PER_BLOCK][first];
  if (!is(plan, first, HEBB_SQUARE, 0) || !is(plan, first + 1, HEBB_MULTIPLY, 1)
      || !is(plan, first + 2, HEBB_MULTIPLY_ADD, 1) || !is(plan, first + 3, HEBB_SQUARE_ROOT, 0)
      || !is(plan, first + 4, HEBB_MULTIPLY_ADD, 3) || !is(plan, first + 5, HEBB_SUBTRACT, 0)
      || !is(plan, first + 6, HEBB_MULTIPLY_ADD, 1) || !is(plan, first + 7, HEBB_DIVIDE, 0)) return false;
  const bool decays = is(plan, first + 8, HEBB_MULTIPLY, 1);
  const int last = decays ? 9 : 8;
  if (!is(plan, first + last, HEBB_SUBTRACT_PRODUCT, 1)) return false;
  const bool v = s[2].a == s[0].target && s[2].c == s[1].target && s[3].a == s[2].target
      && s[4].a == s[3].target;
  const bool m = s[5].a == s[0].a && s[6].a == s[5].target && s[6].c == s[5].b;
  const bool p = s[7].a == s[6].target && s[7].b == s[4].target && s[last].a == s[7].target
      && (!decays || s[last].c == s[8].target);
  if (!v || !m || !p) return false;
  *adam = (hebb_adam){
      .count = last + 1,
      .decays = decays,
      .gradient = s[0].a,
      .v_factor = s[1].a,
      .v = s[1].b,
      .v_share = s[2].b,
      .new_v = s[2].target,
      .root_factor = s[4].b,
      .epsilon = s[4].c,
      .m = s[5].b,
      .m_share = s[6].b,
      .new_m = s[6].target,
      .rate = s[last].b,
      .decay = s[8].a,
      .p = decays ? s[8].b : s[last].c,
      .new_p = s[last].target,
  };
  return true;
}

/// Whether nothing but the update reads what it keeps in registers.
static bool hides(const hebb_plan *plan, int first, int count, const hebb_adam *adam) {
  const int all = plan->step_counts[HEBB_PER_BLOCK];
  for (int k = first; k < first + count; k++) {
    const uint8_t slot = plan->steps[HEBB_PER_BLOCK][k].target;
    if (slot == adam->new_v || slot == adam->new_m || slot == adam->new_p) continue;
    for (int later = first + count; later < all; later++) {
      const hebb_step *s = &plan->steps[HEBB_PER_BLOCK][later];
      if (s->a == slot || s->b == slot || s->c == slot) return false;
    }
    for (int o = 0; o < plan->program->output_count; o++)
      if (plan->sinks[o].slot == slot) return false;
  }
  return true;
}

void hebb_join_adam(hebb_plan *plan) {
  plan->adam.count = 0;
  if (!plan->kernels->adam) return;
  hebb_adam adam;
  for (int first = 0; first < plan->step_counts[HEBB_PER_BLOCK]; first++) {
    if (!is_adam(plan, first, &adam) || !hides(plan, first, adam.count, &adam)) continue;
    adam.first = first;
    plan->adam = adam;
    plan->fetches = false;
    return;
  }
}
