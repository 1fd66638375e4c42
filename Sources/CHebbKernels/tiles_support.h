// What all kernels on matrix tiles share: the registers' shape, and how float32 numbers become bf16 parts.
//
// A tile holds 16 rows of 64 bytes. TDPBF16PS adds to C[16][16] (float32) the product of A[16][32] and
// B[32][16] (bf16). Row m of A holds 16 pairs, row j of B one pair for each of 16 columns; pair j of A
// meets row j of B. Which k make a pair is free as long as both agree: here pair j is (j, j + 16), so that
// a pair of vectors becomes a tile row by a shift and a blend.
//
// Parts. x = p0 + p1 + p2 with p0 = bf16(x), p1 = bf16(x - p0), p2 = x - p0 - p1, which has 8 bits at
// most: three parts are exact, two leave an error below 2^-17 |x|. A product of S parts adds a_i b_j
// with i + j < S: 1, 3 or 6 products of tiles.
//
// Range. The tiles take denormal parts as zero, so that parts of tiny numbers would vanish: with two or
// three parts the operands are scaled by 2^24, which is exact, and the result by 2^-48. What could then
// leave the range of float32 (or is infinite or no number, whose remainder would be NaN) is found while packing:
// `hebb_tiles_fits`. The caller computes such products without tiles.
#ifndef HEBB_TILES_SUPPORT_H
#define HEBB_TILES_SUPPORT_H

#include "avx512_support.h"
#include "loops_support.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define HEBB_TILES_BEGIN                                                                          \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,\" \
\"avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16\"))), apply_to = function)")
#define HEBB_TILES_END _Pragma("clang attribute pop")

#define HEBB_TILES_INLINE static inline __attribute__((always_inline, unused))

/// Bytes of a tile, and the depth that one product of tiles covers.
enum { HEBB_TILE_BYTES = 1024, HEBB_TILE_ROWS = 16, HEBB_TILE_DEPTH = 32 };

HEBB_TILES_BEGIN

/// Makes all eight registers 16 rows of 64 bytes on this thread. End with _tile_release(), so that
/// the system need not save them.
HEBB_TILES_INLINE void hebb_tiles_configure(void) {
  struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } configuration = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    configuration.bytes[i] = 64;
    configuration.rows[i] = HEBB_TILE_ROWS;
  }
  _tile_loadconfig(&configuration);
}

/// The factor of operands and the one that undoes it in products.
HEBB_TILES_INLINE float hebb_tiles_scale(int parts) { return parts > 1 ? 0x1p24f : 1; }
HEBB_TILES_INLINE float hebb_tiles_unscale(int parts) { return parts > 1 ? 0x1p-48f : 1; }

/// The smallest bit pattern of |x| that `parts` parts cannot take in sums of `depth` products. One part: what
/// bf16 rounds to infinity. More: |x| < 2^e with depth 2^(2e) 2^48 <= 2^127.
HEBB_TILES_INLINE uint32_t hebb_tiles_limit(int parts, int64_t depth) {
  if (parts == 1) return 0x7f7f8000u;
  int log = 0;
  while (((int64_t)1 << log) < depth) log++;
  return (uint32_t)(127 + (79 - log) / 2) << 23;
}

/// Keeps the largest bit pattern of |x| so far, lane by lane.
HEBB_TILES_INLINE __m512i hebb_tiles_watch(__m512i largest, __m512 x) {
  const __m512i bits = _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff));
  return _mm512_max_epu32(largest, bits);
}

/// Whether all that was watched is below the limit.
HEBB_TILES_INLINE bool hebb_tiles_fits(__m512i largest, uint32_t limit) {
  return _mm512_reduce_max_epu32(largest) < limit;
}

/// The upper halves of 16 words a and b as pairs (a, b).
HEBB_TILES_INLINE __m512i hebb_tiles_pair(__m512i a, __m512i b) {
  return _mm512_mask_blend_epi16(0xaaaaaaaau, _mm512_srli_epi32(a, 16), b);
}

/// x rounded to bf16, the tie away from zero, as float32 bits.
HEBB_TILES_INLINE __m512i hebb_tiles_rounded(__m512 x) {
  const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
  return _mm512_and_si512(bits, _mm512_set1_epi32((int)0xffff0000));
}

/// x rounded to bf16, the tie to even, in the upper halves.
HEBB_TILES_INLINE __m512i hebb_tiles_rounded_to_even(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
}

/// Two vectors of 16 numbers (depths j and j + 16) as `parts` vectors of 16 pairs; watches their size.
HEBB_TILES_INLINE void hebb_tiles_split(__m512 x0, __m512 x1, int parts, __m512i to[3],
                                        __m512i *largest) {
  *largest = hebb_tiles_watch(hebb_tiles_watch(*largest, x0), x1);
  if (parts == 1) {
    to[0] = hebb_tiles_pair(hebb_tiles_rounded_to_even(x0), hebb_tiles_rounded_to_even(x1));
    return;
  }
  const __m512 scale = _mm512_set1_ps(hebb_tiles_scale(parts));
  x0 = _mm512_mul_ps(x0, scale);
  x1 = _mm512_mul_ps(x1, scale);
  __m512i p0 = hebb_tiles_rounded(x0), p1 = hebb_tiles_rounded(x1);
  to[0] = hebb_tiles_pair(p0, p1);
  x0 = _mm512_sub_ps(x0, _mm512_castsi512_ps(p0));
  x1 = _mm512_sub_ps(x1, _mm512_castsi512_ps(p1));
  p0 = hebb_tiles_rounded(x0);
  p1 = hebb_tiles_rounded(x1);
  to[1] = hebb_tiles_pair(p0, p1);
  if (parts == 2) return;
  x0 = _mm512_sub_ps(x0, _mm512_castsi512_ps(p0));
  x1 = _mm512_sub_ps(x1, _mm512_castsi512_ps(p1));
  to[2] = hebb_tiles_pair(_mm512_castps_si512(x0), _mm512_castps_si512(x1));
}

HEBB_TILES_END

#endif
#endif
