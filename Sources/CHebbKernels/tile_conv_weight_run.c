// Weight gradients: the work of the threads.
#include "tile_conv_internal.h"

#if defined(__x86_64__)

#include "tile_conv_kernel.h"

/// Steps of a panel that stays in the first-level cache while tiles run over it.
static const int64_t panel_steps = 4;

typedef struct {
  const hebb_tile_conv_plan *plan;
  const float *x, *dy;
  float *dw;
  const float *zeros;
  char *threads, *sums;  // scratch; sums that threads share
  int64_t units, thread_count;
  uint32_t largest_x, largest_dy;  // magnitudes, as bits
} weight_call;

/// The memory of one thread, and its unit of work.
typedef struct {
  char *image, *stage, *cotangent, *sums;
  const float **pixels, **cotangents;  // of the image and of dy, in the order of the scratch memory
  int32_t *step_offset, *place;
  int64_t image0, images, row0, rows, steps;
  conv_watch watch_x, watch_dy;
} weight_unit;

// MARK: The image

static const float *pixel_or_zeros(const weight_call *call, const weight_unit *u, int64_t i, int64_t iy,
                                   int64_t ix) {
  const hebb_tile_conv_plan *p = call->plan;
  if (i >= u->images || iy < 0 || iy >= p->height || ix < 0 || ix >= p->width) return call->zeros;
  return call->x + (((u->image0 + i) * p->height + iy) * p->width + ix) * p->channels;
}

/// Lists the pixels of the packed image, or of the stage that it is copied from.
static void list_pixels(const weight_call *call, weight_unit *u) {
  const hebb_tile_conv_plan *p = call->plan;
  const float **to = u->pixels;
  const int64_t row = u->row0 * p->y.step;
  if (p->is_direct) {
    for (int64_t c = 0; c < p->y.classes; c++)
      for (int64_t d = 0; d < p->x.classes; d++)
        for (int64_t r = 0; r < p->class_rows; r++)
          for (int64_t i = 0; i < p->images; i++)
            for (int64_t j = 0; j < p->row_pixels; j++)
              *to++ = pixel_or_zeros(call, u, i, row + r * p->y.step + p->y.origin[c],
                                     p->x.origin[d] + j * p->x.step);
  } else {
    for (int64_t k = 0; k < p->residues; k++)
      for (int64_t r = 0; r < p->stage_rows; r++)
        for (int64_t i = 0; i < p->images; i++)
          for (int64_t j = 0; j < p->span; j++)
            *to++ = pixel_or_zeros(call, u, i, row + p->y.low + r, p->x.low + k + j * p->x.step);
  }
  while (to < u->pixels + p->list_pixels) *to++ = call->zeros;
}

/// Writes the parts of 16 channels of 32 pixels, a row for each channel.
CONV_INLINE void split_transposed(const float *const *pixels, int64_t channel, __mmask16 mask,
                                  const int parts, char *to, int64_t pitch, int64_t part_bytes,
                                  conv_watch *watch) {
  __m512 even[16], odd[16];
  for (int i = 0; i < 16; i++) {
    even[i] = _mm512_maskz_loadu_ps(mask, pixels[2 * i] + channel);
    odd[i] = _mm512_maskz_loadu_ps(mask, pixels[2 * i + 1] + channel);
    conv_see(watch, even[i]);
    conv_see(watch, odd[i]);
  }
  for (int s = 0; s < parts; s++) {
    __m512i v[16];
    for (int i = 0; i < 16; i++) {
      const __m512i h0 = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(even[i]));
      const __m512i h1 =
          _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(odd[i])), 16);
      v[i] = _mm512_or_si512(h0, h1);
      even[i] = _mm512_sub_ps(even[i], _mm512_castsi512_ps(_mm512_slli_epi32(h0, 16)));
      odd[i] = _mm512_sub_ps(odd[i], _mm512_castsi512_ps(h1));
    }
    hebb_avx512_transpose(v);
    for (int i = 0; i < 16; i++) _mm512_storeu_si512(to + s * part_bytes + i * pitch, v[i]);
  }
}

/// Copies the rows of a channel for every class.
CONV_INLINE void copy_classes(const hebb_tile_conv_plan *p, const weight_unit *u, char *to,
                              const char *from) {
  for (int64_t c = 0; c < p->y.classes; c++)
    for (int64_t d = 0; d < p->x.classes; d++) {
      const int64_t x = p->x.origin[d] - p->x.low;
      const int64_t residue = x % p->x.step, shift = x / p->x.step;
      for (int64_t r = 0; r < u->rows + p->y.extra; r++) {
        const int64_t row = residue * p->stage_rows + r * p->y.step + p->y.origin[c] - p->y.low;
        char *line = to + (c * p->x.classes + d) * p->class_bytes + r * p->images * p->row_pixels * 2;
        for (int64_t i = 0; i < p->images; i++)
          conv_copy_halves(line + i * p->row_pixels * 2, from + ((row * p->images + i) * p->span + shift) * 2,
                      p->row_pixels);
      }
    }
}

