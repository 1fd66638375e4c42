// Forward convolutions and input gradients: the work of the threads.
#include "tile_conv_internal.h"

#if defined(__x86_64__)

#include "activation.h"
#include "tile_conv_kernel.h"

/// Steps of a panel that stays in the first-level cache while tiles run over it.
static const int64_t panel_steps = 4;

typedef struct {
  const hebb_tile_conv_plan *plan;
  const float *image, *w;
  hebb_product_after after;
  hebb_activation activation;
  float *result;
  char *weights, *threads;  // scratch
  uint32_t largest_image, largest_weight;  // magnitudes, as bits
} pass_call;

/// The memory of one thread, and its unit of work.
typedef struct {
  const hebb_tile_conv_plan *plan;
  const float *image;
  char *packed, *stage, *sums;
  int32_t *place, *first, *valid;  // per tile: where it begins, its first output pixel, how many
  int64_t image0, images, row0, rows, tiles;
  conv_watch watch;
} pass_unit;

// MARK: Weights

CONV_TARGET static void pack_weights(void *context, int index, int count) {
  pass_call *call = context;
  const hebb_tile_conv_plan *p = call->plan;
  const hebb_tile_conv *g = &p->g;
  const int64_t taps = g->kernel_height * g->kernel_width;
  const bool is_gradient = p->kind == HEBB_TILE_CONV_INPUT_GRADIENT;
  const int64_t per_output = is_gradient ? taps : g->in * taps;
  const int64_t per_channel = is_gradient ? g->in * taps : taps;
  const __m512i lanes = _mm512_mullo_epi32(
      _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
      _mm512_set1_epi32((int)per_output));
  conv_watch watch = {_mm512_setzero_si512()};
  const int64_t blocks = p->gathers ? p->tile_row_bytes / 64 : p->channel_blocks;
  const hebb_range items = hebb_part(p->phase_count * p->output_blocks * blocks, 1, index, count);
  for (int64_t item = items.begin; item < items.end; item++) {
    const conv_phase *phase = &p->phases[item / (p->output_blocks * blocks)];
    const int64_t block = item % blocks, output = item / blocks % p->output_blocks * 32;
    const int64_t width = p->outputs - output <= 16 ? 1 : 2;
    const int64_t steps = p->gathers ? blocks : phase->steps * blocks;
    const int64_t step_bytes = p->parts * width * CONV_TILE;
    char *panel = call->weights + phase->weight_offset + output / 32 * steps * p->parts * 2 * CONV_TILE;
    panel += block * (p->gathers ? 1 : phase->steps) * step_bytes;
    const int64_t depth = p->gathers ? taps * p->channels : p->channels;
    for (int64_t pair = 0; pair < 16; pair++)
      for (int64_t tap = 0; tap < (p->gathers ? 1 : phase->taps); tap++)
        for (int64_t n = 0; n < width; n++) {
          const int64_t rest = hebb_smaller(16, p->outputs - output - n * 16);
          const __mmask16 mask = (__mmask16)((1u << rest) - 1);
          __m512 x[2];
          for (int64_t i = 0; i < 2; i++) {
            const int64_t at = block * 32 + pair * 2 + i;  // along the summed dimension
            x[i] = _mm512_setzero_ps();
            if (at >= depth) continue;
            const int64_t t = p->gathers ? at / p->channels : tap;
            const int64_t channel = p->gathers ? at % p->channels : at;
            const float *from = call->w + (output + n * 16) * per_output + channel * per_channel +
                                phase->tap_y[t] * g->kernel_width + phase->tap_x[t];
            x[i] = per_output == 1 ? _mm512_maskz_loadu_ps(mask, from)
                                   : _mm512_mask_i32gather_ps(x[i], mask, lanes, from, 4);
            conv_see(&watch, x[i]);
          }
          conv_split_pairs(x[0], x[1], p->parts, panel + tap * step_bytes + n * CONV_TILE + pair * 64,
                           width * CONV_TILE);
        }
  }
  conv_report(&watch, &call->largest_weight);
}

// MARK: The image

/// Where rows of 32 channels go.
typedef struct {
  char *to;
  int64_t block_bytes, part_bytes;
} row_target;

