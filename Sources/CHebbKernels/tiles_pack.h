// Operands of products as panels of tiles: any of the two arrangements of A and of B, edges filled with zeros.
#ifndef HEBB_TILES_PACK_H
#define HEBB_TILES_PACK_H

#include "tiles_kernel.h"

#if defined(__x86_64__)

/// One operand: element (outer o, depth d) is at base + (o outer_stride + d depth_stride); one stride is 1.
typedef struct {
  const void *base;
  int64_t outer, depth, outer_stride, depth_stride;
  bool half;   // bf16 elements, taken as they are
  bool lanes_are_depths;  // a tile row holds depths (A), not outer indices (B)
} hebb_tiles_operand;

HEBB_TILES_BEGIN

/// 16 words in the upper halves of which lie bf16 numbers.
HEBB_TILES_INLINE __m512 hebb_tiles_load_half(const uint16_t *x, __mmask16 lanes) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, x)), 16));
}

/// Line i of a tile as parts: 16 pairs along the axis that lies dense in memory.
HEBB_TILES_INLINE void hebb_tiles_line(const hebb_tiles_operand *x, int64_t o, int64_t d, bool along,
                                       bool half, int parts, int i, __m512i to[3], __m512i *largest) {
  // Along: line i is outer index o + i, lanes are depths. Across: line i is depth d + i, lanes are outer indices.
  int64_t first, second;
  __mmask16 lanes0, lanes1;
  if (along) {
    first = (o + i) * x->outer_stride + d;
    second = first + 16;
    const bool inside = o + i < x->outer;
    lanes0 = inside ? hebb_avx512_lanes(x->depth - d) : 0;
    lanes1 = inside ? hebb_avx512_lanes(x->depth - d - 16) : 0;
  } else {
    first = (d + i) * x->depth_stride + o;
    second = first + 16 * x->depth_stride;
    const __mmask16 lanes = hebb_avx512_lanes(x->outer - o);
    lanes0 = d + i < x->depth ? lanes : 0;
    lanes1 = d + i + 16 < x->depth ? lanes : 0;
  }
  if (half) {
    const uint16_t *base = x->base;
    to[0] = hebb_tiles_pair(_mm512_castps_si512(hebb_tiles_load_half(base + first, lanes0)),
                            _mm512_castps_si512(hebb_tiles_load_half(base + second, lanes1)));
  } else {
    const float *base = x->base;
    hebb_tiles_split(_mm512_maskz_loadu_ps(lanes0, base + first),
                     _mm512_maskz_loadu_ps(lanes1, base + second), parts, to, largest);
  }
}

/// The tile of 16 outer indices from o and 32 depths from d; part p goes to `to` + p * 2 KB.
HEBB_TILES_INLINE void hebb_tiles_pack_tile(const hebb_tiles_operand *x, int64_t o, int64_t d, bool along,
                                            bool turned, bool half, int parts, uint8_t *to,
                                            __m512i *largest) {
  if (!turned) {
    for (int i = 0; i < 16; i++) {
      __m512i line[3];
      hebb_tiles_line(x, o, d, along, half, parts, i, line, largest);
      for (int p = 0; p < parts; p++)
        _mm512_store_si512(to + p * 2 * HEBB_TILE_BYTES + 64 * i, line[p]);
    }
    return;
  }
  __m512i lines[3][16];
  for (int i = 0; i < 16; i++) {
    __m512i line[3];
    hebb_tiles_line(x, o, d, along, half, parts, i, line, largest);
    for (int p = 0; p < parts; p++) lines[p][i] = line[p];
  }
  for (int p = 0; p < parts; p++) {
    hebb_avx512_transpose(lines[p]);
    for (int i = 0; i < 16; i++)
      _mm512_store_si512(to + p * 2 * HEBB_TILE_BYTES + 64 * i, lines[p][i]);
  }
}

/// Packs the panel of outer indices from o on over the depths begin ..< end; begin is a multiple of 32.
HEBB_TILES_INLINE void hebb_tiles_pack_panel_as(const hebb_tiles_operand *x, int64_t o, int64_t begin,
                                                int64_t end, bool along, bool turned, bool half,
                                                int parts, uint8_t *to, __m512i *largest) {
  const int tiles = x->outer - o > 16 ? 2 : 1;
  for (int64_t d = begin; d < end; d += HEBB_TILE_DEPTH, to += hebb_tiles_step_bytes(parts))
    for (int t = 0; t < tiles; t++)
      hebb_tiles_pack_tile(x, o + 16 * t, d, along, turned, half, parts, to + t * HEBB_TILE_BYTES,
                           largest);
}

HEBB_TILES_END

#endif
#endif
