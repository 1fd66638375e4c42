// Template of loops_copy.c, included once for each vector level by loops_levels.h: transposes of
// 32-bit elements.

#define LANES HEBB_LANES_32
#define WORDS HEBB_L(copy_words)
typedef uint32_t WORDS __attribute__((vector_size(HEBB_BYTES)));

/// Transposes the LANES x LANES matrix r: 2x2 and 4x4 blocks inside 128-bit lanes, then the lanes.
static inline void HEBB_L(transpose_square)(WORDS r[LANES]) {
  WORDS t[LANES], u[LANES];
#pragma clang loop unroll(full)
  for (int k = 0; k < LANES; k += 2) {
#if HEBB_LEVEL == 3
    t[k] = __builtin_shufflevector(r[k], r[k + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28,
                                   13, 29);
    t[k + 1] = __builtin_shufflevector(r[k], r[k + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27,
                                       14, 30, 15, 31);
#elif HEBB_LEVEL == 2
    t[k] = __builtin_shufflevector(r[k], r[k + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[k + 1] = __builtin_shufflevector(r[k], r[k + 1], 2, 10, 3, 11, 6, 14, 7, 15);
#else
    t[k] = __builtin_shufflevector(r[k], r[k + 1], 0, 4, 1, 5);
    t[k + 1] = __builtin_shufflevector(r[k], r[k + 1], 2, 6, 3, 7);
#endif
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < LANES; k += 4) {
#pragma clang loop unroll(full)
    for (int c = 0; c < 2; c++) {
      const WORDS a = t[k + c], b = t[k + c + 2];
#if HEBB_LEVEL == 3
      u[k + 2 * c] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13,
                                             28, 29);
      u[k + 2 * c + 1] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27,
                                                 14, 15, 30, 31);
#elif HEBB_LEVEL == 2
      u[k + 2 * c] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      u[k + 2 * c + 1] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
#else
      u[k + 2 * c] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
      u[k + 2 * c + 1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
#endif
    }
  }
  // Lane l of u[4 k + c] now holds column 4 l + c of rows 4 k ... 4 k + 3.
#pragma clang loop unroll(full)
  for (int c = 0; c < 4; c++) {
#if HEBB_LEVEL == 3
    const WORDS a = u[c], b = u[4 + c], d = u[8 + c], e = u[12 + c];
    const WORDS ab0 = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24,
                                              25, 26, 27);
    const WORDS ab1 = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28,
                                              29, 30, 31);
    const WORDS de0 = __builtin_shufflevector(d, e, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24,
                                              25, 26, 27);
    const WORDS de1 = __builtin_shufflevector(d, e, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28,
                                              29, 30, 31);
    r[c] = __builtin_shufflevector(ab0, de0, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26,
                                   27);
    r[8 + c] = __builtin_shufflevector(ab0, de0, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29,
                                       30, 31);
    r[4 + c] = __builtin_shufflevector(ab1, de1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25,
                                       26, 27);
    r[12 + c] = __builtin_shufflevector(ab1, de1, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28,
                                        29, 30, 31);
#elif HEBB_LEVEL == 2
    r[c] = __builtin_shufflevector(u[c], u[4 + c], 0, 1, 2, 3, 8, 9, 10, 11);
    r[4 + c] = __builtin_shufflevector(u[c], u[4 + c], 4, 5, 6, 7, 12, 13, 14, 15);
#else
    r[c] = u[c];
#endif
  }
}

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

/// The same for n < LANES columns of a dense y (y_stride = n): each row is stored with rubbish behind
/// it, which the following rows overwrite. `rows` counts the rows from this block's first to the end.
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
