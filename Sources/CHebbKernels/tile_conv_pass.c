// Forward convolutions and input gradients: what to compute in which blocks.
#include "tile_conv_internal.h"

#include <stdlib.h>

/// Bytes of the packed image that stay in the cache together with weights and sums.
static const int64_t image_budget = 800 * 1024;

// MARK: The two kinds

static void set_forward(hebb_tile_conv_plan *p, int64_t *offset_y, int64_t *offset_x) {
  const hebb_tile_conv *g = &p->g;
  p->channels = g->in;
  p->outputs = g->out;
  p->height = g->height;
  p->width = g->width;
  p->out_height = p->grid_height = g->out_height;
  p->out_width = p->grid_width = g->out_width;
  p->out_step_y = p->out_step_x = 1;
  for (int64_t k = 0; k < g->kernel_height; k++) offset_y[k] = k * g->dilation_y - g->pad_top;
  for (int64_t k = 0; k < g->kernel_width; k++) offset_x[k] = k * g->dilation_x - g->pad_left;
}

/// Pixels i * stride + phase of dx are reached by the taps k with k * dilation - pad = phase modulo
/// the stride; they read dy at i + (phase + pad - k * dilation) / stride.
static int64_t phase_of(int64_t k, int64_t dilation, int64_t pad, int64_t stride) {
  return conv_floor_mod(k * dilation - pad, stride);
}

static void set_input_gradient(hebb_tile_conv_plan *p, int64_t *offset_y, int64_t *offset_x) {
  const hebb_tile_conv *g = &p->g;
  p->channels = g->out;
  p->outputs = g->in;
  p->height = g->out_height;
  p->width = g->out_width;
  p->out_height = g->height;
  p->out_width = g->width;
  p->out_step_y = g->stride_y;
  p->out_step_x = g->stride_x;
  p->grid_height = (g->height + g->stride_y - 1) / g->stride_y;
  p->grid_width = (g->width + g->stride_x - 1) / g->stride_x;
  for (int64_t k = 0; k < g->kernel_height; k++) {
    const int64_t phase = phase_of(k, g->dilation_y, g->pad_top, g->stride_y);
    offset_y[k] = (phase + g->pad_top - k * g->dilation_y) / g->stride_y;
  }
  for (int64_t k = 0; k < g->kernel_width; k++) {
    const int64_t phase = phase_of(k, g->dilation_x, g->pad_left, g->stride_x);
    offset_x[k] = (phase + g->pad_left - k * g->dilation_x) / g->stride_x;
  }
}

// MARK: Blocks

static int64_t image_bytes_of(const hebb_tile_conv_plan *p, int64_t images, int64_t rows, int64_t chunk) {
  if (p->gathers) return p->parts * images * rows * p->grid_width * p->tile_row_bytes;
  return p->parts * p->y.classes * p->x.classes * images * (rows + p->y.extra) * p->row_pixels * 64 * chunk;
}

/// Chooses images, rows and channels of a unit.
static void choose_unit(hebb_tile_conv_plan *p) {
  const int64_t area = p->grid_height * p->grid_width, batch = p->g.batch;
  static const int64_t sizes[] = {1024, 768, 512, 384, 256};
  p->chunk = p->channel_blocks;
  for (int i = 0; i < 5; i++) {
    p->images = hebb_smaller(batch, hebb_larger(1, sizes[i] / area));
    p->rows = hebb_smaller(p->grid_height, hebb_larger(1, sizes[i] / p->grid_width));
    if (image_bytes_of(p, p->images, p->rows, p->chunk) <= image_budget) break;
    if (i == 4) {
      const int64_t block = image_bytes_of(p, p->images, p->rows, 1);
      p->chunk = hebb_larger(1, hebb_smaller(p->channel_blocks, image_budget / block));
      const int64_t chunks = (p->channel_blocks + p->chunk - 1) / p->chunk;
      p->chunk = (p->channel_blocks + chunks - 1) / chunks;
    }
  }
  // As many units for each thread.
  p->image_units = (batch + p->images - 1) / p->images;
  p->row_units = (p->grid_height + p->rows - 1) / p->rows;
  if (p->image_units > 1 || p->images > 1) {
    p->image_units = hebb_smaller(batch, conv_rounded(p->image_units, p->threads));
    p->images = (batch + p->image_units - 1) / p->image_units;
    p->image_units = (batch + p->images - 1) / p->images;
  }
  if (p->image_units % p->threads != 0) {
    const int64_t units = conv_rounded(p->row_units, p->threads);
    const int64_t rows = (p->grid_height + units - 1) / units;
    if (rows * p->grid_width >= 128) {
      p->rows = rows;
      p->row_units = (p->grid_height + rows - 1) / rows;
    }
  }
  p->parts_of_outputs = 1;
  const int64_t units = p->image_units * p->row_units;
  if (units < p->threads)
    p->parts_of_outputs = hebb_smaller(p->output_blocks, (p->threads + units - 1) / units);
}

