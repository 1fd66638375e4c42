// Weight gradients: what to compute in which blocks. The sums of 16 channels and 16 outputs are a
// tile; the summed dimension are pixels. The image lies transposed in the scratch memory, a row for
// each channel, so that the tiles read it from any pixel on; the cotangent lies in pairs of pixels.
#include "tile_conv_internal.h"

#include <stdlib.h>

static const int64_t image_budget = 600 * 1024, cotangent_budget = 800 * 1024;
/// Sums of every thread for itself, up to this size; beyond, threads share the channels.
static const int64_t own_sums_budget = 1024 * 1024;

/// Lays out a unit's images; false if there is no end to it.
static void lay_out(hebb_tile_conv_plan *p) {
  const int64_t taps = p->y.taps * p->x.taps, channels = hebb_smaller(32, conv_rounded(p->channels, 16));
  p->class_rows = p->rows + p->y.extra;
  const int64_t pixels = p->rows * p->images * p->grid_width;
  const int64_t classes = p->gathers ? 1 : p->y.classes * p->x.classes;
  const int64_t class_pixels = p->gathers ? pixels : p->class_rows * p->images * p->row_pixels;
  p->class_bytes = class_pixels * 2;
  // Rows begin in different sets of the cache.
  p->pitch = conv_rounded(conv_rounded(classes * class_pixels, 32) * 2 + 128, 128) + 64;
  const int64_t packed_rows = p->gathers ? conv_rounded(taps * p->channels, 16) : channels;
  p->part_bytes = packed_rows * p->pitch;
  p->image_buffer_bytes = conv_rounded(p->parts * p->part_bytes + 4096, 64);
  p->is_direct = !p->gathers && (classes == 1 || p->row_pixels < 8);
  if (p->is_direct) {
    p->list_pixels = conv_rounded(classes * class_pixels, 32);
    p->stage_bytes = 0;
  } else {
    const int64_t farthest = p->x.high + p->x.extra * p->x.step - p->x.low;
    p->residues = hebb_smaller(p->x.step, farthest + 1);
    p->span = p->row_pixels + farthest / p->x.step;
    p->stage_rows = (p->rows - 1 + p->y.extra) * p->y.step + p->y.high - p->y.low + 1;
    p->list_pixels = conv_rounded(p->residues * p->stage_rows * p->images * p->span, 32);
    p->stage_pitch = conv_rounded(p->list_pixels * 2 + 128, 128) + 64;
    p->stage_bytes = p->parts * channels * p->stage_pitch;
  }
  p->pixel_steps = p->x.extra > 0 && !p->gathers ? p->rows * p->images * (p->grid_width / 32)
                                                 : (pixels + 31) / 32;
  p->cotangent_bytes = p->pixel_steps * p->parts * 1024 * (p->group / 16);
}

static void choose_unit(hebb_tile_conv_plan *p) {
  const int64_t area = p->grid_height * p->grid_width, batch = p->g.batch;
  const int64_t outputs = conv_rounded(p->outputs, 32);
  static const int64_t sizes[] = {1024, 768, 512, 384, 256, 128};
  for (int i = 0; i < 6; i++) {
    p->images = hebb_smaller(batch, hebb_larger(1, sizes[i] / area));
    p->rows = hebb_smaller(p->grid_height, hebb_larger(1, sizes[i] / p->grid_width));
    p->group = cotangent_budget / (sizes[i] * 2 * p->parts) / 32 * 32;
    p->group = hebb_smaller(outputs, hebb_larger(p->group, 32));
    const int64_t groups = (outputs + p->group - 1) / p->group;
    p->group = conv_rounded((outputs + groups - 1) / groups, 32);
    lay_out(p);
    if (p->image_buffer_bytes <= image_budget && p->group >= hebb_smaller(outputs, 256)) break;
  }
  p->image_units = (batch + p->images - 1) / p->images;
  p->row_units = (p->grid_height + p->rows - 1) / p->rows;
  if (!p->by_channels) {
    // As many units for each thread.
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
  }
  lay_out(p);
}

bool conv_weight_plan(hebb_tile_conv_plan *p) {
  const hebb_tile_conv *g = &p->g;
  const int64_t taps = g->kernel_height * g->kernel_width;
  p->channels = g->in;
  p->outputs = g->out;
  p->height = g->height;
  p->width = g->width;
  p->grid_height = g->out_height;
  p->grid_width = g->out_width;
  p->gathers = p->channels <= 16 && taps > 1;
  int64_t *offsets = calloc((size_t)hebb_larger(g->kernel_height, g->kernel_width), sizeof(int64_t));
  if (!offsets) return false;
  for (int64_t k = 0; k < g->kernel_height; k++) offsets[k] = k * g->dilation_y - g->pad_top;
  bool made = conv_axis_make(&p->y, g->kernel_height, g->stride_y, offsets, true);
  for (int64_t k = 0; k < g->kernel_width; k++) offsets[k] = k * g->dilation_x - g->pad_left;
  // Rows whose pixels fill tiles need no copies: taps begin at different pixels of the same rows.
  const bool joins = g->stride_x == 1 && g->out_width % 32 == 0;
  made = made && conv_axis_make(&p->x, g->kernel_width, g->stride_x, offsets, joins);
  free(offsets);
  if (!made) return false;
  p->channel_blocks = p->gathers ? 1 : (p->channels + 31) / 32;
  p->output_blocks = (p->outputs + 31) / 32;
  p->row_pixels = p->grid_width + p->x.extra;
  p->sum_tiles = conv_rounded(p->gathers ? (taps * p->channels + 15) / 16 : taps * 2, 4);
  p->sums_block_bytes = p->sum_tiles * 2 * 1024;
  const int64_t sums = p->sums_block_bytes * p->output_blocks * p->channel_blocks;
  p->by_channels = sums > own_sums_budget && p->channel_blocks >= p->threads;
  choose_unit(p);
  p->sums_bytes = sums;
  // The zeros that pixels outside of the image read.
  p->weight_bytes = conv_rounded((hebb_larger(p->channels, p->outputs) + 64) * 4, 64) +
                    (p->by_channels ? sums : 0);
  p->thread_bytes = p->image_buffer_bytes + conv_rounded(p->stage_bytes + 128, 64) + p->cotangent_bytes +
                    (p->by_channels ? 0 : sums) + conv_rounded(p->list_pixels * 8, 64) +
                    conv_rounded(p->pixel_steps * 32 * 8, 64) + conv_rounded(p->pixel_steps * 4, 64) +
                    conv_rounded(p->sum_tiles * 4, 64);
  return p->image_buffer_bytes < INT32_MAX;
}
