// Transposes. Where one operand's neighbours lie along the innermost dimension and another's along a
// dimension far outside it, a pass in order would take one element of each cache line and come back for
// the next when the line is gone. Both dimensions are then cut into tiles that stay in the cache.
#include <stdlib.h>

#include "program_plan.h"

/// Cache lines that may be left waiting for their next element: a good part of the first level.
#ifndef WAITING_LINES
#define WAITING_LINES 256
#endif
#define LINE_BYTES 64
#ifdef TUNE
#define OUTER_TILE atoll(getenv("OT"))
#define INNER_TILE atoll(getenv("IT"))
#else
#define OUTER_TILE 16
#define INNER_TILE 64
#endif

static const hebb_operand *operand(const hebb_program *p, int index) {
  return index < p->input_count ? &p->inputs[index] : &p->outputs[index - p->input_count];
}

static bool reduces(const hebb_program *p) {
  for (int o = 0; o < p->output_count; o++)
    if (p->outputs[o].combine != HEBB_STORE) return true;
  return false;
}

/// The dimension along which the operand's neighbours lie, if that is a problem, or -1.
static int distant_dimension(const hebb_program *p, const hebb_operand *o) {
  const int inner = p->rank - 1;
  const int64_t step = llabs(o->strides[inner]);
  if (step * hebb_dtype_bytes[o->dtype] < LINE_BYTES) return -1;
  int found = -1;
  int64_t smallest = step, passed = p->dimensions[inner], between = 0;
  for (int d = inner - 1; d >= 0; d--) {
    const int64_t stride = llabs(o->strides[d]);
    if (stride != 0 && stride < smallest && p->dimensions[d] > 1) {
      smallest = stride;
      found = d;
      between = passed;
    }
    passed *= p->dimensions[d];
  }
  const bool shared = smallest * hebb_dtype_bytes[o->dtype] <= LINE_BYTES / 4;
  return between > WAITING_LINES && shared ? found : -1;
}

/// The largest divisor of n up to `limit`.
static int64_t divisor(int64_t n, int64_t limit) {
  int64_t d = limit < n ? limit : n;
  while (n % d != 0) d--;
  return d;
}

bool hebb_find_tiling(const hebb_program *p, hebb_tiling *tiling) {
  if (p->rank < 2 || p->rank + 2 > HEBB_MAX_RANK) return false;
  // Keep masks have no address that tiles could move.
  for (int i = 0; i < p->input_count; i++)
    if (p->inputs[i].dtype == HEBB_KEEP) return false;
  const int inner = p->rank - 1;
  tiling->outer = -1;
  for (int o = 0; o < p->input_count + p->output_count && tiling->outer < 0; o++)
    tiling->outer = distant_dimension(p, operand(p, o));
  if (tiling->outer < 0) return false;
  const int64_t rows = p->dimensions[tiling->outer], columns = p->dimensions[inner];
  // Results of a reduction cannot come from several runs: there the tiles must fit exactly.
  tiling->exact = reduces(p);
  tiling->outer_tile = tiling->exact ? divisor(rows, OUTER_TILE) : OUTER_TILE;
  tiling->inner_tile = tiling->exact ? divisor(columns, INNER_TILE) : INNER_TILE;
  if (columns < tiling->inner_tile) tiling->inner_tile = columns;
  return rows >= tiling->outer_tile && tiling->outer_tile >= 8 && tiling->inner_tile >= 8;
}

static void tile_strides(const hebb_tiling *tiling, int rank, int64_t *strides) {
  strides[rank] = strides[tiling->outer];
  strides[rank + 1] = strides[rank - 1];
  strides[tiling->outer] *= tiling->outer_tile;
  strides[rank - 1] *= tiling->inner_tile;
}

void hebb_tile(hebb_program *p, const hebb_tiling *tiling) {
  const int rank = p->rank;
  p->dimensions[rank] = tiling->outer_tile;
  p->dimensions[rank + 1] = tiling->inner_tile;
  p->dimensions[tiling->outer] /= tiling->outer_tile;
  p->dimensions[rank - 1] /= tiling->inner_tile;
  for (int i = 0; i < p->input_count; i++) tile_strides(tiling, rank, p->inputs[i].strides);
  for (int o = 0; o < p->output_count; o++) tile_strides(tiling, rank, p->outputs[o].strides);
  p->rank = rank + 2;
}

void hebb_run_tiled(const hebb_program *program, const hebb_tiling *tiling, const void *const *inputs,
                    void *const *outputs, void *scratch, int threads) {
  const int outer = tiling->outer, inner = program->rank - 1;
  const int64_t rows = program->dimensions[outer], columns = program->dimensions[inner];
  const int64_t tiled_rows = rows - rows % tiling->outer_tile;
  const int64_t tiled_columns = columns - columns % tiling->inner_tile;
  hebb_program part = *program;
  part.dimensions[outer] = tiled_rows;
  part.dimensions[inner] = tiled_columns;
  hebb_tile(&part, tiling);
  hebb_run_plain(&part, inputs, outputs, scratch, threads);

  // What is left below the tiles, then to the right of them.
  for (int side = 0; side < 2; side++) {
    const int d = side == 0 ? outer : inner;
    const int64_t first = side == 0 ? tiled_rows : tiled_columns;
    part = *program;
    part.dimensions[d] -= first;
    if (side == 1) part.dimensions[outer] = tiled_rows;
    if (part.dimensions[d] == 0) continue;
    const void *sources[HEBB_MAX_INPUTS];
    void *targets[HEBB_MAX_OUTPUTS];
    for (int i = 0; i < part.input_count; i++) {
      const hebb_operand *o = &part.inputs[i];
      sources[i] = (const char *)inputs[i] + first * o->strides[d] * hebb_dtype_bytes[o->dtype];
    }
    for (int i = 0; i < part.output_count; i++) {
      const hebb_operand *o = &part.outputs[i];
      targets[i] = (char *)outputs[i] + first * o->strides[d] * hebb_dtype_bytes[o->dtype];
    }
    hebb_run_plain(&part, sources, targets, scratch, threads);
  }
}
