// What convolutions by minimal filtering and their gradients of weights share: tiles of images and their transforms.
//
// Winograd's F(2 x 2, 3 x 3), Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks": a tile d of 4 x 4
// places gives 2 x 2 places y of the result by
//   y = A' [(G w G') . (B' d B)] A,   B' = 1  0 -1  0   G = 1    0    0     A' = 1  1  1  0
//                                          0  1  1  0       1/2  1/2  1/2        0  1 -1 -1
//                                          0 -1  1  0       1/2 -1/2  1/2
//                                          0  1  0 -1       0    0    1
// with 16 products of numbers in the transformed space (`.`), each of which is summed over the channels: 16 products of
// matrices, [tiles, in] times [in, out].
#ifndef HEBB_CONV_WINOGRAD_INTERNAL_H
#define HEBB_CONV_WINOGRAD_INTERNAL_H

#include "hebb_conv_winograd.h"
#include "product_kernel.h"

/// Places of the transformed space.
enum { HEBB_WINOGRAD_PLACES = 16 };

static inline int64_t hebb_winograd_down(const hebb_conv_winograd *g) { return hebb_ceiling(g->out_height, 2); }
static inline int64_t hebb_winograd_across(const hebb_conv_winograd *g) { return hebb_ceiling(g->out_width, 2); }

static inline int64_t hebb_winograd_tiles(const hebb_conv_winograd *g) {
  return g->batch * hebb_winograd_down(g) * hebb_winograd_across(g);
}

/// Numbers of a line of channels in the transformed space, and of a place of it with so many tiles: an odd number of
/// cache lines, so that the 16 places do not meet in the same places of the cache.
static inline int64_t hebb_winograd_line(int64_t channels) { return hebb_ceiling(channels, 16) * 16; }
static inline int64_t hebb_winograd_slice(int64_t tiles, int64_t line) { return (tiles * line / 16 | 1) * 16; }

/// A tile: its image, and its first place of the result.
typedef struct {
  int64_t image, y, x;
} hebb_winograd_tile;

static inline hebb_winograd_tile hebb_winograd_tile_at(const hebb_conv_winograd *g, int64_t index) {
  const int64_t across = hebb_winograd_across(g), down = hebb_winograd_down(g);
  const int64_t row = index / across;
  return (hebb_winograd_tile){row / down, row % down * 2, index % across * 2};
}

/// The tile after it.
static inline void hebb_winograd_next(const hebb_conv_winograd *g, hebb_winograd_tile *t) {
  t->x += 2;
  if (t->x < g->out_width) return;
  t->x = 0;
  t->y += 2;
  if (t->y < g->out_height) return;
  t->y = 0;
  t->image++;
}

#if defined(__x86_64__)

HEBB_AVX512_BEGIN

/// v = B' d B for 16 channels: 4 x 4 numbers, row by row.
HEBB_AVX512_INLINE void hebb_winograd_input(__m512 d[16]) {
#pragma clang loop unroll(full)
  for (int axis = 0; axis < 2; axis++) {
    const int step = axis ? 1 : 4, line = axis ? 4 : 1;
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      __m512 *const at = d + i * line;
      const __m512 a = at[0], b = at[step], c = at[2 * step], e = at[3 * step];
      at[0] = _mm512_sub_ps(a, c);
      at[step] = _mm512_add_ps(b, c);
      at[2 * step] = _mm512_sub_ps(c, b);
      at[3 * step] = _mm512_sub_ps(b, e);
    }
  }
}

/// Transforms a tile of 4 x 4 places, those of `inside`, to to[place slice + channel].
HEBB_AVX512_INLINE void hebb_winograd_input_tile(const float *const at[16], unsigned inside, hebb_range channels,
                                                 float *to, int64_t slice) {
  for (int64_t c = channels.begin; c < channels.end; c += 16) {
    const __mmask16 lanes = hebb_avx512_lanes(channels.end - c);
    __m512 d[16];
#pragma clang loop unroll(full)
    for (int p = 0; p < 16; p++) d[p] = _mm512_maskz_loadu_ps(inside >> p & 1 ? lanes : 0, at[p] + c);
    hebb_winograd_input(d);
#pragma clang loop unroll(full)
    for (int p = 0; p < 16; p++) _mm512_store_ps(to + p * slice, d[p]);
    to += 16;
  }
}

/// Transforms some tiles of x from `first` on: v[place][tile][channel], places `slice` and tiles `line` numbers apart.
HEBB_AVX512_INLINE void hebb_winograd_inputs(const hebb_conv_winograd *g, const float *x, int64_t first, int64_t tiles,
                                             hebb_range channels, float *v, int64_t slice, int64_t line) {
  hebb_winograd_tile t = hebb_winograd_tile_at(g, first);
  for (int64_t i = 0; i < tiles; i++) {
    const float *at[16];
    unsigned inside = 0;
    const int64_t y = t.y - g->pad_top, left = t.x - g->pad_left;
#pragma clang loop unroll(full)
    for (int p = 0; p < 16; p++) {
      const int64_t row = y + p / 4, column = left + p % 4;
      const bool is_inside = (uint64_t)row < (uint64_t)g->height && (uint64_t)column < (uint64_t)g->width;
      at[p] = x + (is_inside ? ((t.image * g->height + row) * g->width + column) * g->in : 0);
      inside |= (unsigned)is_inside << p;
    }
    if (inside == 0xffff)
      hebb_winograd_input_tile(at, 0xffff, channels, v + i * line, slice);
    else
      hebb_winograd_input_tile(at, inside, channels, v + i * line, slice);
    hebb_winograd_next(g, &t);
  }
}

HEBB_AVX512_END

#endif
#endif
