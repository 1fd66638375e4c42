// Template of loops_softmax.c, included once for each vector level by loops_levels.h.
#include "vector_math.h"

#define LANES HEBB_LANES_32

/// The larger of each lane. A NaN may get lost here: the sum of exponentials brings it back.
HEBB_INLINE vfloat HEBB_L(softmax_larger)(vfloat a, vfloat b) {
#if HEBB_LEVEL == 3
  return (vfloat)_mm512_max_ps((__m512)a, (__m512)b);
#else
  return vf_select(a > b, a, b);
#endif
}

#if HEBB_LEVEL == 3
#define HALF_TURN_16(v) \
  __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define HALF_TURN_8(v) \
  __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define HALF_TURN_4(v) \
  __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define HALF_TURN_2(v) \
  __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#elif HEBB_LEVEL == 2
#define HALF_TURN_8(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define HALF_TURN_4(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define HALF_TURN_2(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#else
#define HALF_TURN_4(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define HALF_TURN_2(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#endif

/// The largest lane, in every lane.
HEBB_INLINE vfloat HEBB_L(softmax_largest)(vfloat v) {
#if HEBB_LEVEL == 3
  v = HEBB_L(softmax_larger)(v, HALF_TURN_16(v));
#endif
#if HEBB_LEVEL >= 2
  v = HEBB_L(softmax_larger)(v, HALF_TURN_8(v));
#endif
  v = HEBB_L(softmax_larger)(v, HALF_TURN_4(v));
  return HEBB_L(softmax_larger)(v, HALF_TURN_2(v));
}

/// The sum of all lanes, in every lane.
HEBB_INLINE vfloat HEBB_L(softmax_sum)(vfloat v) {
#if HEBB_LEVEL == 3
  v += HALF_TURN_16(v);
#endif
#if HEBB_LEVEL >= 2
  v += HALF_TURN_8(v);
#endif
  v += HALF_TURN_4(v);
  return v + HALF_TURN_2(v);
}

/// Rows shorter than a vector.
static void HEBB_L(softmax_short)(const float *x, float *y, int64_t rows, int64_t n,
                                  bool logarithm) {
  vint lane;
  for (int l = 0; l < LANES; l++) lane[l] = l;
  const vint used = lane < (int32_t)n;
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    const vfloat v = vf_select(used, vf_load_part(x, n), vf_splat(-INFINITY));
    const vfloat shifted = v - HEBB_L(softmax_largest)(v);
    const vfloat e = vf_select(used, vf_exp(shifted), vf_splat(0));
    const vfloat sum = HEBB_L(softmax_sum)(e);
    vf_store_part(y, logarithm ? shifted - vf_log(sum) : e / sum, n);
  }
}

/// The largest element, in every lane.
HEBB_INLINE vfloat HEBB_L(softmax_top)(const float *x, int64_t n) {
  vfloat top[4];
  for (int k = 0; k < 4; k++) top[k] = vf_load(x);
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    for (int k = 0; k < 4; k++) top[k] = HEBB_L(softmax_larger)(top[k], vf_load(x + i + k * LANES));
  }
  for (; i + LANES <= n; i += LANES) top[0] = HEBB_L(softmax_larger)(top[0], vf_load(x + i));
  top[1] = HEBB_L(softmax_larger)(top[1], vf_load(x + n - LANES));
  return HEBB_L(softmax_largest)(HEBB_L(softmax_larger)(HEBB_L(softmax_larger)(top[0], top[1]),
                                                        HEBB_L(softmax_larger)(top[2], top[3])));
}

static void HEBB_L(softmax_row)(const float *x, float *y, int64_t n, bool logarithm) {
  const vfloat largest = HEBB_L(softmax_top)(x, n);
  vfloat sums[2] = {vf_splat(0), vf_splat(0)};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    for (int k = 0; k < 2; k++) {
      const vfloat e = vf_exp_difference(vf_load(x + i + k * LANES), largest);
      if (!logarithm) vf_store(y + i + k * LANES, e);
      sums[k] += e;
    }
  }
  for (; i < n; i += LANES) {
    if (n - i >= LANES) {
      const vfloat e = vf_exp_difference(vf_load(x + i), largest);
      if (!logarithm) vf_store(y + i, e);
      sums[0] += e;
    } else {
      vint lane;
      for (int l = 0; l < LANES; l++) lane[l] = l;
      vfloat e = vf_exp_difference(vf_load_part(x + i, n - i), largest);
      e = vf_select(lane < (int32_t)(n - i), e, vf_splat(0));
      if (!logarithm) vf_store_part(y + i, e, n - i);
      sums[0] += e;
    }
  }
  const vfloat sum = HEBB_L(softmax_sum)(sums[0] + sums[1]);

  const vfloat last = logarithm ? vf_log(sum) : 1.0f / sum;
  for (i = 0; i + LANES <= n; i += LANES) {
    vf_store(y + i, logarithm ? vf_load(x + i) - largest - last : vf_load(y + i) * last);
  }
  if (i < n) {
    const vfloat v = vf_load_part((logarithm ? x : y) + i, n - i);
    vf_store_part(y + i, logarithm ? v - largest - last : v * last, n - i);
  }
}

