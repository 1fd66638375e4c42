// The products of tiles, and the splitting of numbers into bfloat16 parts. Include only where the
// processor has been asked: everything here is AVX-512 and AMX code.
#ifndef HEBB_TILE_CONV_KERNEL_H
#define HEBB_TILE_CONV_KERNEL_H

#include <immintrin.h>

#include "tile_conv_internal.h"
#include "tiles_support.h"

#define CONV_TARGET                                                                       \
  __attribute__((target("avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq,"      \
                        "avx512bf16,amx-tile,amx-bf16")))
#define CONV_INLINE static inline __attribute__((always_inline, unused)) CONV_TARGET

enum { CONV_TILE = 1024 };  // bytes of a tile

// MARK: Splitting

/// The largest magnitudes seen, as bits; infinities and NaN are larger than all numbers.
typedef struct {
  __m512i largest;
} conv_watch;

CONV_INLINE void conv_see(conv_watch *watch, __m512 x) {
  const __m512i bits = _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff));
  watch->largest = _mm512_max_epu32(watch->largest, bits);
}

/// Adds what a thread has seen to what all have.
CONV_INLINE void conv_report(const conv_watch *watch, uint32_t *largest) {
  const uint32_t mine = _mm512_reduce_max_epu32(watch->largest);
  uint32_t seen = __atomic_load_n(largest, __ATOMIC_RELAXED);
  while (seen < mine &&
         !__atomic_compare_exchange_n(largest, &seen, mine, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

/// Whether parts may give another result than float products do: infinities and NaN, sums that may
/// overflow, and factors or products so small that their lower parts vanish.
static inline bool conv_is_special(uint32_t largest_a, uint32_t largest_b, int64_t terms) {
  if (largest_a >= 0x7f7f8000u || largest_b >= 0x7f7f8000u) return true;
  float a, b;
  memcpy(&a, &largest_a, 4);
  memcpy(&b, &largest_b, 4);
  const double product = (double)a * (double)b, least = 0x1p-100;
  if (product * (double)terms > 0x1p126) return true;
  return product > 0 && (a < least || b < least || product < least);
}

CONV_INLINE __m512 conv_low_half(__m512i halves) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(halves)), 16));
}

CONV_INLINE __m512 conv_high_half(__m512i halves) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(halves, 1)), 16));
}

/// Writes the parts of 32 numbers, one after the other.
CONV_INLINE void conv_split(__m512 x0, __m512 x1, const int parts, char *to, int64_t part_bytes) {
  for (int s = 0; s < parts; s++) {
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(x1, x0);
    _mm512_storeu_si512(to + s * part_bytes, both);
    if (s + 1 == parts) break;
    x0 = _mm512_sub_ps(x0, conv_low_half(both));
    x1 = _mm512_sub_ps(x1, conv_high_half(both));
  }
}

/// Writes the parts of 16 pairs (x0[i], x1[i]), as tiles want their second operand.
CONV_INLINE void conv_split_pairs(__m512 x0, __m512 x1, const int parts, char *to, int64_t part_bytes) {
  for (int s = 0; s < parts; s++) {
    const __m512i h0 = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x0));
    const __m512i h1 =
        _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x1)), 16);
    _mm512_storeu_si512(to + s * part_bytes, _mm512_or_si512(h0, h1));
    if (s + 1 == parts) break;
    x0 = _mm512_sub_ps(x0, _mm512_castsi512_ps(_mm512_slli_epi32(h0, 16)));
    x1 = _mm512_sub_ps(x1, _mm512_castsi512_ps(h1));
  }
}

/// Copies 16-bit numbers.
CONV_INLINE void conv_copy_halves(char *to, const char *from, int64_t count) {
  for (; count >= 32; count -= 32, to += 64, from += 64)
    _mm512_storeu_si512(to, _mm512_loadu_si512(from));
  if (count > 0)
    _mm512_mask_storeu_epi16(to, (__mmask32)((1u << count) - 1), _mm512_loadu_si512(from));
}

// MARK: Products

/// One panel of the second operand against tiles of the first.
typedef struct {
  const char *panel;    // [step][part][1 or 2 tiles]
  const int32_t *offset;  // of the first operand, per step
  int64_t steps, part_bytes, row_bytes;  // of the first operand
  bool adds;  // to the sums that are there
} conv_product;

#define CONV_LOAD_A(i)                                             \
  _tile_loadd(4, a0 + (i) * part, row);                            \
  _tile_loadd(5, a1 + (i) * part, row)
#define CONV_LOAD_B(j)                                             \
  _tile_loadd(6, b + (j) * 2 * CONV_TILE, 64);                     \
  _tile_loadd(7, b + (j) * 2 * CONV_TILE + CONV_TILE, 64)
#define CONV_MULTIPLY()                                            \
  _tile_dpbf16ps(0, 4, 6);                                         \
  _tile_dpbf16ps(1, 4, 7);                                         \
  _tile_dpbf16ps(2, 5, 6);                                         \
  _tile_dpbf16ps(3, 5, 7)

