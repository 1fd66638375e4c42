// Planning of convolutions on tiles, and the calls from outside.
#include "tile_conv_internal.h"

#include <stdlib.h>

#include "hebb_tiles.h"

bool conv_axis_make(conv_axis *axis, int64_t taps, int64_t step, const int64_t *offsets, bool merged) {
  *axis = (conv_axis){.taps = taps, .step = step};
  axis->offset = calloc((size_t)(4 * taps), sizeof(int64_t));
  if (!axis->offset) return false;
  axis->class_of = axis->offset + taps;
  axis->shift = axis->class_of + taps;
  axis->origin = axis->shift + taps;
  // Taps that read every step-th pixel from the same remainder on may share a class: it begins at the
  // first of them.
  for (int64_t k = 0; k < taps; k++) {
    axis->offset[k] = offsets[k];
    int64_t first = offsets[k], last = offsets[k], members = 0;
    for (int64_t j = 0; j < taps; j++) {
      if (conv_floor_mod(offsets[j] - offsets[k], step) != 0) continue;
      first = hebb_smaller(first, offsets[j]);
      last = hebb_larger(last, offsets[j]);
      members++;
    }
    const bool joins = merged && (last - first) / step < 2 * members;
    const int64_t origin = joins ? first : offsets[k];
    int64_t c = 0;
    while (c < axis->classes && axis->origin[c] != origin) c++;
    if (c == axis->classes) axis->origin[axis->classes++] = origin;
    axis->class_of[k] = c;
    axis->shift[k] = (offsets[k] - origin) / step;
    axis->extra = hebb_larger(axis->extra, axis->shift[k]);
  }
  axis->low = axis->high = axis->origin[0];
  for (int64_t c = 1; c < axis->classes; c++) {
    axis->low = hebb_smaller(axis->low, axis->origin[c]);
    axis->high = hebb_larger(axis->high, axis->origin[c]);
  }
  return true;
}

void conv_axis_free(conv_axis *axis) {
  free(axis->offset);
  axis->offset = NULL;
}

/// A convolution of single pixels sees neither images nor rows: rows of up to 64 pixels will do.
static hebb_tile_conv simplified(const hebb_tile_conv *g) {
  hebb_tile_conv s = *g;
  const bool is_pointwise = g->kernel_height == 1 && g->kernel_width == 1 && g->stride_y == 1 &&
                            g->stride_x == 1 && g->pad_top == 0 && g->pad_left == 0 &&
                            g->height == g->out_height && g->width == g->out_width;
  if (is_pointwise) {
    const int64_t pixels = g->batch * g->height * g->width;
    int64_t width = hebb_smaller(64, pixels);
    while (pixels % width != 0) width--;
    s.batch = 1;
    s.height = s.out_height = pixels / width;
    s.width = s.out_width = width;
  }
  return s;
}

hebb_tile_conv_plan *hebb_tile_conv_create(const hebb_tile_conv *g, hebb_tile_conv_kind kind, int parts,
                                           int threads) {
  if (parts < 1 || parts > 3 || !hebb_tiles_available()) return NULL;
  hebb_tile_conv_plan *plan = calloc(1, sizeof *plan);
  if (!plan) return NULL;
  plan->g = simplified(g);
  plan->kind = kind;
  plan->parts = parts;
  plan->threads = (int)hebb_larger(threads, 1);
  const bool fits = kind == HEBB_TILE_CONV_WEIGHT_GRADIENT ? conv_weight_plan(plan) : conv_pass_plan(plan);
  if (fits) return plan;
  hebb_tile_conv_destroy(plan);
  return NULL;
}

void hebb_tile_conv_destroy(hebb_tile_conv_plan *plan) {
  if (!plan) return;
  conv_axis_free(&plan->y);
  conv_axis_free(&plan->x);
  for (int64_t p = 0; plan->phases && p < plan->phase_count; p++) {
    free(plan->phases[p].tap_y);
    free(plan->phases[p].step_offset);
  }
  free(plan->phases);
  free(plan);
}

bool hebb_tile_conv_wins(const hebb_tile_conv *g, hebb_tile_conv_kind kind, int parts) {
  const int64_t taps = g->kernel_height * g->kernel_width;
  const int64_t pixels = g->batch * g->out_height * g->out_width;
  const bool reads_dy = kind == HEBB_TILE_CONV_INPUT_GRADIENT;
  const int64_t from = reads_dy ? g->out : g->in, to = reads_dy ? g->in : g->out;
  const bool is_strided = reads_dy && (g->stride_y > 1 || g->stride_x > 1);
  const bool gathers = from <= 16 && taps > 1 && !is_strided;
  // What is summed must fill tiles, or every product would be rounded as often as a tile's.
  if (!gathers && from < 16) return false;
  const double products = (double)pixels * (double)taps * (double)(g->in * g->out);
  if (products < 1e6) return false;
  // Cycles of a core for what the tiles multiply, padding included, for packing and for results.
  const int64_t depth = gathers ? conv_rounded(taps * from, 32) : taps * conv_rounded(from, 32);
  double cycles = (double)pixels * (double)depth * (double)conv_rounded(to, 16) *
                  (double)(parts * (parts + 1)) / 768;
  const double image = (double)pixels * (double)(gathers ? depth : taps > 1 ? 4 * from : from);
  const double results = (double)pixels * (double)to, weights = (double)(taps * g->in * g->out);
  if (kind == HEBB_TILE_CONV_WEIGHT_GRADIENT) {
    cycles += 1.2 * image + 0.5 * results + 4 * weights;
  } else {
    cycles += 0.4 * image + 0.3 * results + 1.5 * weights;
  }
  return cycles < products / 26;
}

int64_t hebb_tile_conv_scratch_bytes(const hebb_tile_conv_plan *plan) {
  const hebb_tile_conv *g = &plan->g;
  const int64_t plain = g->in * g->out * g->kernel_height * g->kernel_width * (int64_t)sizeof(float);
  return hebb_larger(plain, plan->weight_bytes + plan->thread_bytes * plan->threads);
}

void hebb_tile_conv_forward(const hebb_tile_conv_plan *plan, const float *x, const float *w,
                            hebb_product_after after, hebb_activation activation, float *y, void *scratch) {
  bool is_special = false;
  conv_pass_run(plan, x, w, after, activation, y, scratch, &is_special);
  if (is_special) conv_plain_forward(&plan->g, x, w, after, activation, y, scratch, plan->threads);
}

void hebb_tile_conv_input_gradient(const hebb_tile_conv_plan *plan, const float *dy, const float *w,
                                   float *dx, void *scratch) {
  bool is_special = false;
  conv_pass_run(plan, dy, w, (hebb_product_after){0}, HEBB_ACTIVATION_NONE, dx, scratch, &is_special);
  if (is_special) conv_plain_input_gradient(&plan->g, dy, w, dx, scratch, plan->threads);
}

void hebb_tile_conv_weight_gradient(const hebb_tile_conv_plan *plan, const float *x, const float *dy,
                                    float *dw, void *scratch) {
  bool is_special = false;
  conv_weight_run(plan, x, dy, dw, scratch, &is_special);
  if (is_special) conv_plain_weight_gradient(&plan->g, x, dy, dw, plan->threads);
}
