// Reductions of the float types. At most STRETCH values are combined in one lane of a register of E;
// what the lanes hold then is combined in accumulators of double. Template: see program_kernels.h.

#define WIDEN(v) __builtin_convertvector(v, WIDE)

// MARK: One lane from many

#define LOW_16(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define HIGH_16(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#define LOW_8(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define HIGH_8(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)
#define LOW_4(v) __builtin_shufflevector(v, v, 0, 1)
#define HIGH_4(v) __builtin_shufflevector(v, v, 2, 3)
#define FOLD_2(C, v) ({ __auto_type v2 = (v); C##_SCALAR(v2[0], v2[1]); })
#define FOLD_4(C, v) ({ __auto_type v4 = (v); FOLD_2(C, C(LOW_4(v4), HIGH_4(v4))); })
#define FOLD_8(C, v) ({ __auto_type v8 = (v); FOLD_4(C, C(LOW_8(v8), HIGH_8(v8))); })
#define FOLD_16(C, v) ({ __auto_type v16 = (v); FOLD_8(C, C(LOW_16(v16), HIGH_16(v16))); })
#define FOLD_NAME(lanes) FOLD_##lanes
#define FOLD_OF(lanes) FOLD_NAME(lanes)

// MARK: Combinations of vectors of any width, and of single values. NaN wins.

#define CHOOSE(mask, a, b)                                                            \
  ({                                                                                  \
    __auto_type chosen = (mask);                                                      \
    (__typeof__(a))((chosen & (__typeof__(chosen))(a)) | (~chosen & (__typeof__(chosen))(b))); \
  })
#define SUM(a, b) ((a) + (b))
#define SUM_SCALAR(a, b) ((a) + (b))
#define MAX(a, b)                                                   \
  ({                                                                \
    __auto_type x1 = (a);                                           \
    __auto_type x2 = (b);                                           \
    __auto_type larger = CHOOSE(x1 > x2, x1, x2);                   \
    CHOOSE(x1 != x1, x1, larger);                                   \
  })
#define MAX_SCALAR(a, b) K(larger)(a, b)
#define MIN(a, b)                                                   \
  ({                                                                \
    __auto_type x1 = (a);                                           \
    __auto_type x2 = (b);                                           \
    __auto_type smaller = CHOOSE(x1 < x2, x1, x2);                  \
    CHOOSE(x1 != x1, x1, smaller);                                  \
  })
#define MIN_SCALAR(a, b) K(smaller)(a, b)

HEBB_INLINE double K(larger)(double a, double b) { return a > b || a != a ? a : b; }
HEBB_INLINE double K(smaller)(double a, double b) { return a < b || a != a ? a : b; }

/// The first `count` lanes of v, `fill` in the others.
HEBB_INLINE V K(keep_lanes)(V v, int64_t count, E fill) {
  MASK lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  const V filled = fill - (V){0};
  return CHOOSE(lane < (__typeof__(lane[0]))count, v, filled);
}

// MARK: Rows

/// The combination of one row as a vector of lanes.
#define LANES_OF_ROW(name, C, NEUTRAL)                                              \
  HEBB_INLINE V K(name##_lanes)(const E *x, int64_t n) {                            \
    const V neutral = (E)(NEUTRAL) - (V){0};                                        \
    V s = neutral;                                                                  \
    int64_t i = 0;                                                                  \
    if (n >= 8 * LANES) {                                                           \
      V s1 = neutral, s2 = neutral, s3 = neutral;                                   \
      for (; i + 4 * LANES <= n; i += 4 * LANES) {                                  \
        s = C(s, LOAD(x + i));                                                      \
        s1 = C(s1, LOAD(x + i + LANES));                                            \
        s2 = C(s2, LOAD(x + i + 2 * LANES));                                        \
        s3 = C(s3, LOAD(x + i + 3 * LANES));                                        \
      }                                                                             \
      V s01 = C(s, s1), s23 = C(s2, s3);                                            \
      s = C(s01, s23);                                                              \
    }                                                                               \
    for (; i + LANES <= n; i += LANES) s = C(s, LOAD(x + i));                       \
    if (i < n) {                                                                    \
      V part = LOAD_PART(x + i, n - i);                                             \
      if ((NEUTRAL) != 0) part = K(keep_lanes)(part, n - i, (E)(NEUTRAL));          \
      s = C(s, part);                                                               \
    }                                                                               \
    return s;                                                                       \
  }

