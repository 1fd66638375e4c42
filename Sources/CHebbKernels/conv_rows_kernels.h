// The loops of conv_rows.c for one vector level. A tile of the result, some output channels by some
// vectors along its rows, stays in registers while all inputs of its window go by.
#include "vector_math.h"

#define LANES HEBB_LANES_32

/// A tile of OCB output channels, R rows and C vectors: every sum in a register of its own.
#define HEBB_TILE(OCB, R, C)                                                                    \
  HEBB_INLINE void HEBB_L(tile_##OCB##_##R##_##C)(const conv_job *j, const float *x,            \
                                                  const float *w, vfloat *sums) {               \
    vfloat sum[OCB][R][C];                                                                      \
    for (int o = 0; o < OCB; o++)                                                               \
      for (int r = 0; r < R; r++)                                                               \
        for (int c = 0; c < C; c++) sum[o][r][c] = vf_splat(0);                                 \
    for (int64_t i = 0; i < j->in; i++) {                                                       \
      for (int64_t u = 0; u < j->kernel_height; u++) {                                          \
        const float *row = x + i * j->plane + u * j->row;                                       \
        for (int64_t v = 0; v < j->kernel_width; v++, w += OCB) {                               \
          vfloat value[R][C];                                                                   \
          for (int r = 0; r < R; r++)                                                           \
            for (int c = 0; c < C; c++) value[r][c] = vf_load(row + r * j->row + v + c * LANES); \
          for (int o = 0; o < OCB; o++) {                                                       \
            const vfloat weight = vf_splat(w[o]);                                               \
            for (int r = 0; r < R; r++)                                                         \
              for (int c = 0; c < C; c++) sum[o][r][c] += weight * value[r][c];                 \
          }                                                                                     \
        }                                                                                       \
      }                                                                                         \
    }                                                                                           \
    for (int o = 0; o < OCB; o++)                                                               \
      for (int r = 0; r < R; r++)                                                               \
        for (int c = 0; c < C; c++) sums[(o * R + r) * C + c] = sum[o][r][c];                   \
  }

#pragma clang fp contract(fast)
HEBB_TILE(4, 1, 1)
HEBB_TILE(4, 2, 1)
HEBB_TILE(4, 1, 2)
HEBB_TILE(4, 2, 2)
HEBB_TILE(6, 1, 1)
HEBB_TILE(6, 2, 1)
HEBB_TILE(6, 1, 2)
HEBB_TILE(6, 2, 2)
HEBB_TILE(8, 1, 1)
HEBB_TILE(8, 2, 1)
HEBB_TILE(8, 1, 2)

/// Adds the bias, applies the activation and stores what lies inside of the image.
HEBB_INLINE void HEBB_L(finish_tile)(const conv_job *j, const vfloat *sums, int64_t image,
                                     int64_t channel, int64_t y, int64_t x, int rows, int columns) {
  for (int64_t o = 0; o < j->block && channel + o < j->out; o++) {
    const vfloat bias = vf_splat(j->bias ? j->bias[channel + o] : 0);
    for (int r = 0; r < rows; r++) {
      float *line = j->y + ((image * j->out + channel + o) * j->out_height + y + r) * j->out_width;
      for (int c = 0; c < columns; c++) {
        const int64_t first = x + c * LANES;
        if (first >= j->out_width) break;
        vfloat value = sums[(o * rows + r) * columns + c] + bias;
        value = vf_activate(value, j->activation);
        if (first + LANES <= j->out_width) {
          vf_store(line + first, value);
        } else {
          vf_store_part(line + first, value, j->out_width - first);
        }
      }
    }
  }
}

