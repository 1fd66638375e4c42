// The fused loop: one pass over an iteration space. See program_plan.h for how it works.
#include "hebb_program.h"

#include <string.h>

#include "hebb_parallel.h"
#include "hebb_processor.h"
#include "program_plan.h"

static void run_part(void *context, int index, int count) {
  (void)count;
  hebb_run_part(context, index);
}

static void choose_kernels(hebb_plan *plan) {
  const int level = hebb_vector_level();
  switch (plan->program->compute) {
    case HEBB_COMPUTE_FLOAT32:
      plan->kernels = hebb_float_kernels(level);
      plan->accumulator_kernels = hebb_double_kernels(level);
      break;
    case HEBB_COMPUTE_FLOAT64:
      plan->kernels = plan->accumulator_kernels = hebb_double_kernels(level);
      break;
    default:
      plan->kernels = plan->accumulator_kernels = hebb_int64_kernels(level);
  }
}

/// Sets every result of a reduction over nothing to its neutral element.
static void store_neutral(const hebb_plan *plan, int output) {
  const hebb_program *p = plan->program;
  const hebb_operand *o = &p->outputs[output];
  int64_t index[HEBB_MAX_RANK] = {0}, offset = 0, value;
  for (int d = 0; d < p->rank; d++)
    if (p->dimensions[d] == 0 && o->strides[d] != 0) return;
  hebb_fill_neutral(plan, o->combine, &value, 1);
  for (;;) {
    plan->accumulator_kernels->store[o->dtype](
        (char *)plan->outputs[output] + offset * hebb_dtype_bytes[o->dtype], &value, 1, 1, 1, 1);
    int d = p->rank - 1;
    for (; d >= 0; d--) {
      if (o->strides[d] == 0) continue;
      offset += o->strides[d];
      if (++index[d] < p->dimensions[d]) break;
      offset -= p->dimensions[d] * o->strides[d];
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

int64_t hebb_program_scratch_bytes(const hebb_program *program, int threads) {
  hebb_plan plan;
  hebb_program tiled;
  hebb_tiling tiling;
  if (hebb_find_tiling(program, &tiling)) {
    if (!tiling.exact) return 0;
    tiled = *program;
    hebb_tile(&tiled, &tiling);
    program = &tiled;
  }
  return hebb_plan_cut(&plan, program, threads) ? plan.scratch_bytes : 0;
}

bool hebb_plan_program(hebb_plan *plan, const hebb_program *program, const void *const *inputs,
                       void *const *outputs, void *scratch, int threads) {
  const bool any = hebb_plan_cut(plan, program, threads);
  plan->inputs = inputs;
  plan->outputs = outputs;
  plan->scratch = scratch;
  choose_kernels(plan);
  if (any) hebb_plan_steps(plan);
  return any;
}

void hebb_run_plain(const hebb_program *program, const void *const *inputs, void *const *outputs,
                    void *scratch, int threads) {
  hebb_plan plan;
  if (!hebb_plan_program(&plan, program, inputs, outputs, scratch, threads)) {
    for (int o = 0; o < program->output_count; o++)
      if (program->outputs[o].combine != HEBB_STORE) store_neutral(&plan, o);
    return;
  }
  hebb_parallel(plan.threads, run_part, &plan);
  hebb_finish_partial(&plan);
}

void hebb_program_run(const hebb_program *program, const void *const *inputs, void *const *outputs,
                      void *scratch, int threads) {
  hebb_tiling tiling;
  if (hebb_find_tiling(program, &tiling))
    hebb_run_tiled(program, &tiling, inputs, outputs, scratch, threads);
  else
    hebb_run_plain(program, inputs, outputs, scratch, threads);
}

void hebb_apply_floats(hebb_opcode opcode, float *y, const float *a, const float *b, int b_is_single,
                       int64_t n) {
  const hebb_kernels *kernels = hebb_float_kernels(hebb_vector_level());
  float single[16] __attribute__((aligned(64)));
  const int form = b_is_single && hebb_operand_count((uint8_t)opcode) == 2 ? 2 : 0;
  if (form != 0) {
    for (int i = 0; i < 16; i++) single[i] = *b;
    b = single;
  }
  const uint32_t state = hebb_flush_denormals(1);
  kernels->steps[opcode][form](y, a, b, NULL, n);
  hebb_restore_float_state(state);
}
