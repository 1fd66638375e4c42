// The innermost product: up to 2 x 2 tiles of C from a panel of A and a panel of B.
//
// A panel is 32 rows (of A) or columns (of B) over a range of depths. It holds, for each 32 depths, `parts` times
// two tiles: a product of one depth step reads 2 KB of each part. Two of the eight registers hold tiles of A,
// two of B, four sum up. The order of the part products changes one operand at a time: six products of three
// parts load 14 times two KB instead of 24, and the small ones come first.
#ifndef HEBB_TILES_KERNEL_H
#define HEBB_TILES_KERNEL_H

#include "tiles_support.h"

#if defined(__x86_64__)

HEBB_TILES_BEGIN

/// Bytes of a panel's 32 depths.
HEBB_TILES_INLINE int64_t hebb_tiles_step_bytes(int parts) { return 2 * HEBB_TILE_BYTES * parts; }

#define LOAD_A(part)                                                  \
  do {                                                                \
    _tile_loadd(4, a + (part) * 2 * HEBB_TILE_BYTES, 64);             \
    if (rows > 1) _tile_loadd(5, a + ((part) * 2 + 1) * HEBB_TILE_BYTES, 64); \
  } while (0)
#define LOAD_B(part)                                                     \
  do {                                                                   \
    _tile_loadd(6, b + (part) * 2 * HEBB_TILE_BYTES, 64);                \
    if (columns > 1) _tile_loadd(7, b + ((part) * 2 + 1) * HEBB_TILE_BYTES, 64); \
  } while (0)
#define MULTIPLY                                   \
  do {                                             \
    _tile_dpbf16ps(0, 4, 6);                       \
    if (columns > 1) _tile_dpbf16ps(1, 4, 7);      \
    if (rows > 1) _tile_dpbf16ps(2, 5, 6);         \
    if (rows > 1 && columns > 1) _tile_dpbf16ps(3, 5, 7); \
  } while (0)

/// sums[2 i + j] = the tile of rows 16 i and columns 16 j, over `steps` steps of 32 depths. rows and columns count
/// tiles (1 or 2) and are constants, as `parts` is.
HEBB_TILES_INLINE void hebb_tiles_multiply(const uint8_t *a, const uint8_t *b, int64_t steps,
                                           int parts, int rows, int columns, float *sums) {
  _tile_zero(0);
  if (columns > 1) _tile_zero(1);
  if (rows > 1) _tile_zero(2);
  if (rows > 1 && columns > 1) _tile_zero(3);
  const int64_t bytes = hebb_tiles_step_bytes(parts);
  for (int64_t s = 0; s < steps; s++, a += bytes, b += bytes) {
    if (parts == 1) {
      LOAD_A(0);
      LOAD_B(0);
      MULTIPLY;
    } else if (parts == 2) {
      LOAD_A(1);
      LOAD_B(0);
      MULTIPLY;
      LOAD_A(0);
      MULTIPLY;
      LOAD_B(1);
      MULTIPLY;
    } else {
      LOAD_A(2);
      LOAD_B(0);
      MULTIPLY;
      LOAD_A(0);
      MULTIPLY;
      LOAD_A(1);
      MULTIPLY;
      LOAD_B(1);
      MULTIPLY;
      LOAD_A(0);
      MULTIPLY;
      LOAD_B(2);
      MULTIPLY;
    }
  }
  _tile_stored(0, sums, 64);
  if (columns > 1) _tile_stored(1, sums + 256, 64);
  if (rows > 1) _tile_stored(2, sums + 512, 64);
  if (rows > 1 && columns > 1) _tile_stored(3, sums + 768, 64);
}

#undef LOAD_A
#undef LOAD_B
#undef MULTIPLY

HEBB_TILES_END

#endif
#endif