/// sums[2][2] (+)= two tiles of the first operand times two of the second; small parts first.
CONV_INLINE void conv_multiply_2x2(const conv_product *p, const int parts, const char *first,
                                   const char *second, char *sums) {
  const int64_t part = p->part_bytes, row = p->row_bytes;
  if (p->adds) {
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + CONV_TILE, 64);
    _tile_loadd(2, sums + 2 * CONV_TILE, 64);
    _tile_loadd(3, sums + 3 * CONV_TILE, 64);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const char *b = p->panel;
  for (int64_t k = 0; k < p->steps; k++, b += parts * 2 * CONV_TILE) {
    const char *a0 = first + p->offset[k], *a1 = second + p->offset[k];
    if (parts == 3) {
      CONV_LOAD_A(2);
      CONV_LOAD_B(0);
      CONV_MULTIPLY();
      CONV_LOAD_A(1);
      CONV_MULTIPLY();
      CONV_LOAD_B(1);
      CONV_MULTIPLY();
      CONV_LOAD_A(0);
      CONV_MULTIPLY();
      CONV_LOAD_B(2);
      CONV_MULTIPLY();
      CONV_LOAD_B(0);
      CONV_MULTIPLY();
    } else if (parts == 2) {
      CONV_LOAD_A(1);
      CONV_LOAD_B(0);
      CONV_MULTIPLY();
      CONV_LOAD_A(0);
      CONV_MULTIPLY();
      CONV_LOAD_B(1);
      CONV_MULTIPLY();
    } else {
      CONV_LOAD_A(0);
      CONV_LOAD_B(0);
      CONV_MULTIPLY();
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + CONV_TILE, 64);
  _tile_stored(2, sums + 2 * CONV_TILE, 64);
  _tile_stored(3, sums + 3 * CONV_TILE, 64);
}

#define CONV_MULTIPLY_4(i, j)                                      \
  _tile_loadd(6, b + (j) * CONV_TILE, 64);                         \
  _tile_loadd(4, a0 + (i) * part, row);                            \
  _tile_dpbf16ps(0, 4, 6);                                         \
  _tile_loadd(5, a1 + (i) * part, row);                            \
  _tile_dpbf16ps(1, 5, 6);                                         \
  _tile_loadd(4, a2 + (i) * part, row);                            \
  _tile_dpbf16ps(2, 4, 6);                                         \
  _tile_loadd(5, a3 + (i) * part, row);                            \
  _tile_dpbf16ps(3, 5, 6)

/// sums[4] (+)= four tiles of the first operand times one of the second.
CONV_INLINE void conv_multiply_4x1(const conv_product *p, const int parts, const char *const tiles[4],
                                   char *sums) {
  const int64_t part = p->part_bytes, row = p->row_bytes;
  if (p->adds) {
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + CONV_TILE, 64);
    _tile_loadd(2, sums + 2 * CONV_TILE, 64);
    _tile_loadd(3, sums + 3 * CONV_TILE, 64);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const char *b = p->panel;
  for (int64_t k = 0; k < p->steps; k++, b += parts * CONV_TILE) {
    const int64_t at = p->offset[k];
    const char *a0 = tiles[0] + at, *a1 = tiles[1] + at, *a2 = tiles[2] + at, *a3 = tiles[3] + at;
    if (parts == 3) {
      CONV_MULTIPLY_4(2, 0);
      CONV_MULTIPLY_4(1, 0);
      CONV_MULTIPLY_4(1, 1);
      CONV_MULTIPLY_4(0, 1);
      CONV_MULTIPLY_4(0, 2);
      CONV_MULTIPLY_4(0, 0);
    } else if (parts == 2) {
      CONV_MULTIPLY_4(1, 0);
      CONV_MULTIPLY_4(0, 1);
      CONV_MULTIPLY_4(0, 0);
    } else {
      CONV_MULTIPLY_4(0, 0);
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + CONV_TILE, 64);
  _tile_stored(2, sums + 2 * CONV_TILE, 64);
  _tile_stored(3, sums + 3 * CONV_TILE, 64);
}

/// Runs a panel over all tiles of the first operand, whose places are `base + place[m]`; the sums lie
/// tile after tile.
CONV_INLINE void conv_run_panel_parts(const conv_product *p, const int parts, int64_t width,
                                      const char *base, const int32_t *place, int64_t tiles, char *sums) {
  if (width == 2) {
    for (int64_t m = 0; m < tiles; m += 2)
      conv_multiply_2x2(p, parts, base + place[m], base + place[m + 1], sums + m * 2 * CONV_TILE);
    return;
  }
  for (int64_t m = 0; m < tiles; m += 4) {
    const char *const four[4] = {base + place[m], base + place[m + 1], base + place[m + 2],
                                 base + place[m + 3]};
    conv_multiply_4x1(p, parts, four, sums + m * CONV_TILE);
  }
}

CONV_TARGET __attribute__((unused)) static void conv_run_panel(const conv_product *p, int parts, int64_t width, const char *base,
                                       const int32_t *place, int64_t tiles, char *sums) {
  if (parts == 3) conv_run_panel_parts(p, 3, width, base, place, tiles, sums);
  if (parts == 2) conv_run_panel_parts(p, 2, width, base, place, tiles, sums);
  if (parts == 1) conv_run_panel_parts(p, 1, width, base, place, tiles, sums);
}

#endif