LANES_OF_ROW(sum, SUM, 0)
LANES_OF_ROW(maximum, MAX, LOWEST)
LANES_OF_ROW(minimum, MIN, HIGHEST)

/// Rows shorter than SHORT are not worth a register. LANES rows of up to LONG elements share their folds,
/// as a transposition that adds on the way. Rows longer than STRETCH registers are added in parts.
#define SHORT 4
#define LONG (4 * LANES)
#define STRETCH 64

#define ROWS_LOOP(name, C, NEUTRAL, FOLD_LANES)                                     \
  HEBB_INLINE V K(name##_part)(const E *x, int64_t n) {                             \
    const V part = LOAD_PART(x, n);                                                 \
    return (NEUTRAL) != 0 ? K(keep_lanes)(part, n, (E)(NEUTRAL)) : part;            \
  }                                                                                 \
  HEBB_INLINE void K(name##_store)(A *y, const V *s) {                              \
    V all[LANES];                                                                   \
    memcpy(all, s, sizeof all);                                                     \
    const WIDE wide = WIDEN(K(name##_transposed)(all));                             \
    memcpy(y, &wide, sizeof wide);                                                  \
  }                                                                                 \
  static void K(rows_##name)(void *out, const void *values, int64_t rows, int64_t n) { \
    A *y = out;                                                                     \
    const E *x = values;                                                            \
    int64_t r = 0;                                                                  \
    if (n < SHORT) {                                                                \
      for (; r < rows; r++, x += n) {                                               \
        A s = x[0];                                                                 \
        for (int64_t i = 1; i < n; i++) s = C##_SCALAR(s, (A)x[i]);                 \
        y[r] = s;                                                                   \
      }                                                                             \
      return;                                                                       \
    }                                                                               \
    if (n < LANES) {                                                                \
      for (; r + LANES <= rows; r += LANES, x += LANES * n) {                       \
        V s[LANES];                                                                 \
        for (int k = 0; k < LANES; k++) s[k] = K(name##_part)(x + k * n, n);        \
        K(name##_store)(y + r, s);                                                  \
      }                                                                             \
    } else if (n <= LONG) {                                                         \
      for (; r + LANES <= rows; r += LANES, x += LANES * n) {                       \
        V s[LANES];                                                                 \
        for (int k = 0; k < LANES; k++) s[k] = K(name##_lanes)(x + k * n, n);       \
        K(name##_store)(y + r, s);                                                  \
      }                                                                             \
    }                                                                               \
    for (; r < rows; r++, x += n) {                                                 \
      const int64_t stretch = 4 * STRETCH * LANES;                                  \
      int64_t i = n < stretch ? n : stretch;                                        \
      A s = FOLD_LANES(C, K(name##_lanes)(x, i));                                   \
      while (i < n) {                                                               \
        const int64_t more = n - i < stretch ? n - i : stretch;                     \
        s = C##_SCALAR(s, (A)FOLD_LANES(C, K(name##_lanes)(x + i, more)));          \
        i += more;                                                                  \
      }                                                                             \
      y[r] = s;                                                                     \
    }                                                                               \
  }

/// Lane k of the result is the combination of the lanes of s[k]. Each step halves the number of vectors:
/// one vector takes over another's lanes in blocks half as long as before.
#define TRANSPOSED(name, C)                                                         \
  HEBB_INLINE V K(name##_transposed)(V *s) {                                        \
    TRANSPOSE_STEPS(C)                                                              \
    return s[0];                                                                    \
  }
#define TRANSPOSE_STEP(C, half, LOW, HIGH)                                          \
  for (int k = 0; k < half; k++) {                                                  \
    const V low = LOW(s[k], s[k + half]), high = HIGH(s[k], s[k + half]);           \
    s[k] = C(low, high);                                                            \
  }

#define TRANSPOSE_STEPS_2(C) TRANSPOSE_STEP(C, 1, LOW_1_OF_2, HIGH_1_OF_2)
#define TRANSPOSE_STEPS_4(C)                    \
  TRANSPOSE_STEP(C, 2, LOW_2_OF_4, HIGH_2_OF_4) \
  TRANSPOSE_STEP(C, 1, LOW_1_OF_4, HIGH_1_OF_4)
#define TRANSPOSE_STEPS_8(C)                    \
  TRANSPOSE_STEP(C, 4, LOW_4_OF_8, HIGH_4_OF_8) \
  TRANSPOSE_STEP(C, 2, LOW_2_OF_8, HIGH_2_OF_8) \
  TRANSPOSE_STEP(C, 1, LOW_1_OF_8, HIGH_1_OF_8)
#define TRANSPOSE_STEPS_16(C)                     \
  TRANSPOSE_STEP(C, 8, LOW_8_OF_16, HIGH_8_OF_16) \
  TRANSPOSE_STEP(C, 4, LOW_4_OF_16, HIGH_4_OF_16) \
  TRANSPOSE_STEP(C, 2, LOW_2_OF_16, HIGH_2_OF_16) \
  TRANSPOSE_STEP(C, 1, LOW_1_OF_16, HIGH_1_OF_16)
#define TRANSPOSE_NAME(lanes) TRANSPOSE_STEPS_##lanes
#define TRANSPOSE_OF(lanes) TRANSPOSE_NAME(lanes)
#define TRANSPOSE_STEPS(C) TRANSPOSE_OF(LANE_COUNT)(C)

TRANSPOSED(sum, SUM)
TRANSPOSED(maximum, MAX)
TRANSPOSED(minimum, MIN)

// A sum's lanes are added as doubles.
#define FOLD_WIDE(C, v) FOLD_OF(LANE_COUNT)(C, WIDEN(v))
#define FOLD_SAME(C, v) FOLD_OF(LANE_COUNT)(C, v)

ROWS_LOOP(sum, SUM, 0, FOLD_WIDE)
ROWS_LOOP(maximum, MAX, LOWEST, FOLD_SAME)
ROWS_LOOP(minimum, MIN, HIGHEST, FOLD_SAME)

static void K(rows_product)(void *out, const void *values, int64_t rows, int64_t n) {
  A *y = out;
  const E *x = values;
  for (int64_t r = 0; r < rows; r++, x += n) {
    A s[4] = {1, 1, 1, 1};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
      for (int k = 0; k < 4; k++) s[k] *= x[i + k];
    for (; i < n; i++) s[0] *= x[i];
    y[r] = (s[0] * s[1]) * (s[2] * s[3]);
  }
}

// MARK: Columns

#define COLUMNS_LOOP(name, C)                                                         \
  static void K(columns_##name)(void *accumulators, const void *values, int64_t rows, \
                                int64_t n) {                                          \
    for (int64_t first = 0; first < rows; first += STRETCH) {                         \
      const E *x = (const E *)values + first * n;                                     \
      const int64_t count = rows - first < STRETCH ? rows - first : STRETCH;          \
      A *y = accumulators;                                                            \
      int64_t i = 0;                                                                  \
      for (; i + 2 * LANES <= n; i += 2 * LANES) {                                    \
        V s = LOAD(x + i), t = LOAD(x + i + LANES);                                   \
        for (int64_t r = 1; r < count; r++) {                                         \
          s = C(s, LOAD(x + r * n + i));                                              \
          t = C(t, LOAD(x + r * n + i + LANES));                                      \
        }                                                                             \
        WIDE a, b;                                                                    \
        memcpy(&a, y + i, sizeof a);                                                  \
        memcpy(&b, y + i + LANES, sizeof b);                                          \
        a = C(a, WIDEN(s));                                                           \
        b = C(b, WIDEN(t));                                                           \
        memcpy(y + i, &a, sizeof a);                                                  \
        memcpy(y + i + LANES, &b, sizeof b);                                          \
      }                                                                               \
      for (; i < n; i += LANES) {                                                     \
        const int64_t rest = n - i < LANES ? n - i : LANES;                           \
        V s;                                                                          \
        if (rest == LANES) {                                                          \
          s = LOAD(x + i);                                                            \
          for (int64_t r = 1; r < count; r++) s = C(s, LOAD(x + r * n + i));          \
        } else {                                                                      \
          s = LOAD_PART(x + i, rest);                                                 \
          for (int64_t r = 1; r < count; r++) s = C(s, LOAD_PART(x + r * n + i, rest)); \
        }                                                                             \
        E lanes[LANES];                                                               \
        STORE(lanes, s);                                                              \
        for (int64_t k = 0; k < rest; k++) y[i + k] = C##_SCALAR(y[i + k], (A)lanes[k]); \
      }                                                                               \
    }                                                                                 \
  }

COLUMNS_LOOP(sum, SUM)
COLUMNS_LOOP(maximum, MAX)
COLUMNS_LOOP(minimum, MIN)

static void K(columns_product)(void *accumulators, const void *values, int64_t rows, int64_t n) {
  A *y = accumulators;
  const E *x = values;
  for (int64_t r = 0; r < rows; r++, x += n)
    for (int64_t i = 0; i < n; i++) y[i] *= x[i];
}