/// Stores `count` vectors of the results of the row before, from `done` on, and asks for as many of the row behind.
HEBB_INLINE void HEBB_L(softmax_exchange)(const float *next, const float *before, float *y, int64_t done, int count,
                                          vfloat factor, bool logarithm) {
  for (int k = 0; k < count; k++) {
    const int64_t at = done + k * LANES;
    if (next) __builtin_prefetch(next + at, 0, 2);
    if (!before) continue;
    const vfloat v = vf_load(before + at);
    v_stream(y + at, (vlong)(logarithm ? v - factor : v * factor));
  }
}

/// Rows of whole quadruples of vectors whose results go past the caches. While a row is worked on, the row before
/// is stored and the row behind fetched, so that memory never waits for arithmetic: a quarter of them while the
/// largest element is sought, the rest with the exponentials.
HEBB_INLINE void HEBB_L(softmax_streamed_rows)(const float *x, float *y, int64_t rows, int64_t n,
                                               bool logarithm) {
  float room[STREAMED_ROW] __attribute__((aligned(64)));
  vfloat factor = vf_splat(0);
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    const float *before = r > 0 ? room : NULL;
    const float *next = r + 1 < rows ? x + n : NULL;
    vfloat top[4];
    for (int k = 0; k < 4; k++) top[k] = vf_load(x);
    for (int64_t i = 0; i < n; i += 4 * LANES) {
      for (int k = 0; k < 4; k++) top[k] = HEBB_L(softmax_larger)(top[k], vf_load(x + i + k * LANES));
      HEBB_L(softmax_exchange)(next, before, y - n, i / 4, 1, factor, logarithm);
    }
    const vfloat largest = HEBB_L(softmax_largest)(HEBB_L(softmax_larger)(
        HEBB_L(softmax_larger)(top[0], top[1]), HEBB_L(softmax_larger)(top[2], top[3])));
    vfloat sums[4] = {vf_splat(0), vf_splat(0), vf_splat(0), vf_splat(0)};
    for (int64_t i = 0; i < n; i += 4 * LANES) {
      // Ahead of what takes its place.
      HEBB_L(softmax_exchange)(next, before, y - n, n / 4 + i / 4 * 3, 3, factor, logarithm);
      for (int k = 0; k < 4; k++) {
        const vfloat value = vf_load(x + i + k * LANES);
        const vfloat e = vf_exp_difference(value, largest);
        vf_store(room + i + k * LANES, logarithm ? value - largest : e);
        sums[k] += e;
      }
    }
    const vfloat sum = HEBB_L(softmax_sum)((sums[0] + sums[1]) + (sums[2] + sums[3]));
    factor = logarithm ? vf_log(sum) : 1.0f / sum;
  }
  HEBB_L(softmax_exchange)(NULL, room, y - n, 0, (int)(n / LANES), factor, logarithm);
  hebb_end_streams();
}

static void HEBB_L(softmax_streamed)(const float *x, float *y, int64_t rows, int64_t n, bool logarithm) {
  if (logarithm) HEBB_L(softmax_streamed_rows)(x, y, rows, n, true);
  else HEBB_L(softmax_streamed_rows)(x, y, rows, n, false);
}