/// Splits `count` pixels of row `iy`, from column `ix` on in steps of `step`; zeros outside.
CONV_INLINE void split_row_parts(pass_unit *u, const int parts, int64_t n, int64_t iy, int64_t ix,
                                 int64_t step, int64_t count, int64_t block0, int64_t blocks,
                                 row_target target) {
  const hebb_tile_conv_plan *p = u->plan;
  const bool is_inside = iy >= 0 && iy < p->height;
  const float *row = u->image + (n * p->height + (is_inside ? iy : 0)) * p->width * p->channels;
  conv_watch watch = u->watch;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t channel = (block0 + block) * 32;
    const int64_t rest = hebb_smaller(32, p->channels - channel);
    const __mmask32 mask = (__mmask32)(((uint64_t)1 << rest) - 1);
    char *to = target.to + block * target.block_bytes;
    for (int64_t j = 0; j < count; j++, to += 64) {
      const int64_t x = ix + j * step;
      __m512 x0 = _mm512_setzero_ps(), x1 = x0;
      if (is_inside && x >= 0 && x < p->width) {
        const float *from = row + x * p->channels + channel;
        x0 = _mm512_maskz_loadu_ps((__mmask16)mask, from);
        x1 = _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), from + 16);
        conv_see(&watch, x0);
        conv_see(&watch, x1);
      }
      conv_split(x0, x1, parts, to, target.part_bytes);
    }
  }
  u->watch = watch;
}

CONV_TARGET static void split_row(pass_unit *u, int64_t n, int64_t iy, int64_t ix, int64_t step,
                                  int64_t count, int64_t block0, int64_t blocks, row_target target) {
  const int parts = u->plan->parts;
  if (parts == 3) split_row_parts(u, 3, n, iy, ix, step, count, block0, blocks, target);
  if (parts == 2) split_row_parts(u, 2, n, iy, ix, step, count, block0, blocks, target);
  if (parts == 1) split_row_parts(u, 1, n, iy, ix, step, count, block0, blocks, target);
}

/// Row r of class c in y that holds input row `iy`; −1 if none does.
static int64_t class_row(const pass_unit *u, int64_t c, int64_t iy) {
  const conv_axis *y = &u->plan->y;
  const int64_t distance = iy - u->row0 * y->step - y->origin[c];
  if (distance < 0 || distance % y->step != 0) return -1;
  return distance / y->step < u->rows + y->extra ? distance / y->step : -1;
}

/// Splits the image of the unit for channel blocks from block0 on; every pixel once.
CONV_TARGET static void pack_image(pass_unit *u, int64_t block0, int64_t blocks) {
  const hebb_tile_conv_plan *p = u->plan;
  const conv_axis *y = &p->y, *x = &p->x;
  const int64_t low = u->row0 * y->step + y->low;
  const int64_t high = u->row0 * y->step + y->high + (u->rows + y->extra - 1) * y->step;
  for (int64_t i = 0; i < u->images; i++)
    for (int64_t iy = low; iy <= high; iy++) {
      int64_t users = 0;
      for (int64_t c = 0; c < y->classes; c++) users += class_row(u, c, iy) >= 0;
      if (users == 0) continue;
      const bool is_shared = users * x->classes > 1;
      const row_target stage = {u->stage, p->parts * p->span * 64, p->span * 64};
      if (is_shared)
        split_row(u, u->image0 + i, iy, x->low, 1, p->span, block0, blocks, stage);
      for (int64_t c = 0; c < y->classes; c++) {
        const int64_t r = class_row(u, c, iy);
        if (r < 0) continue;
        for (int64_t d = 0; d < x->classes; d++) {
          char *to = u->packed + (c * x->classes + d) * p->class_bytes +
                     (r * p->images + i) * p->row_pixels * 64;
          if (!is_shared) {
            const row_target target = {to, p->block_bytes, p->part_bytes};
            split_row(u, u->image0 + i, iy, x->origin[d], x->step, p->row_pixels, block0, blocks, target);
            continue;
          }
          for (int64_t block = 0; block < blocks; block++)
            for (int s = 0; s < p->parts; s++) {
              const char *from = u->stage + ((block * p->parts + s) * p->span + x->origin[d] - x->low) * 64;
              char *line = to + block * p->block_bytes + s * p->part_bytes;
              for (int64_t j = 0; j < p->row_pixels; j++)
                _mm512_store_si512(line + j * 64, _mm512_load_si512(from + j * x->step * 64));
            }
        }
      }
    }
}