/// Copies the rows of a channel for every tap: each tap and channel has a row of its own.
CONV_INLINE void copy_taps(const hebb_tile_conv_plan *p, const weight_unit *u, char *to, const char *from) {
  for (int64_t a = 0; a < p->y.taps; a++)
    for (int64_t b = 0; b < p->x.taps; b++) {
      const int64_t x = p->x.offset[b] - p->x.low;
      const int64_t residue = x % p->x.step, shift = x / p->x.step;
      char *line = to + (a * p->x.taps + b) * p->channels * p->pitch;
      for (int64_t r = 0; r < u->rows; r++) {
        const int64_t row = residue * p->stage_rows + r * p->y.step + p->y.offset[a] - p->y.low;
        for (int64_t i = 0; i < p->images; i++)
          conv_copy_halves(line + (r * p->images + i) * p->grid_width * 2,
                      from + ((row * p->images + i) * p->span + shift) * 2, p->grid_width);
      }
    }
}

/// Splits and transposes a block of 32 channels.
CONV_TARGET static void pack_image(const weight_call *call, weight_unit *u, int64_t block) {
  const hebb_tile_conv_plan *p = call->plan;
  const int64_t channel = block * 32, count = hebb_smaller(32, p->channels - channel);
  char *to = p->is_direct ? u->image : u->stage;
  const int64_t pitch = p->is_direct ? p->pitch : p->stage_pitch;
  const int64_t part_bytes =
      p->is_direct ? p->part_bytes : hebb_smaller(32, conv_rounded(p->channels, 16)) * pitch;
  for (int64_t j = 0; j < p->list_pixels; j += 32)
    for (int64_t c = 0; c < count; c += 16) {
      const __mmask16 mask = (__mmask16)((1u << hebb_smaller(16, count - c)) - 1);
      const float *const *pixels = u->pixels + j;
      char *rows = to + c * pitch + j * 2;
      if (p->parts == 3) {
        split_transposed(pixels, channel + c, mask, 3, rows, pitch, part_bytes, &u->watch_x);
      } else if (p->parts == 2) {
        split_transposed(pixels, channel + c, mask, 2, rows, pitch, part_bytes, &u->watch_x);
      } else {
        split_transposed(pixels, channel + c, mask, 1, rows, pitch, part_bytes, &u->watch_x);
      }
    }
  if (p->is_direct) return;
  for (int s = 0; s < p->parts; s++)
    for (int64_t c = 0; c < count; c++) {
      char *row = u->image + s * p->part_bytes + c * p->pitch;
      const char *from = u->stage + s * part_bytes + c * pitch;
      if (p->gathers) copy_taps(p, u, row, from);
      else copy_classes(p, u, row, from);
    }
}

// MARK: The cotangent

static void list_cotangents(const weight_call *call, weight_unit *u) {
  const hebb_tile_conv_plan *p = call->plan;
  const float **to = u->cotangents;
  for (int64_t r = 0; r < u->rows; r++)
    for (int64_t i = 0; i < p->images; i++) {
      const float *from =
          call->dy + ((u->image0 + i) * p->grid_height + u->row0 + r) * p->grid_width * p->outputs;
      for (int64_t j = 0; j < p->grid_width; j++)
        *to++ = i < u->images ? from + j * p->outputs : call->zeros;
    }
  u->steps = (u->rows * p->images * p->grid_width + 31) / 32;
  while (to < u->cotangents + u->steps * 32) *to++ = call->zeros;
}

CONV_TARGET static void pack_cotangent(const weight_call *call, weight_unit *u, int64_t output0,
                                       int64_t output_end) {
  const hebb_tile_conv_plan *p = call->plan;
  conv_watch watch = u->watch_dy;
  for (int64_t k = 0; k < u->steps; k++)
    for (int64_t output = output0; output < output_end; output += 32) {
      const int64_t width = p->outputs - output <= 16 ? 1 : 2;
      char *to = u->cotangent + ((output - output0) / 32 * p->pixel_steps * 2 + k * width) * p->parts *
                                    CONV_TILE;
      for (int64_t n = 0; n < width; n++, to += CONV_TILE) {
        const int64_t first = output + n * 16, rest = hebb_smaller(16, p->outputs - first);
        const __mmask16 mask = (__mmask16)((1u << rest) - 1);
        const float *const *pixels = u->cotangents + k * 32;
        for (int64_t pair = 0; pair < 16; pair++) {
          const __m512 x0 = _mm512_maskz_loadu_ps(mask, pixels[2 * pair] + first);
          const __m512 x1 = _mm512_maskz_loadu_ps(mask, pixels[2 * pair + 1] + first);
          conv_see(&watch, x0);
          conv_see(&watch, x1);
          conv_split_pairs(x0, x1, p->parts, to + pair * 64, width * CONV_TILE);
        }
      }
    }
  u->watch_dy = watch;
}

