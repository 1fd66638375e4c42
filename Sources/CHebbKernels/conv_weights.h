// What gradients of the weights of convolutions share: how threads share the work, and the product of the channels and
// the results of some places.
#ifndef HEBB_CONV_WEIGHTS_H
#define HEBB_CONV_WEIGHTS_H

#include "product_kernel.h"

/// Threads are a grid of `down` ranges of places and `across` ranges of channels. Each has sums of its own,
/// [channels][out], one for each tap.
typedef struct {
  int down, across;
  int64_t channels;                // at most, of a range
  int64_t line;                    // of a place's channels: an odd number of cache lines
  int64_t sums_line, sums_slice;   // of sums
} hebb_conv_grid;

/// Threads have all channels where sums are small, otherwise channels of their own.
static inline hebb_conv_grid hebb_conv_grid_of(int64_t in, int64_t out, int threads) {
  hebb_conv_grid g = {.down = threads < 1 ? 1 : threads, .across = 1};
  while (g.down % 2 == 0 && in / g.across >= 2 * HEBB_PRODUCT_COLUMNS && in / g.across * out > 128 * 128) {
    g.down /= 2;
    g.across *= 2;
  }
  g.channels = hebb_ceiling(hebb_ceiling(in, 16), g.across) * 16;
  g.line = (g.channels / 16 | 1) * 16;
  g.sums_line = hebb_ceiling(out, 16) * 16;
  g.sums_slice = (g.channels * g.sums_line / 16 | 1) * 16;
  return g;
}

/// Bytes of scratch memory for threads with so many numbers each.
static inline int64_t hebb_conv_grid_bytes(const hebb_conv_grid *g, int64_t own) {
  return 64 + 4 * own * g->down * g->across;
}

/// The channels of a thread.
static inline hebb_range hebb_conv_grid_channels(const hebb_conv_grid *g, int64_t in, int index) {
  const int64_t first = hebb_smaller(index % g->across * g->channels, in);
  return (hebb_range){first, hebb_smaller(first + g->channels, in)};
}

/// The places of a thread, of `count`.
static inline hebb_range hebb_conv_grid_places(const hebb_conv_grid *g, int64_t count, int index) {
  return hebb_part(count, 1, index / g->across, g->down);
}

#if defined(__x86_64__)

/// Memory that is needed next, and how many lines of it each row of a product asks for.
typedef struct {
  const char *at, *end;
  int lines;
} hebb_conv_soon;

HEBB_AVX512_BEGIN

/// sums[channel][out] (+)= x' d: x is [places][line], d panels of [places][64], `panel` numbers apart.
static inline void hebb_conv_multiply_places(const hebb_conv_grid *g, const float *x, const float *d, int64_t panel,
                                             int64_t places, int64_t channels, int64_t out, bool is_first, float *sums,
                                             hebb_conv_soon *soon) {
  const int64_t count = hebb_ceiling(channels, HEBB_PRODUCT_ROWS);
  hebb_product_block to = {.is_first = is_first};
  for (int64_t column = 0; column < out; column += HEBB_PRODUCT_COLUMNS) {
    const int64_t columns = hebb_smaller(HEBB_PRODUCT_COLUMNS, out - column);
    to.vectors = (int)hebb_ceiling(columns, 16);
    to.last = hebb_avx512_lanes(columns - 16 * (to.vectors - 1));
    const float *const b = d + column / HEBB_PRODUCT_COLUMNS * panel;
    for (int64_t i = 0; i < count; i++) {
      const hebb_range rows = hebb_part(channels, 1, (int)i, (int)count);
      const int height = (int)(rows.end - rows.begin);
      to.c = sums + rows.begin * g->sums_line + column;
      for (int r = 0; r < height; r++) {
        to.rows[r] = r * g->sums_line;
        to.next[r] = soon->at;
        to.lines[r] = soon->at < soon->end ? soon->lines : 0;
        soon->at += 64 * to.lines[r];
      }
      hebb_product_kernels[height - 1][to.vectors - 1](x + rows.begin, 1, g->line, b, places, &to);
    }
  }
}

/// The sum over the threads at a channel and 16 columns, `place` numbers from the first sum of a range of channels;
/// sums of threads are `own` numbers apart.
HEBB_AVX512_INLINE __m512 hebb_conv_total(const hebb_conv_grid *g, const float *sums, int64_t own, int64_t channel,
                                          int64_t place) {
  const float *const from = sums + channel / g->channels * own + channel % g->channels * g->sums_line + place;
  __m512 sum = _mm512_load_ps(from);
  for (int row = 1; row < g->down; row++)
    sum = _mm512_add_ps(sum, _mm512_load_ps(from + row * g->across * own));
  return sum;
}

HEBB_AVX512_END

#endif
#endif
