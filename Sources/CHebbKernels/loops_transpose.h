// Transpose of a square of 32-bit elements in registers, for templates of loops_levels.h.

#define LANES HEBB_LANES_32
#define WORDS HEBB_L(transpose_words_vector)
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

#undef LANES
#undef WORDS