/// Splits rows of few channels without gaps: pixels lie as in the image, zeros around them.
CONV_TARGET static void stage_rows(pass_unit *u, int64_t n, int64_t low) {
  const hebb_tile_conv_plan *p = u->plan;
  const int64_t stage_part = p->stage_rows * p->stage_row_bytes;
  const int64_t left = hebb_smaller(hebb_larger(-p->x.low, 0), p->span);
  const int64_t begin = hebb_larger(p->x.low, 0);
  const int64_t end = hebb_larger(begin, hebb_smaller(p->width, p->x.low + p->span));
  const int64_t rows = (u->rows - 1 + p->y.extra) * p->y.step + p->y.high - p->y.low + 1;
  for (int64_t r = 0; r < rows; r++) {
    char *to = u->stage + r * p->stage_row_bytes;
    for (int s = 0; s < p->parts; s++)
      memset(to + s * stage_part, 0, (size_t)p->stage_row_bytes);
    const int64_t iy = low + r;
    if (iy < 0 || iy >= p->height) continue;
    const float *from = u->image + ((n * p->height + iy) * p->width + begin) * p->channels;
    const int64_t count = (end - begin) * p->channels;
    to += left * p->channels * 2;
    for (int64_t j = 0; j < count; j += 32) {
      const int64_t rest = hebb_smaller(32, count - j);
      const __mmask32 mask = (__mmask32)(((uint64_t)1 << rest) - 1);
      const __m512 x0 = _mm512_maskz_loadu_ps((__mmask16)mask, from + j);
      const __m512 x1 = _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), from + j + 16);
      conv_see(&u->watch, x0);
      conv_see(&u->watch, x1);
      conv_split(x0, x1, p->parts, to + j * 2, stage_part);
    }
  }
}

/// Lays what all taps of a pixel read one after the other.
CONV_TARGET static void gather_image(pass_unit *u) {
  const hebb_tile_conv_plan *p = u->plan;
  const conv_phase *phase = &p->phases[0];
  const int64_t stage_part = p->stage_rows * p->stage_row_bytes;
  const int64_t depth = phase->taps * p->channels, columns = p->g.kernel_width;
  const int64_t first_x = p->x.offset[phase->tap_x[0]];
  const bool is_run = columns == 1 || p->x.offset[phase->tap_x[1]] == first_x + 1;
  const int64_t run = (is_run ? columns : 1) * p->channels;
  const int64_t low = u->row0 * p->y.step + p->y.low;
  for (int64_t i = 0; i < u->images; i++) {
    stage_rows(u, u->image0 + i, low);
    for (int64_t r = 0; r < u->rows; r++) {
      char *to = u->packed + (r * p->images + i) * p->grid_width * p->tile_row_bytes;
      for (int64_t j = 0; j < p->grid_width; j++, to += p->tile_row_bytes)
        for (int s = 0; s < p->parts; s++) {
          char *line = to + s * p->part_bytes;
          if (depth % 32 != 0)
            _mm512_storeu_si512(line + p->tile_row_bytes - 64, _mm512_setzero_si512());
          for (int64_t t = 0; t < phase->taps; t += is_run ? columns : 1) {
            const int64_t iy = r * p->y.step + p->y.offset[phase->tap_y[t]] - p->y.low;
            const int64_t ix = j * p->x.step + p->x.offset[phase->tap_x[t]] - p->x.low;
            conv_copy_halves(line + t * p->channels * 2,
                             u->stage + s * stage_part + iy * p->stage_row_bytes + ix * p->channels * 2, run);
          }
        }
    }
  }
}

