// Template of loops_argreduce.c, included once for each vector level by loops_levels.h.

/// For one storage type T, whose values compare as keys of type K: KEY(x) makes the key, ODD(k)
/// tells a NaN, and BETTER is > or <. Keys are held in registers of fixed size so that the loops
/// over them become vector instructions without any licence to reorder floating-point comparisons.
#define ARG_REDUCE(NAME, T, K, KEY, ODD, BETTER)                                         \
  static int64_t HEBB_L(NAME##_row)(const T *x, int64_t n) {                             \
    int64_t best_block = 0, best_size = hebb_smaller(n, ARG_BLOCK);                      \
    K best = KEY(x[0]);                                                                  \
    for (int64_t b = 0; b < n; b += ARG_BLOCK) {                                         \
      const int64_t size = hebb_smaller(n - b, ARG_BLOCK);                               \
      K top[ARG_LANES];                                                                  \
      uint8_t odd[ARG_LANES] = {0};                                                      \
      for (int l = 0; l < ARG_LANES; l++) top[l] = KEY(x[b]);                            \
      int64_t i = 0;                                                                     \
      for (; i + ARG_LANES <= size; i += ARG_LANES) {                                    \
        for (int l = 0; l < ARG_LANES; l++) {                                            \
          const K k = KEY(x[b + i + l]);                                                 \
          top[l] = k BETTER top[l] ? k : top[l];                                         \
          odd[l] |= (uint8_t)(ODD(k));                                                   \
        }                                                                                \
      }                                                                                  \
      for (int l = 0; l < ARG_LANES && i + l < size; l++) {                              \
        const K k = KEY(x[b + i + l]);                                                   \
        top[l] = k BETTER top[l] ? k : top[l];                                           \
        odd[l] |= (uint8_t)(ODD(k));                                                     \
      }                                                                                  \
      K block_best = top[0];                                                             \
      uint8_t any_odd = odd[0];                                                          \
      for (int l = 1; l < ARG_LANES; l++) {                                              \
        block_best = top[l] BETTER block_best ? top[l] : block_best;                     \
        any_odd |= odd[l];                                                               \
      }                                                                                  \
      if (any_odd) {                                                                     \
        for (int64_t k = 0; k < size; k++) {                                             \
          if (ODD(KEY(x[b + k]))) return b + k;                                          \
        }                                                                                \
      }                                                                                  \
      if (block_best BETTER best) {                                                      \
        best = block_best;                                                               \
        best_block = b;                                                                  \
        best_size = size;                                                                \
      }                                                                                  \
    }                                                                                    \
    for (int64_t k = 0; k < best_size; k++) {                                            \
      if (KEY(x[best_block + k]) == best) return best_block + k;                         \
    }                                                                                    \
    return 0;                                                                            \
  }                                                                                      \
                                                                                         \
  /* Few elements: one after the other, without branches. */                             \
  static int64_t HEBB_L(NAME##_short)(const T *x, int64_t n) {                           \
    K best = KEY(x[0]);                                                                  \
    int64_t place = 0;                                                                   \
    for (int64_t k = 1; k < n; k++) {                                                    \
      const K key = KEY(x[k]);                                                           \
      const bool take = ((key BETTER best) | (ODD(key))) & !(ODD(best));                 \
      best = take ? key : best;                                                          \
      place = take ? k : place;                                                          \
    }                                                                                    \
    return place;                                                                        \
  }                                                                                      \
                                                                                         \
  /* Columns `begin` ..< `end` of the middle axis' rows, side by side. */                \
  static void HEBB_L(NAME##_columns)(const T *x, int64_t *out, int64_t n, int64_t inner, \
                                     int64_t width) {                                    \
    K best[ARG_COLUMNS];                                                                 \
    int32_t place[ARG_COLUMNS];                                                          \
    for (int64_t i = 0; i < width; i++) {                                                \
      best[i] = KEY(x[i]);                                                               \
      place[i] = 0;                                                                      \
    }                                                                                    \
    for (int64_t k = 1; k < n; k++) {                                                    \
      const T *row = x + k * inner;                                                      \
      for (int64_t i = 0; i < width; i++) {                                              \
        const K key = KEY(row[i]);                                                       \
        const bool take = ((key BETTER best[i]) | (ODD(key))) & !(ODD(best[i]));         \
        best[i] = take ? key : best[i];                                                  \
        place[i] = take ? (int32_t)k : place[i];                                         \
      }                                                                                  \
    }                                                                                    \
    for (int64_t i = 0; i < width; i++) out[i] = place[i];                               \
  }                                                                                      \
                                                                                         \
  static void HEBB_L(NAME)(const void *from, int64_t *out, int64_t n, int64_t inner,     \
                           hebb_range items) {                                           \
    const T *x = from;                                                                   \
    if (inner == 1) {                                                                    \
      for (int64_t o = items.begin; o < items.end; o++) {                                \
        out[o] = n < ARG_SHORT ? HEBB_L(NAME##_short)(x + o * n, n)                      \
                               : HEBB_L(NAME##_row)(x + o * n, n);                       \
      }                                                                                  \
      return;                                                                            \
    }                                                                                    \
    const int64_t tiles = (inner + ARG_COLUMNS - 1) / ARG_COLUMNS;                       \
    for (int64_t item = items.begin; item < items.end; item++) {                         \
      const int64_t o = item / tiles, i = item % tiles * ARG_COLUMNS;                    \
      HEBB_L(NAME##_columns)                                                             \
      (x + o * n * inner + i, out + o * inner + i, n, inner,                             \
       hebb_smaller(ARG_COLUMNS, inner - i));                                            \
    }                                                                                    \
  }

#define ARG_BOTH(NAME, T, K, KEY, ODD)          \
  ARG_REDUCE(NAME##_largest, T, K, KEY, ODD, >) \
  ARG_REDUCE(NAME##_smallest, T, K, KEY, ODD, <)

ARG_BOTH(arg_float, float, float, KEY_SAME, ODD_NAN)
ARG_BOTH(arg_double, double, double, KEY_SAME, ODD_NAN)
ARG_BOTH(arg_bfloat16, uint16_t, int32_t, KEY_BFLOAT16, ODD_HALF)
ARG_BOTH(arg_float16, uint16_t, int32_t, KEY_FLOAT16, ODD_HALF)
ARG_BOTH(arg_int32, int32_t, int32_t, KEY_SAME, ODD_NEVER)
ARG_BOTH(arg_int64, int64_t, int64_t, KEY_SAME, ODD_NEVER)
ARG_BOTH(arg_uint8, uint8_t, uint8_t, KEY_SAME, ODD_NEVER)

#undef ARG_REDUCE
#undef ARG_BOTH