/// Lays out the packed image of a unit and what else a thread needs.
static void lay_out(hebb_tile_conv_plan *p) {
  p->class_rows = p->rows + p->y.extra;
  const int64_t pixels = p->rows * p->grid_width;
  if (p->gathers) {
    p->class_bytes = p->block_bytes = p->images * pixels * p->tile_row_bytes;
    p->stage_rows = (p->rows - 1 + p->y.extra) * p->y.step + p->y.high - p->y.low + 1;
    p->span = (p->grid_width - 1 + p->x.extra) * p->x.step + p->x.high - p->x.low + 1;
    p->stage_row_bytes = conv_rounded(p->span * p->channels * 2, 64) + 128;
    p->stage_bytes = p->parts * p->stage_rows * p->stage_row_bytes;
  } else {
    p->class_bytes = p->class_rows * p->images * p->row_pixels * 64;
    p->block_bytes = p->y.classes * p->x.classes * p->class_bytes;
    p->span = (p->row_pixels - 1) * p->x.step + p->x.high - p->x.low + 1;
    p->stage_bytes = p->chunk * p->parts * p->span * 64;
  }
  p->part_bytes = p->block_bytes * p->chunk;
  const int64_t tiles = p->x.extra > 0 && !p->gathers
                            ? p->images * p->rows * ((p->grid_width + 15) / 16)
                            : (p->images * pixels + 15) / 16;
  p->tiles = conv_rounded(tiles, 4);
  const bool is_chunked = p->chunk < p->channel_blocks;
  p->sums_bytes = p->tiles * 2 * 1024 * (is_chunked ? p->phase_count * p->output_blocks : 1);
  p->thread_bytes = conv_rounded(p->part_bytes * p->parts + 32 * p->tile_row_bytes, 64) +
                    conv_rounded(p->stage_bytes + 128, 64) + p->sums_bytes +
                    conv_rounded(3 * p->tiles * 4, 64);
}

// MARK: Phases

static bool make_phase(hebb_tile_conv_plan *p, conv_phase *phase, int64_t out_y, int64_t out_x) {
  const hebb_tile_conv *g = &p->g;
  const bool is_gradient = p->kind == HEBB_TILE_CONV_INPUT_GRADIENT;
  const int64_t all = g->kernel_height * g->kernel_width;
  phase->out_y = out_y;
  phase->out_x = out_x;
  phase->tap_y = calloc((size_t)(2 * all), sizeof(int64_t));
  if (!phase->tap_y) return false;
  phase->tap_x = phase->tap_y + all;
  // In the order of what they read.
  for (int64_t i = 0; i < g->kernel_height; i++)
    for (int64_t j = 0; j < g->kernel_width; j++) {
      const int64_t u = is_gradient ? g->kernel_height - 1 - i : i;
      const int64_t v = is_gradient ? g->kernel_width - 1 - j : j;
      if (is_gradient && (phase_of(u, g->dilation_y, g->pad_top, g->stride_y) != out_y ||
                          phase_of(v, g->dilation_x, g->pad_left, g->stride_x) != out_x))
        continue;
      phase->tap_y[phase->taps] = u;
      phase->tap_x[phase->taps++] = v;
    }
  return true;
}