/// Lists the tiles of the unit: pixels are counted along rows, in which the images lie side by side.
/// The last tiles repeat the first, for nobody.
static void place_tiles(pass_unit *u) {
  const hebb_tile_conv_plan *p = u->plan;
  const bool by_rows = p->x.extra > 0 && !p->gathers;
  const int64_t lines = by_rows ? u->rows * p->images : 1;
  const int64_t length = (by_rows ? 1 : u->rows * p->images) * p->grid_width;
  int64_t m = 0;
  for (int64_t line = 0; line < lines; line++)
    for (int64_t begin = 0; begin < length; begin += 16, m++) {
      u->place[m] = (int32_t)((line * p->row_pixels + begin) * p->tile_row_bytes);
      u->first[m] = (int32_t)(line * length + begin);
      u->valid[m] = (int32_t)hebb_smaller(16, length - begin);
    }
  for (; m % 4 != 0; m++) {
    u->place[m] = u->place[0];
    u->first[m] = u->valid[m] = 0;
  }
  u->tiles = m;
}

// MARK: Results

/// Scale and bias of up to 16 output channels.
typedef struct {
  __m512 scale, bias;
  __mmask16 lanes;
} pass_after;

CONV_TARGET static pass_after load_after(const pass_call *call, int64_t output, int64_t count) {
  const __mmask16 lanes = (__mmask16)(count >= 16 ? 0xffff : count <= 0 ? 0 : (1u << count) - 1);
  pass_after after = {_mm512_set1_ps(1), _mm512_setzero_ps(), lanes};
  if (call->after.scale) after.scale = _mm512_maskz_loadu_ps(lanes, call->after.scale + output);
  if (call->after.bias) after.bias = _mm512_maskz_loadu_ps(lanes, call->after.bias + output);
  return after;
}

/// Writes up to 16 output channels of a pixel to `place` of the result.
CONV_TARGET static void write_pixel(const pass_call *call, const float *sums, const pass_after *after, int64_t place) {
  // A product of its own, rounded as on vectors.
  __m512 y = _mm512_loadu_ps(sums);
  if (call->after.scale) y = _mm512_mul_ps(y, after->scale);
  y = _mm512_add_ps(y, after->bias);
  if (call->after.residual)
    y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(after->lanes, call->after.residual + place));
  // The zero first: no number passes.
  if (call->activation == HEBB_ACTIVATION_RELU) y = _mm512_max_ps(_mm512_setzero_ps(), y);
  _mm512_mask_storeu_ps(call->result + place, after->lanes, y);
}

/// Writes 32 output channels of all pixels of the unit.
CONV_TARGET static void write_outputs(const pass_call *call, const pass_unit *u, const conv_phase *phase,
                                      int64_t block, const char *sums) {
  const hebb_tile_conv_plan *p = u->plan;
  const int64_t output = block * 32, rest = hebb_smaller(32, p->outputs - output);
  const int64_t width = rest <= 16 ? 1 : 2;
  const pass_after after[2] = {load_after(call, output, rest), load_after(call, output + 16, rest - 16)};
  for (int64_t m = 0; m < u->tiles; m++) {
    const float *tile = (const float *)(sums + m * width * CONV_TILE);
    int64_t j = u->first[m] % p->grid_width, i = u->first[m] / p->grid_width % p->images;
    int64_t r = u->first[m] / p->grid_width / p->images;
    for (int64_t q = 0; q < u->valid[m]; q++, tile += 16) {
      const int64_t y = (u->row0 + r) * p->out_step_y + phase->out_y;
      const int64_t x = j * p->out_step_x + phase->out_x;
      if (i < u->images && y < p->out_height && x < p->out_width) {
        const int64_t place =
            (((u->image0 + i) * p->out_height + y) * p->out_width + x) * p->outputs + output;
        write_pixel(call, tile, &after[0], place);
        if (width == 2) write_pixel(call, tile + CONV_TILE / 4, &after[1], place + 16);
        if (call->activation > HEBB_ACTIVATION_RELU)
          hebb_activate(call->result + place, rest, call->activation);
      }
      if (++j == p->grid_width) {
        j = 0;
        if (++i == p->images) i = 0, r++;
      }
    }
  }
}

// MARK: Units