#define HEBB_SWEEP(OCB, R, C)                                                                \
  {                                                                                          \
    vfloat sums[OCB * R * C];                                                                \
    HEBB_L(tile_##OCB##_##R##_##C)(j, packed + y * j->row + x, w, sums);                     \
    HEBB_L(finish_tile)(j, sums, image, channel, y, x, R, C);                                \
  }

/// All results of one image.
static void HEBB_L(conv_image)(const conv_job *j, const float *packed, int64_t image) {
  const int64_t weights = j->in * j->kernel_height * j->kernel_width * j->block;
  for (int64_t channel = 0; channel < j->out; channel += j->block) {
    const float *w = j->packed_weight + channel / j->block * weights;
    for (int64_t x = 0; x < j->out_width;) {
      const int64_t rest = j->out_width - x;
      const int wide = rest > LANES ? 2 : 1;
      for (int64_t y = 0; y < j->out_height;) {
        const int tall = y + 1 < j->out_height && !(j->block == 8 && wide == 2) ? 2 : 1;
        switch (j->block * 100 + tall * 10 + wide) {
          case 411: HEBB_SWEEP(4, 1, 1) break;
          case 421: HEBB_SWEEP(4, 2, 1) break;
          case 412: HEBB_SWEEP(4, 1, 2) break;
          case 422: HEBB_SWEEP(4, 2, 2) break;
          case 611: HEBB_SWEEP(6, 1, 1) break;
          case 621: HEBB_SWEEP(6, 2, 1) break;
          case 612: HEBB_SWEEP(6, 1, 2) break;
          case 622: HEBB_SWEEP(6, 2, 2) break;
          case 811: HEBB_SWEEP(8, 1, 1) break;
          case 821: HEBB_SWEEP(8, 2, 1) break;
          default: HEBB_SWEEP(8, 1, 2) break;
        }
        y += tall;
      }
      x += wide * LANES;
    }
  }
}

/// Sums of products of OCB output channels with KX neighbouring columns of one row of the window, over
/// all rows of one image; the lanes are added at the very end.
#define HEBB_WEIGHT_TILE(OCB, KX)                                                               \
  HEBB_INLINE void HEBB_L(weight_tile_##OCB##_##KX)(const conv_job *j, const float *x,           \
                                                    const float *dy, float *sums) {              \
    vfloat sum[OCB][KX];                                                                        \
    for (int o = 0; o < OCB; o++)                                                               \
      for (int v = 0; v < KX; v++) sum[o][v] = vf_load(sums + (o * KX + v) * LANES);            \
    for (int64_t y = 0; y < j->out_height; y++) {                                               \
      for (int64_t c = 0; c < j->dy_row; c += LANES) {                                          \
        vfloat slope[OCB];                                                                      \
        for (int o = 0; o < OCB; o++)                                                           \
          slope[o] = vf_load(dy + o * j->dy_plane + y * j->dy_row + c);                         \
        for (int v = 0; v < KX; v++) {                                                          \
          const vfloat value = vf_load(x + y * j->row + c + v);                                 \
          for (int o = 0; o < OCB; o++) sum[o][v] += slope[o] * value;                          \
        }                                                                                       \
      }                                                                                         \
    }                                                                                           \
    for (int o = 0; o < OCB; o++)                                                               \
      for (int v = 0; v < KX; v++) vf_store(sums + (o * KX + v) * LANES, sum[o][v]);            \
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

/// Adds the products of one image to the sums [block][in][kernel row][chunk of columns].
static void HEBB_L(weight_image)(const conv_job *j, const float *x, const float *dy, float *sums) {
  for (int64_t channel = 0; channel < j->out; channel += j->block) {
    for (int64_t i = 0; i < j->in; i++) {
      for (int64_t u = 0; u < j->kernel_height; u++) {
        for (int64_t v = 0; v < j->kernel_width; v += 5) {
          const int64_t columns = hebb_smaller(5, j->kernel_width - v);
          const float *window = x + i * j->plane + u * j->row + v;
          const float *slope = dy + channel * j->dy_plane;
          switch (j->block * 10 + columns) {
            case 31: HEBB_L(weight_tile_3_1)(j, window, slope, sums); break;
            case 32: HEBB_L(weight_tile_3_2)(j, window, slope, sums); break;
            case 33: HEBB_L(weight_tile_3_3)(j, window, slope, sums); break;
            case 34: HEBB_L(weight_tile_3_4)(j, window, slope, sums); break;
            case 35: HEBB_L(weight_tile_3_5)(j, window, slope, sums); break;
            case 41: HEBB_L(weight_tile_4_1)(j, window, slope, sums); break;
            case 42: HEBB_L(weight_tile_4_2)(j, window, slope, sums); break;
            case 43: HEBB_L(weight_tile_4_3)(j, window, slope, sums); break;
            case 44: HEBB_L(weight_tile_4_4)(j, window, slope, sums); break;
            default: HEBB_L(weight_tile_4_5)(j, window, slope, sums); break;
          }
          sums += j->block * columns * LANES;
        }
      }
    }
  }
}

#undef HEBB_TILE
#undef HEBB_SWEEP
#undef HEBB_WEIGHT_TILE
#undef LANES
