// Template of loops_layer_norm.c, included once for each vector level by loops_levels.h.
#include "vector_math.h"

#define LANES HEBB_LANES_32
#define L(name) HEBB_L(layer_norm_##name)

HEBB_INLINE double L(sum)(vfloat v) {
  float lanes[LANES];
  vf_store(lanes, v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

HEBB_INLINE float L(mean)(const float *x, int64_t n) {
  double total = 0;
  for (int64_t first = 0; first < n; first += LAYER_NORM_STRETCH) {
    const int64_t end = hebb_smaller(n, first + LAYER_NORM_STRETCH);
    vfloat s[4] = {vf_splat(0), vf_splat(0), vf_splat(0), vf_splat(0)};
    int64_t i = first;
    for (; i + 4 * LANES <= end; i += 4 * LANES)
      for (int k = 0; k < 4; k++) s[k] += vf_load(x + i + k * LANES);
    for (; i + LANES <= end; i += LANES) s[0] += vf_load(x + i);
    total += L(sum)((s[0] + s[1]) + (s[2] + s[3]));
    for (; i < end; i++) total += x[i];
  }
  return (float)(total / (double)n);
}

HEBB_INLINE float L(slope)(double squares, int64_t n, double epsilon) {
  return (float)(1 / sqrt(squares / (double)n + epsilon));
}

/// Half of a later row is asked for meanwhile, the other half with the results, so that memory reads and writes at
/// once.
HEBB_INLINE double L(squares)(const float *x, int64_t n, float mean, const float *later) {
  const vfloat middle = vf_splat(mean);
  double total = 0;
  for (int64_t first = 0; first < n; first += LAYER_NORM_STRETCH) {
    const int64_t end = hebb_smaller(n, first + LAYER_NORM_STRETCH);
    vfloat s[4] = {vf_splat(0), vf_splat(0), vf_splat(0), vf_splat(0)};
    int64_t i = first;
    for (; i + 4 * LANES <= end; i += 4 * LANES) {
      for (int k = 0; k < 4; k++) {
        const vfloat d = vf_load(x + i + k * LANES) - middle;
        s[k] += d * d;
      }
      for (int b = 0; b < 2 * HEBB_BYTES; b += 64) __builtin_prefetch((const char *)(later + i / 2) + b, 0, 3);
    }
    for (; i + LANES <= end; i += LANES) {
      const vfloat d = vf_load(x + i) - middle;
      s[0] += d * d;
    }
    total += L(sum)((s[0] + s[1]) + (s[2] + s[3]));
    for (; i < end; i++) total += (x[i] - mean) * (x[i] - mean);
  }
  return total;
}

static void L(floats)(const float *x, const float *scale, const float *shift, float *y, int64_t rows, int64_t n,
                      double epsilon, bool may_stream) {
  const bool streams = may_stream && n % LANES == 0 && ((uintptr_t)y & (HEBB_BYTES - 1)) == 0;
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    const float *later = r + 2 < rows ? x + 2 * n : x;
    const float mean = L(mean)(x, n);
    const float slope = L(slope)(L(squares)(x, n, mean, later), n, epsilon);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      if (i * 4 % 128 == 0) __builtin_prefetch(later + n / 2 + i / 2, 0, 3);
      const vfloat part = (vf_load(x + i) - mean) * slope;
      const vfloat result = part * vf_load(scale + i) + vf_load(shift + i);
      if (streams) v_stream(y + i, (vlong)result);
      else vf_store(y + i, result);
    }
    for (; i < n; i++) y[i] = (x[i] - mean) * slope * scale[i] + shift[i];
  }
  if (streams) hebb_end_streams();
}

/// What a row's gradient needs of the deviations d and g = dy scale.
typedef struct {
  double squares, total, product;  // sums of d d, g, g d
} L(row_sums);

HEBB_INLINE L(row_sums) L(sums_of_row)(const float *dy, const float *x, const float *scale, int64_t n, float mean) {
  L(row_sums) sums = {0, 0, 0};
  for (int64_t first = 0; first < n; first += LAYER_NORM_STRETCH) {
    const int64_t end = hebb_smaller(n, first + LAYER_NORM_STRETCH);
    vfloat squares[2] = {vf_splat(0), vf_splat(0)}, totals[2] = {vf_splat(0), vf_splat(0)};
    vfloat products[2] = {vf_splat(0), vf_splat(0)};
    int64_t i = first;
    for (; i + 2 * LANES <= end; i += 2 * LANES)
      for (int k = 0; k < 2; k++) {
        const vfloat d = vf_load(x + i + k * LANES) - mean;
        const vfloat g = vf_load(dy + i + k * LANES) * vf_load(scale + i + k * LANES);
        squares[k] += d * d;
        totals[k] += g;
        products[k] += g * d;
      }
    sums.squares += L(sum)(squares[0] + squares[1]);
    sums.total += L(sum)(totals[0] + totals[1]);
    sums.product += L(sum)(products[0] + products[1]);
    for (; i < end; i++) {
      const float d = x[i] - mean, g = dy[i] * scale[i];
      sums.squares += d * d;
      sums.total += g;
      sums.product += g * d;
    }
  }
  return sums;
}

static void L(gradient_floats)(const float *dy, const float *x, const float *scale, float *dx, float *sums,
                               int64_t rows, int64_t n, double epsilon) {
  float *const of_scale = sums, *const of_shift = sums + n;
  for (int64_t r = 0; r < rows; r++, dy += n, x += n, dx += n) {
    const int64_t later = r + 1 < rows ? n : 0;
    const float mean = L(mean)(x, n);
    const L(row_sums) row = L(sums_of_row)(dy, x, scale, n, mean);
    const float slope = L(slope)(row.squares, n, epsilon);
    const float total = (float)(row.total / (double)n), product = (float)(row.product * slope / (double)n);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      __builtin_prefetch(x + later + i, 0, 3);
      __builtin_prefetch(dy + later + i, 0, 3);
      const vfloat h = (vf_load(x + i) - mean) * slope, slopes = vf_load(dy + i);
      vf_store(dx + i, slope * (slopes * vf_load(scale + i) - total - h * product));
      vf_store(of_scale + i, vf_load(of_scale + i) + slopes * h);
      vf_store(of_shift + i, vf_load(of_shift + i) + slopes);
    }
    for (; i < n; i++) {
      const float h = (x[i] - mean) * slope, a = dy[i];
      dx[i] = slope * (a * scale[i] - total - h * product);
      of_scale[i] += a * h;
      of_shift[i] += a;
    }
  }
}

#undef L
#undef LANES
