// The loops of conv_lanes.c, for 512-bit vectors alone: a vector holds one pixel of sixteen images.
#include "vector_math.h"

#if HEBB_LEVEL == 3
#pragma clang fp contract(fast)

// MARK: Images into lanes and back

/// Sixteen elements of each of sixteen images, transposed: vector j holds element j of every image.
HEBB_INLINE void into_lanes(const float *const *images, int64_t at, vfloat out[16]) {
#pragma clang loop unroll(full)
  for (int g = 0; g < 4; g++) {
    __m512 v[4];
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
      const int64_t from = at + 4 * g;
      v[k] = _mm512_castps128_ps512(_mm_loadu_ps(images[k] + from));
      v[k] = _mm512_mask_broadcast_f32x4(v[k], 0x00f0, _mm_loadu_ps(images[4 + k] + from));
      v[k] = _mm512_mask_broadcast_f32x4(v[k], 0x0f00, _mm_loadu_ps(images[8 + k] + from));
      v[k] = _mm512_mask_broadcast_f32x4(v[k], 0xf000, _mm_loadu_ps(images[12 + k] + from));
    }
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(v[0], v[1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(v[0], v[1]));
    const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(v[2], v[3]));
    const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(v[2], v[3]));
    out[4 * g] = (vfloat)_mm512_unpacklo_pd(a, c);
    out[4 * g + 1] = (vfloat)_mm512_unpackhi_pd(a, c);
    out[4 * g + 2] = (vfloat)_mm512_unpacklo_pd(b, d);
    out[4 * g + 3] = (vfloat)_mm512_unpackhi_pd(b, d);
  }
}

/// Puts `count` elements of each image, from `at` on, where `places` (in vectors) says, or one behind the
/// other without any. Lanes from `lanes` on become zero.
static void pack_run(const float *const *images, int lanes, int64_t at, int64_t count,
                     const int32_t *places, float *to) {
  if (count < 16) {
    for (int64_t e = 0; e < count; e++) {
      float *vector = to + 16 * (places ? places[e] : e);
      for (int n = 0; n < 16; n++) vector[n] = n < lanes ? images[n][at + e] : 0;
    }
    return;
  }
  const __mmask16 mask = (__mmask16)((1u << lanes) - 1);
  for (int64_t e = 0; e < count; e += 16) {
    if (e > count - 16) e = count - 16;  // the last ones once more
    vfloat v[16];
    into_lanes(images, at + e, v);
    if (lanes < 16) {
#pragma clang loop unroll(full)
      for (int k = 0; k < 16; k++) v[k] = (vfloat)_mm512_maskz_mov_ps(mask, (__m512)v[k]);
    }
    if (places) {
#pragma clang loop unroll(full)
      for (int k = 0; k < 16; k++)
        _mm512_store_ps(to + 16 * (int64_t)places[e + k], (__m512)v[k]);
    } else {
#pragma clang loop unroll(full)
      for (int k = 0; k < 16; k++) _mm512_store_ps(to + 16 * (e + k), (__m512)v[k]);
    }
  }
}