/// The logarithm of the sum of exponentials less the largest element, in every lane, in one pass over memory: a
/// sum is scaled when a block has a larger element than those before.
HEBB_INLINE vfloat HEBB_L(softmax_log_sum)(const float *x, int64_t n, vfloat *largest) {
  vfloat sums[2] = {vf_splat(0), vf_splat(0)};
  // Finite, for blocks of -infinity.
  vfloat top = vf_splat(-3.402823466e38f);
  for (int64_t first = 0; first < n;) {
    // The last block takes the rest, so that none is shorter than a vector.
    const int64_t end = n - first < 2 * SOFTMAX_BLOCK ? n : first + SOFTMAX_BLOCK;
    const vfloat here = HEBB_L(softmax_larger)(top, HEBB_L(softmax_top)(x + first, end - first));
    if (first > 0) {
      const vfloat scale = vf_exp(top - here);
      for (int k = 0; k < 2; k++) sums[k] *= scale;
    }
    top = here;
    int64_t i = first;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      // The next block, which is read for its largest element first.
      for (int b = 0; b < 2 * HEBB_BYTES; b += 64) __builtin_prefetch((const char *)(x + i + SOFTMAX_BLOCK) + b, 0, 3);
      for (int k = 0; k < 2; k++) sums[k] += vf_exp_difference(vf_load(x + i + k * LANES), top);
    }
    for (; i < end; i += LANES) {
      const int64_t rest = end - i < LANES ? end - i : LANES;
      vint lane;
      for (int l = 0; l < LANES; l++) lane[l] = l;
      const vfloat v = rest == LANES ? vf_load(x + i) : vf_load_part(x + i, rest);
      sums[0] += vf_select(lane < (int32_t)rest, vf_exp_difference(v, top), vf_splat(0));
    }
    first = end;
  }
  *largest = top;
  return vf_log(HEBB_L(softmax_sum)(sums[0] + sums[1]));
}

/// The logarithm of the sum of exponentials of each row, less a number; infinite if the largest element is.
static void HEBB_L(log_sum_exp_floats)(const float *x, const float *less, float *y, int64_t rows, int64_t n) {
  vint lane;
  for (int l = 0; l < LANES; l++) lane[l] = l;
  for (int64_t r = 0; r < rows; r++, x += n) {
    vfloat largest, last;
    if (n < LANES) {
      const vint used = lane < (int32_t)n;
      const vfloat v = vf_select(used, vf_load_part(x, n), vf_splat(-INFINITY));
      largest = HEBB_L(softmax_larger)(HEBB_L(softmax_largest)(v), vf_splat(-3.402823466e38f));
      const vfloat e = vf_select(used, vf_exp(v - largest), vf_splat(0));
      last = vf_log(HEBB_L(softmax_sum)(e));
    } else {
      last = HEBB_L(softmax_log_sum)(x, n, &largest);
    }
    // Infinity less itself is no number, neither is a sum that has one.
    bool has_nan = false;
    if (largest[0] == INFINITY)
      for (int64_t i = 0; i < n; i++) has_nan |= x[i] != x[i];
    const float b = less ? less[r] : 0;
    y[r] = largest[0] == INFINITY && !has_nan ? INFINITY - b : largest[0] - b + last[0];
  }
}

/// Long rows of logarithms: memory is read once, and results may go past the caches.
static void HEBB_L(softmax_log_row)(const float *x, float *y, int64_t n, bool streams) {
  vfloat largest;
  const vfloat last = HEBB_L(softmax_log_sum)(x, n, &largest);
  int64_t i = 0;
  if (streams) {
    i = (int64_t)(-(uintptr_t)y & (HEBB_BYTES - 1)) / 4;
    vf_store_part(y, vf_load_part(x, i) - largest - last, i);
    for (; i + LANES <= n; i += LANES) v_stream(y + i, (vlong)(vf_load(x + i) - largest - last));
  }
  for (; i + LANES <= n; i += LANES) vf_store(y + i, vf_load(x + i) - largest - last);
  if (i < n) vf_store_part(y + i, vf_load_part(x + i, n - i) - largest - last, n - i);
}

static void HEBB_L(softmax_floats)(const float *x, float *y, int64_t rows, int64_t n,
                                   bool logarithm, bool streams) {
  if (n < LANES) {
    HEBB_L(softmax_short)(x, y, rows, n, logarithm);
  } else if (streams && n <= STREAMED_ROW && n % 64 == 0 && ((uintptr_t)y & 63) == 0) {
    HEBB_L(softmax_streamed)(x, y, rows, n, logarithm);
  } else if (logarithm && n >= 2 * SOFTMAX_BLOCK) {
    for (int64_t r = 0; r < rows; r++) HEBB_L(softmax_log_row)(x + r * n, y + r * n, n, streams);
    if (streams) hebb_end_streams();
  } else {
    for (int64_t r = 0; r < rows; r++) HEBB_L(softmax_row)(x + r * n, y + r * n, n, logarithm);
  }
}

#undef LANES
#undef HALF_TURN_16
#undef HALF_TURN_8
#undef HALF_TURN_4
#undef HALF_TURN_2