CONV_TARGET static void run_unit(const pass_call *call, pass_unit *u, int64_t block_begin,
                                 int64_t block_end) {
  const hebb_tile_conv_plan *p = u->plan;
  place_tiles(u);
  for (int64_t c0 = 0; c0 < p->channel_blocks; c0 += p->chunk) {
    const int64_t blocks = hebb_smaller(p->chunk, p->channel_blocks - c0);
    const bool is_last = c0 + blocks == p->channel_blocks;
    if (p->gathers) gather_image(u);
    else pack_image(u, c0, blocks);
    for (int64_t n = 0; n < p->phase_count; n++) {
      const conv_phase *phase = &p->phases[n];
      const int64_t all = phase->steps * p->channel_blocks, steps = phase->steps * blocks;
      for (int64_t block = block_begin; block < block_end; block++) {
        const int64_t width = p->outputs - block * 32 <= 16 ? 1 : 2;
        char *sums = u->sums;
        if (p->chunk < p->channel_blocks)
          sums += (n * p->output_blocks + block) * p->tiles * 2 * CONV_TILE;
        const char *panel = call->weights + phase->weight_offset +
                            block * all * p->parts * 2 * CONV_TILE +
                            c0 * phase->steps * p->parts * width * CONV_TILE;
        if (steps == 0) memset(sums, 0, (size_t)(u->tiles * width * CONV_TILE));
        for (int64_t k = 0; k < steps; k += panel_steps) {
          const conv_product product = {
              .panel = panel + k * p->parts * width * CONV_TILE, .offset = phase->step_offset + k,
              .steps = hebb_smaller(panel_steps, steps - k), .part_bytes = p->part_bytes,
              .row_bytes = p->tile_row_bytes, .adds = c0 + k > 0};
          conv_run_panel(&product, p->parts, width, u->packed, u->place, u->tiles, sums);
        }
        if (is_last) write_outputs(call, u, phase, block, sums);
      }
    }
  }
}

CONV_TARGET static void run_units(void *context, int index, int count) {
  pass_call *call = context;
  const hebb_tile_conv_plan *p = call->plan;
  pass_unit u = {.plan = p, .image = call->image, .watch = {_mm512_setzero_si512()}};
  u.packed = call->threads + p->thread_bytes * index;
  u.stage = u.packed + conv_rounded(p->part_bytes * p->parts + 32 * p->tile_row_bytes, 64);
  u.sums = u.stage + conv_rounded(p->stage_bytes + 128, 64);
  u.place = (int32_t *)(u.sums + p->sums_bytes);
  u.first = u.place + p->tiles;
  u.valid = u.first + p->tiles;
  hebb_tiles_configure();
  const int64_t units = p->image_units * p->row_units;
  const hebb_range items = hebb_part(units * p->parts_of_outputs, 1, index, count);
  for (int64_t item = items.begin; item < items.end; item++) {
    const int64_t unit = item / p->parts_of_outputs;
    u.image0 = unit / p->row_units * p->images;
    u.images = hebb_smaller(p->images, p->g.batch - u.image0);
    u.row0 = unit % p->row_units * p->rows;
    u.rows = hebb_smaller(p->rows, p->grid_height - u.row0);
    const hebb_range outputs =
        hebb_part(p->output_blocks, 1, (int)(item % p->parts_of_outputs), (int)p->parts_of_outputs);
    run_unit(call, &u, outputs.begin, outputs.end);
  }
  _tile_release();
  conv_report(&u.watch, &call->largest_image);
}

void conv_pass_run(const hebb_tile_conv_plan *p, const float *image, const float *w, hebb_product_after after,
                   hebb_activation activation, float *result, void *scratch, bool *is_special) {
  pass_call call = {.plan = p, .image = image, .w = w, .after = after, .activation = activation,
                    .result = result, .weights = scratch, .threads = (char *)scratch + p->weight_bytes};
  hebb_parallel(p->threads, pack_weights, &call);
  hebb_parallel(p->threads, run_units, &call);
  const int64_t terms = p->channels * p->g.kernel_height * p->g.kernel_width;
  *is_special = conv_is_special(call.largest_image, call.largest_weight, terms);
}

#else

void conv_pass_run(const hebb_tile_conv_plan *p, const float *image, const float *w, hebb_product_after after,
                   hebb_activation activation, float *result, void *scratch, bool *is_special) {
  (void)p, (void)image, (void)w, (void)after, (void)activation, (void)result, (void)scratch;
  *is_special = true;
}

#endif