// MARK: Units

/// Where the tiles of a block of channels begin; returns how many there are.
static int64_t place_tiles(const hebb_tile_conv_plan *p, int64_t block, int32_t *place) {
  const int64_t taps = p->y.taps * p->x.taps;
  int64_t m = 0;
  if (p->gathers) {
    for (; m * 16 < taps * p->channels; m++) place[m] = (int32_t)(m * 16 * p->pitch);
  } else {
    const int64_t tiles = p->channels - block * 32 <= 16 ? 1 : 2;
    for (int64_t tap = 0; tap < taps; tap++) {
      const int64_t a = tap / p->x.taps, b = tap % p->x.taps;
      const int64_t class = p->y.class_of[a] * p->x.classes + p->x.class_of[b];
      const int64_t pixel = p->y.shift[a] * p->images * p->row_pixels + p->x.shift[b];
      for (int64_t c = 0; c < tiles; c++)
        place[m++] = (int32_t)(class * p->class_bytes + pixel * 2 + c * 16 * p->pitch);
    }
  }
  for (; m % 4 != 0; m++) place[m] = place[0];
  return m;
}

CONV_TARGET static void run_unit(const weight_call *call, weight_unit *u, hebb_range blocks, bool adds) {
  const hebb_tile_conv_plan *p = call->plan;
  list_pixels(call, u);
  list_cotangents(call, u);
  const int64_t outputs = conv_rounded(p->outputs, 32);
  for (int64_t output0 = 0; output0 < outputs; output0 += p->group) {
    const int64_t output_end = hebb_smaller(outputs, output0 + p->group);
    pack_cotangent(call, u, output0, output_end);
    for (int64_t block = blocks.begin; block < blocks.end; block++) {
      // What was packed for the last outputs is still there if it is the only block.
      if (output0 == 0 || blocks.end - blocks.begin > 1) pack_image(call, u, block);
      const int64_t tiles = place_tiles(p, block, u->place);
      for (int64_t output = output0; output < output_end; output += 32) {
        const int64_t width = p->outputs - output <= 16 ? 1 : 2;
        const char *panel =
            u->cotangent + (output - output0) / 32 * p->pixel_steps * p->parts * 2 * CONV_TILE;
        char *sums = u->sums + (output / 32 * p->channel_blocks + block) * p->sums_block_bytes;
        for (int64_t k = 0; k < u->steps; k += panel_steps) {
          const conv_product product = {
              .panel = panel + k * p->parts * width * CONV_TILE, .offset = u->step_offset + k,
              .steps = hebb_smaller(panel_steps, u->steps - k), .part_bytes = p->part_bytes,
              .row_bytes = p->pitch, .adds = adds || k > 0};
          conv_run_panel(&product, p->parts, width, u->image, u->place, tiles, sums);
        }
      }
    }
  }
}