static bool make_phases(hebb_tile_conv_plan *p) {
  const bool is_gradient = p->kind == HEBB_TILE_CONV_INPUT_GRADIENT;
  const int64_t down = is_gradient ? hebb_smaller(p->g.stride_y, p->g.height) : 1;
  const int64_t right = is_gradient ? hebb_smaller(p->g.stride_x, p->g.width) : 1;
  p->phases = calloc((size_t)(down * right), sizeof(conv_phase));
  if (!p->phases) return false;
  p->phase_count = down * right;
  for (int64_t i = 0; i < down; i++)
    for (int64_t j = 0; j < right; j++)
      if (!make_phase(p, &p->phases[i * right + j], i, j)) return false;
  return true;
}

/// Fills the tables of addresses, and places the weights of the phases one after the other.
static bool make_tables(hebb_tile_conv_plan *p) {
  for (int64_t n = 0; n < p->phase_count; n++) {
    conv_phase *phase = &p->phases[n];
    phase->steps = p->gathers ? p->tile_row_bytes / 64 : phase->taps;
    const int64_t entries = phase->steps * p->chunk;
    phase->step_offset = calloc((size_t)(entries + 1), sizeof(int32_t));
    if (!phase->step_offset) return false;
    for (int64_t i = 0; i < entries; i++) {
      if (p->gathers) {
        phase->step_offset[i] = (int32_t)(i * 64);
        continue;
      }
      const int64_t block = i / phase->steps, tap = i % phase->steps;
      const int64_t u = phase->tap_y[tap], v = phase->tap_x[tap];
      const int64_t class = p->y.class_of[u] * p->x.classes + p->x.class_of[v];
      const int64_t pixel = p->y.shift[u] * p->images * p->row_pixels + p->x.shift[v];
      phase->step_offset[i] = (int32_t)(block * p->block_bytes + class * p->class_bytes + pixel * 64);
    }
    phase->weight_offset = p->weight_bytes;
    p->weight_bytes += phase->steps * p->channel_blocks * p->parts * 2 * 1024 * p->output_blocks;
  }
  p->weight_bytes = conv_rounded(p->weight_bytes, 64);
  return true;
}

bool conv_pass_plan(hebb_tile_conv_plan *p) {
  const hebb_tile_conv *g = &p->g;
  const bool is_gradient = p->kind == HEBB_TILE_CONV_INPUT_GRADIENT;
  int64_t *offset_y = calloc((size_t)(g->kernel_height + g->kernel_width), sizeof(int64_t));
  if (!offset_y) return false;
  int64_t *offset_x = offset_y + g->kernel_height;
  if (is_gradient) set_input_gradient(p, offset_y, offset_x);
  else set_forward(p, offset_y, offset_x);
  const int64_t step_y = is_gradient ? 1 : g->stride_y, step_x = is_gradient ? 1 : g->stride_x;
  // Where tiles do not end with rows, each column of the kernel has a copy of its own, in which rows
  // and images follow one another without gaps.
  const bool joins_columns = step_x == 1 && p->grid_width % 16 == 0;
  const bool made = conv_axis_make(&p->y, g->kernel_height, step_y, offset_y, true) &&
                    conv_axis_make(&p->x, g->kernel_width, step_x, offset_x, joins_columns);
  free(offset_y);
  if (!made || !make_phases(p)) return false;
  const int64_t taps = g->kernel_height * g->kernel_width;
  p->gathers = p->channels <= 16 && taps > 1 && p->phase_count == 1;
  p->channel_blocks = p->gathers ? 1 : (p->channels + 31) / 32;
  p->output_blocks = (p->outputs + 31) / 32;
  p->row_pixels = p->grid_width + p->x.extra;
  p->tile_row_bytes = p->gathers ? conv_rounded(taps * p->channels, 32) * 2 : 64;
  choose_unit(p);
  lay_out(p);
  return p->part_bytes * p->parts < INT32_MAX && make_tables(p);
}