/// Four vectors of pixels become, in each 128-bit lane, four images of those pixels.
HEBB_INLINE void four_images(const float *from, __m512 out[4]) {
  const __m512 p = _mm512_load_ps(from), q = _mm512_load_ps(from + 16);
  const __m512 r = _mm512_load_ps(from + 32), s = _mm512_load_ps(from + 48);
  const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(p, q));
  const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(p, q));
  const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r, s));
  const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(r, s));
  out[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
  out[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
  out[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
  out[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
}

/// Stores lane `l` of `groups` vectors, one behind the other.
#define HEBB_STORE_LANES(l, groups)                                       \
  _Pragma("clang loop unroll(full)") for (int g = 0; g < (groups); g++)   \
      _mm_storeu_ps(images[4 * (l) + k] + at + e + 4 * g, _mm512_extractf32x4_ps(v[g][k], l))

/// The way back: `count` vectors that lie one behind the other go to `at` of each image.
static void unpack_run(const float *from, int64_t count, float *const *images, int lanes, int64_t at) {
  int64_t e = 0;
  for (; lanes == 16 && e + 4 <= count;) {
    const int groups = e + 16 <= count ? 4 : 1;
    __m512 v[4][4];
    if (groups == 4) {
#pragma clang loop unroll(full)
      for (int g = 0; g < 4; g++) four_images(from + 64 * g, v[g]);
      // Image after image: whole lines at a time.
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++) {
        HEBB_STORE_LANES(0, 4);
        HEBB_STORE_LANES(1, 4);
        HEBB_STORE_LANES(2, 4);
        HEBB_STORE_LANES(3, 4);
      }
    } else {
      four_images(from, v[0]);
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++) {
        HEBB_STORE_LANES(0, 1);
        HEBB_STORE_LANES(1, 1);
        HEBB_STORE_LANES(2, 1);
        HEBB_STORE_LANES(3, 1);
      }
    }
    e += 4 * groups;
    from += 64 * groups;
  }
  for (; e < count; e++, from += 16)
    for (int n = 0; n < lanes; n++) images[n][at + e] = from[n];
}

// MARK: Results

/// A tile of F filters and P neighbouring pixels: every sum in a register of its own while the taps of all
/// channels go by. `x` is the first tap of the first pixel in the first channel.
#define HEBB_TILE(F, P)                                                                            \
  static void tile_##F##_##P(const lanes_job *j, const float *x, const float *w, int64_t rows,     \
                             int64_t columns, const float *bias, float *y) {                       \
    vfloat sum[F][P];                                                                              \
    for (int f = 0; f < F; f++)                                                                    \
      for (int p = 0; p < P; p++) sum[f][p] = vf_splat(bias[f]);                                   \
    for (int64_t i = 0; i < j->in; i++) {                                                          \
      const float *row = x + i * j->plane, *weights = w + i * j->taps * F;                         \
      for (int64_t u = 0; u < rows; u++, row += j->row, weights += j->kernel_width * F) {          \
        for (int64_t v = 0; v < columns; v++) {                                                    \
          const float *pixel = row + 16 * v, *weight = weights + v * F;                            \
          vfloat value[P];                                                                         \
          for (int p = 0; p < P; p++) value[p] = (vfloat)_mm512_load_ps(pixel + 16 * p);         \
          for (int f = 0; f < F; f++) {                                                            \
            const vfloat factor = vf_splat(weight[f]);                                             \
            for (int p = 0; p < P; p++) sum[f][p] += factor * value[p];                            \
          }                                                                                        \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
    for (int f = 0; f < F; f++)                                                                    \
      for (int p = 0; p < P; p++)                                                                  \
        vf_store(y + f * j->y_plane + 16 * p, vf_activate(sum[f][p], j->activation));                 \
  }

HEBB_TILE(4, 1)
HEBB_TILE(4, 2)
HEBB_TILE(4, 3)
HEBB_TILE(4, 4)
HEBB_TILE(4, 5)
HEBB_TILE(4, 6)
HEBB_TILE(6, 1)
HEBB_TILE(6, 2)
HEBB_TILE(6, 3)
HEBB_TILE(6, 4)
HEBB_TILE(8, 1)
HEBB_TILE(8, 2)
HEBB_TILE(8, 3)

typedef void (*tile_function)(const lanes_job *, const float *, const float *, int64_t, int64_t,
                              const float *, float *);
static const tile_function tiles_4[] = {tile_4_1, tile_4_2, tile_4_3, tile_4_4, tile_4_5, tile_4_6};
static const tile_function tiles_6[] = {tile_6_1, tile_6_2, tile_6_3, tile_6_4};
static const tile_function tiles_8[] = {tile_8_1, tile_8_2, tile_8_3};

/// Computes rows `band` of the result from rows of x that begin at `first_row` in `x`, into `y`.
static void forward_band(const lanes_job *j, const float *x, int64_t first_row, hebb_range band,
                         float *y) {
  const tile_function *tiles = j->block == 8 ? tiles_8 : j->block == 6 ? tiles_6 : tiles_4;
  const int64_t filter_weights = j->in * j->taps * j->block;
  for (int64_t oy = band.begin; oy < band.end; oy++) {
    const hebb_range u = lanes_taps(oy - j->pad_top, j->kernel_height, j->height);
    const int64_t top = oy - j->pad_top + u.begin - first_row;
    for (int64_t t = 0; t < j->tiles; t++) {
      const hebb_range columns = hebb_part(j->out_width, 1, (int)t, (int)j->tiles);
      const int64_t pixels = columns.end - columns.begin;
      const int64_t left = columns.begin - j->pad_left;
      // The taps that any pixel of the tile has inside of the image.
      const hebb_range first = lanes_taps(left, j->kernel_width, j->width);
      const hebb_range last =
          lanes_taps(left + pixels - 1, j->kernel_width, j->width);
      const hebb_range v = {hebb_smaller(first.begin, last.begin), hebb_larger(first.end, last.end)};
      const float *corner = x + top * j->row + 16 * (left + j->pad_left + v.begin);
      float *to = y + 16 * ((oy - band.begin) * j->out_width + columns.begin);
      const float *w = j->weight + (u.begin * j->kernel_width + v.begin) * j->block;
      for (int64_t f = 0; f < j->out; f += j->block, w += filter_weights) {
        tiles[pixels - 1](j, corner, w, u.end - u.begin, v.end - v.begin, j->bias + f,
                          to + f * j->y_plane);
      }
    }
  }
}

// MARK: Weight gradients

/// Sums of products of F filters with K neighbouring columns of the window, over rows of the result; lanes
/// are added at the very end.
#define HEBB_WEIGHT_TILE(F, K)                                                                    \
  static void weight_tile_##F##_##K(const lanes_job *j, const float *x, const float *dy,          \
                                    int64_t rows, float *sums) {                                  \
    vfloat sum[F][K];                                                                             \
    for (int f = 0; f < F; f++)                                                                   \
      for (int v = 0; v < K; v++) sum[f][v] = vf_load(sums + (f * K + v) * 16);                   \
    const int64_t plane = j->y_plane;                                    \
    for (int64_t r = 0; r < rows; r++, x += j->row) {                               \
      const float *pixel = x;                                                                     \
      for (int64_t c = 0; c < j->out_width; c++, pixel += 16, dy += 16) {                       \
        vfloat slope[F];                                                                          \
        for (int f = 0; f < F; f++) slope[f] = (vfloat)_mm512_load_ps(dy + f * plane);            \
        for (int v = 0; v < K; v++) {                                                             \
          const vfloat value = (vfloat)_mm512_load_ps(pixel + 16 * v);                            \
          for (int f = 0; f < F; f++) sum[f][v] += slope[f] * value;                              \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
    for (int f = 0; f < F; f++)                                                                   \
      for (int v = 0; v < K; v++) vf_store(sums + (f * K + v) * 16, sum[f][v]);                   \
  }

HEBB_WEIGHT_TILE(3, 1)
HEBB_WEIGHT_TILE(3, 2)
HEBB_WEIGHT_TILE(3, 3)
HEBB_WEIGHT_TILE(3, 4)
HEBB_WEIGHT_TILE(3, 5)
HEBB_WEIGHT_TILE(4, 1)
HEBB_WEIGHT_TILE(4, 2)
HEBB_WEIGHT_TILE(4, 3)
HEBB_WEIGHT_TILE(4, 4)
HEBB_WEIGHT_TILE(4, 5)
HEBB_WEIGHT_TILE(8, 1)
HEBB_WEIGHT_TILE(8, 2)
HEBB_WEIGHT_TILE(8, 3)

typedef void (*weight_tile_function)(const lanes_job *, const float *, const float *, int64_t, float *);
static const weight_tile_function weight_tiles_3[] = {weight_tile_3_1, weight_tile_3_2, weight_tile_3_3,
                                                      weight_tile_3_4, weight_tile_3_5};
static const weight_tile_function weight_tiles_4[] = {weight_tile_4_1, weight_tile_4_2, weight_tile_4_3,
                                                      weight_tile_4_4, weight_tile_4_5};
static const weight_tile_function weight_tiles_8[] = {weight_tile_8_1, weight_tile_8_2, weight_tile_8_3};

/// The lanes of the same vector of each thread, added in thread order.
static float sum_of_lanes(const float *vector, int64_t each, int count) {
  __m512 sum = _mm512_load_ps(vector);
  for (int t = 1; t < count; t++) sum = _mm512_add_ps(sum, _mm512_load_ps(vector + t * each));
  return _mm512_reduce_add_ps(sum);
}

/// Adds the products of rows `band` of dy to the sums [block][in][kernel row][chunk of columns].
static void weight_band(const lanes_job *j, const float *x, int64_t first_row, hebb_range band,
                        const float *dy, float *sums) {
  const weight_tile_function *tiles =
      j->block == 8 ? weight_tiles_8 : j->block == 4 ? weight_tiles_4 : weight_tiles_3;
  const int64_t block_sums = j->in * j->taps * j->block * 16;
  for (int64_t f = 0; f < j->out; f += j->block, sums += block_sums) {
    // So few rows at a time that those of dy stay in the nearest cache.
    for (int64_t begin = band.begin; begin < band.end; begin += j->near_rows) {
      const int64_t end = hebb_smaller(band.end, begin + j->near_rows);
      float *sum = sums;
      for (int64_t i = 0; i < j->in; i++) {
        for (int64_t u = 0; u < j->kernel_height; u++) {
          // The rows whose tap u lies inside of the image.
          int64_t low = begin, high = end;
          while (low < high && low - j->pad_top + u < 0) low++;
          while (low < high && (high - 1) - j->pad_top + u >= j->height) high--;
          const float *window =
              x + i * j->plane + (low - j->pad_top + u - first_row) * j->row;
          const float *slope = dy + f * j->y_plane + (low - band.begin) * j->out_width * 16;
          for (int64_t v = 0; v < j->kernel_width; v += j->columns) {
            const int64_t columns = hebb_smaller(j->columns, j->kernel_width - v);
            if (low < high) tiles[columns - 1](j, window + 16 * v, slope, high - low, sum);
            sum += j->block * columns * 16;
          }
        }
      }
    }
  }
}

#undef HEBB_STORE_LANES
#undef HEBB_TILE
#undef HEBB_WEIGHT_TILE
#endif