CONV_TARGET static void run_units(void *context, int index, int count) {
  weight_call *call = context;
  const hebb_tile_conv_plan *p = call->plan;
  weight_unit u = {.watch_x = {_mm512_setzero_si512()}, .watch_dy = {_mm512_setzero_si512()}};
  char *memory = call->threads + p->thread_bytes * index;
  u.image = memory;
  u.stage = u.image + p->image_buffer_bytes;
  u.cotangent = u.stage + conv_rounded(p->stage_bytes + 128, 64);
  char *own_sums = u.cotangent + p->cotangent_bytes;
  u.sums = p->by_channels ? call->sums : own_sums;
  u.pixels = (const float **)(own_sums + (p->by_channels ? 0 : p->sums_bytes));
  u.cotangents = (const float **)((char *)u.pixels + conv_rounded(p->list_pixels * 8, 64));
  u.step_offset = (int32_t *)((char *)u.cotangents + conv_rounded(p->pixel_steps * 32 * 8, 64));
  u.place = (int32_t *)((char *)u.step_offset + conv_rounded(p->pixel_steps * 4, 64));
  const int64_t per_row = p->grid_width / 32;
  for (int64_t k = 0; k < p->pixel_steps; k++) {
    const bool by_rows = p->x.extra > 0 && !p->gathers;
    u.step_offset[k] =
        (int32_t)(by_rows ? (k / per_row * p->row_pixels + k % per_row * 32) * 2 : k * 64);
  }
  // Tiles may read what lies between rows: times zero, it must be a number.
  memset(u.image, 0, (size_t)p->image_buffer_bytes);
  const hebb_range all = {0, p->channel_blocks};
  const hebb_range blocks = p->by_channels ? hebb_part(p->channel_blocks, 1, index, count) : all;
  const hebb_range every = {0, call->units};
  const hebb_range units = p->by_channels ? every : hebb_part(call->units, 1, index, count);
  hebb_tiles_configure();
  for (int64_t unit = units.begin; unit < units.end; unit++) {
    u.image0 = unit / p->row_units * p->images;
    u.images = hebb_smaller(p->images, p->g.batch - u.image0);
    u.row0 = unit % p->row_units * p->rows;
    u.rows = hebb_smaller(p->rows, p->grid_height - u.row0);
    run_unit(call, &u, blocks, unit > units.begin);
  }
  _tile_release();
  conv_report(&u.watch_x, &call->largest_x);
  conv_report(&u.watch_dy, &call->largest_dy);
}

// MARK: The result

/// Adds the sums of the threads, and writes them in the order of the weight.
CONV_TARGET static void write_sums(void *context, int index, int count) {
  const weight_call *call = context;
  const hebb_tile_conv_plan *p = call->plan;
  const int64_t taps = p->y.taps * p->x.taps;
  const int64_t offset = p->image_buffer_bytes + conv_rounded(p->stage_bytes + 128, 64) + p->cotangent_bytes;
  const hebb_range items = hebb_part(p->output_blocks * p->channel_blocks, 1, index, count);
  for (int64_t item = items.begin; item < items.end; item++) {
    char *first = p->by_channels ? call->sums : call->threads + offset;
    float *sums = (float *)(first + item * p->sums_block_bytes);
    for (int64_t t = 1; t < call->thread_count; t++) {
      const float *more = (const float *)((char *)sums + t * p->thread_bytes);
      for (int64_t i = 0; i < p->sums_block_bytes / 4; i += 16)
        _mm512_storeu_ps(sums + i, _mm512_add_ps(_mm512_loadu_ps(sums + i), _mm512_loadu_ps(more + i)));
    }
    const int64_t output0 = item / p->channel_blocks * 32, channel0 = item % p->channel_blocks * 32;
    const int64_t width = p->outputs - output0 <= 16 ? 1 : 2;
    const int64_t tiles = p->channels - channel0 <= 16 ? 1 : 2;
    const int64_t channels = hebb_smaller(32, p->channels - channel0);
    for (int64_t o = 0; o < hebb_smaller(32, p->outputs - output0); o++) {
      float *to = call->dw + ((output0 + o) * p->channels + channel0) * taps;
      const float *column = sums + o / 16 * (CONV_TILE / 4) + o % 16;
      for (int64_t c = 0; c < channels; c++)
        for (int64_t tap = 0; tap < taps; tap++) {
          const int64_t row = tap * p->channels + c;
          const int64_t tile = p->gathers ? row / 16 : tap * tiles + c / 16;
          *to++ = column[tile * width * (CONV_TILE / 4) + (p->gathers ? row % 16 : c % 16) * 16];
        }
    }
  }
}

void conv_weight_run(const hebb_tile_conv_plan *p, const float *x, const float *dy, float *dw,
                     void *scratch, bool *is_special) {
  weight_call call = {.plan = p, .x = x, .dy = dy, .dw = dw, .zeros = scratch};
  const int64_t zeros_bytes = conv_rounded((hebb_larger(p->channels, p->outputs) + 64) * 4, 64);
  memset(scratch, 0, (size_t)zeros_bytes);
  call.sums = (char *)scratch + zeros_bytes;
  call.threads = (char *)scratch + p->weight_bytes;
  call.units = p->image_units * p->row_units;
  call.thread_count = p->by_channels ? 1 : hebb_smaller(p->threads, call.units);
  hebb_parallel(p->threads, run_units, &call);
  hebb_parallel(p->threads, write_sums, &call);
  *is_special = conv_is_special(call.largest_x, call.largest_dy,
                                p->g.batch * p->grid_height * p->grid_width);
}

#else

void conv_weight_run(const hebb_tile_conv_plan *p, const float *x, const float *dy, float *dw,
                     void *scratch, bool *is_special) {
  (void)p, (void)x, (void)dy, (void)dw, (void)scratch;
  *is_special = true;
}

#endif
