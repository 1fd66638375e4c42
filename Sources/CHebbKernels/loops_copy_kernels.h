// Template of loops_copy.c, included once for each vector level by loops_levels.h: transposes of
// 32-bit elements.

#include "loops_transpose.h"

#define LANES HEBB_LANES_32
#define WORDS HEBB_L(transpose_words_vector)

/// y[i * y_stride + j] = x[i + j * x_stride] for i < LANES, j < LANES.
static inline void HEBB_L(transpose_block)(const uint32_t *x, int64_t x_stride, uint32_t *y,
                                           int64_t y_stride) {
  WORDS r[LANES];
#pragma clang loop unroll(full)
  for (int j = 0; j < LANES; j++) memcpy(&r[j], x + j * x_stride, sizeof(WORDS));
  HEBB_L(transpose_square)(r);
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) memcpy(y + i * y_stride, &r[i], sizeof(WORDS));
}

/// The same for n < LANES columns of a dense y (y_stride = n): each row is stored with rubbish
/// behind it, which the following rows overwrite. `rows` counts the rows from this block's first to
/// the end.
static inline void HEBB_L(transpose_to_narrow)(const uint32_t *x, int64_t x_stride, uint32_t *y,
                                               int n, int64_t rows) {
  WORDS r[LANES];
#pragma clang loop unroll(full)
  for (int j = 0; j < LANES; j++) {
    r[j] = (WORDS){};
    if (j < n) memcpy(&r[j], x + j * x_stride, sizeof(WORDS));
  }
  HEBB_L(transpose_square)(r);
  const int64_t room = rows * n;  // elements that may be written
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) {
    const int64_t left = hebb_smaller(room - i * n, LANES);
    if (left == LANES) {
      memcpy(y + i * n, &r[i], sizeof(WORDS));
    } else {
      hebb_copy_bytes(y + i * n, &r[i], left * 4);
    }
  }
}

/// The same for m < LANES rows of y. `room` counts the elements that may be read from x on.
static inline void HEBB_L(transpose_from_narrow)(const uint32_t *x, int64_t x_stride, uint32_t *y,
                                                 int64_t y_stride, int m, int64_t room) {
  WORDS r[LANES];
#pragma clang loop unroll(full)
  for (int j = 0; j < LANES; j++) {
    if (room - j * x_stride >= LANES) {
      memcpy(&r[j], x + j * x_stride, sizeof(WORDS));
    } else {
      r[j] = (WORDS){};
      hebb_copy_bytes(&r[j], x + j * x_stride, m * 4);
    }
  }
  HEBB_L(transpose_square)(r);
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) {
    if (i < m) memcpy(y + i * y_stride, &r[i], sizeof(WORDS));
  }
}

/// y[i * y_stride + j] = x[i + j * x_stride] for i < m, j < n. Blocks at the ends overlap others.
static void HEBB_L(transpose_words)(const uint32_t *x, int64_t x_stride, uint32_t *y,
                                    int64_t y_stride, int64_t m, int64_t n) {
  if (m >= LANES && n >= LANES) {
    for (int64_t i = 0; i < m; i += LANES) {
      const int64_t i0 = hebb_smaller(i, m - LANES);
      for (int64_t j = 0; j < n; j += LANES) {
        const int64_t j0 = hebb_smaller(j, n - LANES);
        HEBB_L(transpose_block)(x + i0 + j0 * x_stride, x_stride, y + i0 * y_stride + j0, y_stride);
      }
    }
  } else if (m >= LANES && n > 1 && y_stride == n) {
    for (int64_t i = 0; i < m; i += LANES) {
      const int64_t i0 = hebb_smaller(i, m - LANES);
      HEBB_L(transpose_to_narrow)(x + i0, x_stride, y + i0 * n, (int)n, m - i0);
    }
  } else if (n >= LANES && m > 1 && x_stride >= m) {
    for (int64_t j = 0; j < n; j += LANES) {
      const int64_t j0 = hebb_smaller(j, n - LANES);
      HEBB_L(transpose_from_narrow)(x + j0 * x_stride, x_stride, y + j0, y_stride, (int)m,
                                    (n - 1 - j0) * x_stride + m);
    }
  } else {
    for (int64_t i = 0; i < m; i++) {
      for (int64_t j = 0; j < n; j++) y[i * y_stride + j] = x[i + j * x_stride];
    }
  }
}

#undef LANES
#undef WORDS
