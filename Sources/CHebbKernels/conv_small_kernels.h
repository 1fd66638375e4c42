// Template of conv_small.c, included once for each vector level by loops_levels.h.
#include "loops_transpose.h"
#include "vector_math.h"

#define LANES HEBB_LANES_32

// Register blocks: accumulators, what is multiplied, and one to spare fit into 32 or 16 registers.
#if HEBB_LEVEL == 3
#define FORWARD_VECTORS 4
#define TAP_ACCUMULATORS 27
#define PAIR_OUTS 4
#else
#define FORWARD_VECTORS 2
#define TAP_ACCUMULATORS 12
#define PAIR_OUTS 2
#endif

// MARK: Input planes

/// Copies one image's planes into planes with a border of zeros. Rows are written upwards with whole
/// vectors: what lands behind a row is zeroed or overwritten.
static void HEBB_L(conv_pad)(const conv_plan *plan, const float *x, const float *x_end, float *to) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t used = hebb_smaller(c->width, c->out_width + c->kernel_width - 1 - c->pad_left);
  const int64_t rows = hebb_smaller(c->height, plan->padded_rows - c->pad_top);
  for (int64_t k = 0; k < c->channels; k++) {
    const float *from = x + k * c->height * c->width;
    float *row = to + k * plan->plane_size + c->pad_top * plan->row_stride + c->pad_left;
    for (int64_t iy = 0; iy < rows; iy++, from += c->width, row += plan->row_stride) {
      for (int64_t i = 0; i < used; i += LANES) {
        const int64_t left = x_end - (from + i);
        vf_store(row + i, left >= LANES ? vf_load(from + i) : vf_load_part(from + i, left));
      }
      vf_store(row + used, vf_splat(0));
    }
  }
}

/// From padded planes, makes for each kernel column the planes shifted by it and without the border,
/// so that the window's element (k, l) of all outputs is one run: copies[l][channel][row * out_width].
static void HEBB_L(conv_shift)(const conv_plan *plan, const float *padded, float *copies) {
  const hebb_conv_small *c = &plan->conv;
  for (int64_t l = 0; l < c->kernel_width; l++) {
    for (int64_t k = 0; k < c->channels; k++, copies += plan->copy_size) {
      const float *from = padded + k * plan->plane_size + l;
      float *to = copies;
      for (int64_t r = 0; r < plan->padded_rows; r++) {
        for (int64_t i = 0; i < c->out_width; i += LANES) vf_store(to + i, vf_load(from + i));
        from += plan->row_stride;
        to += c->out_width;
      }
    }
  }
}

// MARK: Forward

/// Where a block of outputs comes from and goes to.
typedef struct {
  const float *x;
  int64_t x_step;  // elements from one vector to the next
  const int32_t *offsets;
  int64_t taps;
  const float *w;     // [taps][outs]
  const float *bias;  // of each out, may be null
  float *y;
  int64_t y_plane, y_step;
  int64_t lanes, last_lanes;  // stored of each vector, and of the last
} HEBB_L(conv_block);

/// outs x vectors accumulators over all taps.
HEBB_INLINE void HEBB_L(conv_forward_block)(const HEBB_L(conv_block) *b, const int outs,
                                            const int vectors) {
  vfloat sums[6][FORWARD_VECTORS];
#pragma clang loop unroll(full)
  for (int o = 0; o < outs; o++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[o][v] = vf_splat(b->bias ? b->bias[o] : 0);
  }
  const float *w = b->w;
  for (int64_t t = 0; t < b->taps; t++, w += outs) {
    const float *x = b->x + b->offsets[t];
    vfloat xs[FORWARD_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) xs[v] = vf_load(x + v * b->x_step);
#pragma clang loop unroll(full)
    for (int o = 0; o < outs; o++) {
      const vfloat factor = vf_splat(w[o]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[o][v] += factor * xs[v];
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < outs; o++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *y = b->y + o * b->y_plane + v * b->y_step;
      const int64_t lanes = v == vectors - 1 ? b->last_lanes : b->lanes;
      if (lanes == LANES) {
        vf_store(y, sums[o][v]);
      } else {
        vf_store_part(y, sums[o][v], lanes);
      }
    }
  }
}

#define FORWARD_BLOCK(outs, vectors)                                                  \
  static void HEBB_L(conv_forward_##outs##x##vectors)(const HEBB_L(conv_block) * b) { \
    HEBB_L(conv_forward_block)(b, outs, vectors);                                     \
  }
#define FORWARD_BLOCKS(vectors) \
  FORWARD_BLOCK(1, vectors)     \
  FORWARD_BLOCK(2, vectors)     \
  FORWARD_BLOCK(3, vectors)     \
  FORWARD_BLOCK(4, vectors)     \
  FORWARD_BLOCK(5, vectors)     \
  FORWARD_BLOCK(6, vectors)
#define FORWARD_ROW(vectors)                                                        \
  {                                                                                 \
    HEBB_L(conv_forward_1x##vectors), HEBB_L(conv_forward_2x##vectors),             \
        HEBB_L(conv_forward_3x##vectors), HEBB_L(conv_forward_4x##vectors),         \
        HEBB_L(conv_forward_5x##vectors), HEBB_L(conv_forward_6x##vectors)          \
  }

FORWARD_BLOCKS(1)
FORWARD_BLOCKS(2)
#if FORWARD_VECTORS == 4
FORWARD_BLOCKS(3)
FORWARD_BLOCKS(4)
#endif

static void (*const HEBB_L(conv_forward_kernels)[FORWARD_VECTORS][6])(const HEBB_L(conv_block) *) =
    {FORWARD_ROW(1), FORWARD_ROW(2),
#if FORWARD_VECTORS == 4
     FORWARD_ROW(3), FORWARD_ROW(4)
#endif
};

#undef FORWARD_BLOCK
#undef FORWARD_BLOCKS
#undef FORWARD_ROW

static void HEBB_L(conv_activate)(float *y, int64_t count, hebb_conv_activation activation) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int64_t left = hebb_smaller(LANES, count - i);
    const vfloat v = left == LANES ? vf_load(y + i) : vf_load_part(y + i, left);
    vfloat z = v;
    switch (activation) {
      case HEBB_CONV_NO_ACTIVATION: break;
      // As in max(v, 0) elsewhere, NaN stays NaN.
      case HEBB_CONV_RELU: z = vf_select(v < 0, vf_splat(0), v); break;
      case HEBB_CONV_SIGMOID: z = vf_sigmoid(v); break;
      case HEBB_CONV_TANH: z = vf_tanh(v); break;
    }
    if (left == LANES) {
      vf_store(y + i, z);
    } else {
      vf_store_part(y + i, z, left);
    }
  }
}

/// One image: `x` is where offsets point into, y the image's planes.
static void HEBB_L(conv_forward_image)(const conv_plan *plan, const float *x, float *y) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t plane = c->out_height * c->out_width, row_taps = c->channels * c->kernel_width;
  HEBB_L(conv_block) b = {.x_step = plan->flat ? LANES : plan->row_stride,
                          .y_plane = plane,
                          .y_step = plan->flat ? LANES : c->out_width,
                          .lanes = plan->flat ? LANES : c->out_width};
  for (int64_t row = 0; row < c->out_height; row += plan->tile_rows) {
    const int64_t rows = hebb_smaller(plan->tile_rows, c->out_height - row);
    const hebb_range ky = conv_kernel_rows(c, row, rows);
    const int64_t taps = (ky.end - ky.begin) * row_taps, skipped = ky.begin * row_taps;
    const int64_t pixels = rows * c->out_width;
    const int64_t vectors = plan->flat ? (pixels + LANES - 1) / LANES : rows;
    const int64_t blocks = (vectors + FORWARD_VECTORS - 1) / FORWARD_VECTORS;
    for (int64_t k = 0; k < blocks; k++) {
      const hebb_range part = hebb_part(vectors, 1, (int)k, (int)blocks);
      const int64_t size = part.end - part.begin, first = part.begin * b.y_step;
      const int64_t count = hebb_smaller(size * b.y_step, pixels - first);
      b.x = x + row * (plan->flat ? c->out_width : plan->row_stride) + part.begin * b.x_step;
      b.offsets = plan->offsets + skipped;
      b.taps = taps;
      b.last_lanes = count - (size - 1) * b.y_step;
      for (int64_t o = 0, outs; o < c->out_channels; o += outs) {
        outs = conv_outs_at(c->out_channels, o);
        b.w = plan->weights + o * plan->taps + skipped * outs;
        b.bias = plan->bias ? plan->bias + o : NULL;
        b.y = y + o * plane + row * c->out_width + first;
        HEBB_L(conv_forward_kernels)[size - 1][outs - 1](&b);
        if (plan->activation == HEBB_CONV_NO_ACTIVATION) continue;
        for (int64_t i = 0; i < outs; i++) {
          HEBB_L(conv_activate)(b.y + i * plane, count, plan->activation);
        }
      }
    }
  }
}

static void HEBB_L(conv_forward_images)(const conv_plan *plan, hebb_range images, float *memory) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t size = c->channels * c->height * c->width;
  const float *x_end = plan->x + c->batch * size;
  float *copies = memory + c->channels * plan->plane_size;
  for (int64_t n = images.begin; n < images.end; n++) {
    HEBB_L(conv_pad)(plan, plan->x + n * size, x_end, memory);
    if (plan->flat) HEBB_L(conv_shift)(plan, memory, copies);
    HEBB_L(conv_forward_image)
    (plan, plan->flat ? copies : memory,
     plan->y + n * c->out_channels * c->out_height * c->out_width);
  }
}

// MARK: Gradient of the weights, vectors along the output channels

/// out[p][LANES] = dy[0 ..< LANES][p]; channels from `outs` on are zero.
static void HEBB_L(conv_turn)(const float *dy, const float *dy_end, int64_t outs, int64_t plane,
                              float *out) {
  typedef HEBB_L(transpose_words_vector) words;
  for (int64_t p = 0; p < plane; p += LANES) {
    words square[LANES];
    for (int o = 0; o < LANES; o++) {
      const float *from = dy + o * plane + p;
      const int64_t left = o < outs ? hebb_smaller(LANES, dy_end - from) : 0;
      square[o] = (words)(left == LANES ? vf_load(from) : vf_load_part(from, left));
    }
    HEBB_L(transpose_square)(square);
    memcpy(out + p * LANES, square, sizeof square);
  }
}

/// sums[r][l][LANES] += sum over outputs of dy[output][LANES] * rows[r][output + l].
HEBB_INLINE void HEBB_L(conv_taps_block)(const hebb_conv_small *c, const float *const *rows,
                                         int64_t row_stride, const float *dy, float *sums,
                                         int64_t skip, const int row_count, const int columns) {
  vfloat s[TAP_ACCUMULATORS];
  const float *x[TAP_ACCUMULATORS];
#pragma clang loop unroll(full)
  for (int k = 0; k < row_count * columns; k++) s[k] = vf_splat(0);
#pragma clang loop unroll(full)
  for (int r = 0; r < row_count; r++) x[r] = rows[r];
  for (int64_t i = 0; i < c->out_height; i++) {
    const int64_t begin = i * row_stride, end = begin + c->out_width;
    for (int64_t at = begin; at < end; at++, dy += LANES) {
      const vfloat g = vf_load(dy);
#pragma clang loop unroll(full)
      for (int r = 0; r < row_count; r++) {
#pragma clang loop unroll(full)
        for (int l = 0; l < columns; l++) s[r * columns + l] += g * vf_splat(x[r][at + l]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < row_count; r++) {
    if (r < skip) continue;
#pragma clang loop unroll(full)
    for (int l = 0; l < columns; l++) {
      float *sum = sums + (r * columns + l) * LANES;
      vf_store(sum, vf_load(sum) + s[r * columns + l]);
    }
  }
}

/// Rows of the kernel that one block holds: at most 8, for their pointers need registers too.
#define TAP_ROWS(columns) (TAP_ACCUMULATORS / (columns) > 8 ? 8 : TAP_ACCUMULATORS / (columns))

#define TAPS_BLOCK(columns)                                                                      \
  static void HEBB_L(conv_taps_##columns)(const hebb_conv_small *c, const float *const *rows,    \
                                          int64_t row_stride, const float *dy, float *sums,      \
                                          int64_t skip) {                                        \
    HEBB_L(conv_taps_block)(c, rows, row_stride, dy, sums, skip, TAP_ROWS(columns), columns);    \
  }
TAPS_BLOCK(1)
TAPS_BLOCK(2)
TAPS_BLOCK(3)
TAPS_BLOCK(4)
TAPS_BLOCK(5)
TAPS_BLOCK(6)
TAPS_BLOCK(7)
#undef TAPS_BLOCK

static void (*const HEBB_L(conv_taps_kernels)[7])(const hebb_conv_small *, const float *const *,
                                                  int64_t, const float *, float *, int64_t) = {
    HEBB_L(conv_taps_1), HEBB_L(conv_taps_2), HEBB_L(conv_taps_3), HEBB_L(conv_taps_4),
    HEBB_L(conv_taps_5), HEBB_L(conv_taps_6), HEBB_L(conv_taps_7)};

/// Adds one image to sums[block of LANES outs][channel, kernel row][kernel column][LANES].
static void HEBB_L(conv_taps_image)(const conv_plan *plan, const float *padded, const float *dy,
                                    const float *dy_end, float *turned, float *sums) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t plane = c->out_height * c->out_width, rows = c->channels * c->kernel_height;
  const int64_t block = TAP_ROWS(c->kernel_width);
  for (int64_t o = 0; o < c->out_channels; o += LANES) {
    HEBB_L(conv_turn)(dy + o * plane, dy_end, c->out_channels - o, plane, turned);
    for (int64_t r = 0; r < rows; r += block) {
      // The last block may begin at rows that an earlier one has done: they are skipped. Where there
      // are not enough rows at all, the last one stands for those missing.
      const int64_t first = hebb_larger(0, hebb_smaller(r, rows - block));
      const float *pointers[8];
      for (int64_t k = 0; k < block; k++) {
        const int64_t row = hebb_smaller(first + k, rows - 1);
        pointers[k] = padded + row / c->kernel_height * plan->plane_size +
                      row % c->kernel_height * plan->row_stride;
      }
      float *to = sums + (o / LANES * plan->sum_rows + first) * c->kernel_width * LANES;
      HEBB_L(conv_taps_kernels)[c->kernel_width - 1](c, pointers, plan->row_stride, turned, to,
                                                      r - first);
    }
  }
}

// MARK: Gradient of the weights, vectors along the outputs

#define PAIR_TAPS 5

/// sums[o][t][LANES] += sum over vectors of outputs of dy[o] * x[offsets[t]].
HEBB_INLINE void HEBB_L(conv_pairs_block)(const float *x, const int32_t *offsets, const float *dy,
                                          int64_t plane, float *sums, int64_t sums_step,
                                          int64_t skip, const int outs) {
  vfloat s[PAIR_OUTS][PAIR_TAPS];
  const float *xs[PAIR_TAPS];
#pragma clang loop unroll(full)
  for (int t = 0; t < PAIR_TAPS; t++) {
    xs[t] = x + offsets[t];
#pragma clang loop unroll(full)
    for (int o = 0; o < outs; o++) s[o][t] = vf_splat(0);
  }
  int64_t i = 0;
  for (; i + LANES <= plane; i += LANES) {
    vfloat g[PAIR_OUTS];
#pragma clang loop unroll(full)
    for (int o = 0; o < outs; o++) g[o] = vf_load(dy + o * plane + i);
#pragma clang loop unroll(full)
    for (int t = 0; t < PAIR_TAPS; t++) {
      const vfloat v = vf_load(xs[t] + i);
#pragma clang loop unroll(full)
      for (int o = 0; o < outs; o++) s[o][t] += g[o] * v;
    }
  }
  if (i < plane) {
#pragma clang loop unroll(full)
    for (int t = 0; t < PAIR_TAPS; t++) {
      const vfloat v = vf_load_part(xs[t] + i, plane - i);
#pragma clang loop unroll(full)
      for (int o = 0; o < outs; o++) s[o][t] += vf_load_part(dy + o * plane + i, plane - i) * v;
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < outs; o++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < PAIR_TAPS; t++) {
      float *sum = sums + o * sums_step + t * LANES;
      if (t >= skip) vf_store(sum, vf_load(sum) + s[o][t]);
    }
  }
}

#define PAIRS_BLOCK(outs)                                                                       \
  static void HEBB_L(conv_pairs_##outs)(const float *x, const int32_t *offsets, const float *dy, \
                                        int64_t plane, float *sums, int64_t sums_step,          \
                                        int64_t skip) {                                         \
    HEBB_L(conv_pairs_block)(x, offsets, dy, plane, sums, sums_step, skip, outs);               \
  }
PAIRS_BLOCK(1)
PAIRS_BLOCK(2)
#if PAIR_OUTS == 4
PAIRS_BLOCK(3)
PAIRS_BLOCK(4)
#endif
#undef PAIRS_BLOCK

static void (*const HEBB_L(conv_pairs_kernels)[PAIR_OUTS])(const float *, const int32_t *,
                                                           const float *, int64_t, float *,
                                                           int64_t, int64_t) = {
    HEBB_L(conv_pairs_1), HEBB_L(conv_pairs_2),
#if PAIR_OUTS == 4
    HEBB_L(conv_pairs_3), HEBB_L(conv_pairs_4)
#endif
};

/// Adds one image to sums[out][tap][LANES], taps in the order of `offsets`.
static void HEBB_L(conv_pairs_image)(const conv_plan *plan, const float *copies, const float *dy,
                                     float *sums) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t plane = c->out_height * c->out_width;
  const int64_t blocks = (c->out_channels + PAIR_OUTS - 1) / PAIR_OUTS;
  for (int64_t k = 0; k < blocks; k++) {
    const hebb_range outs = hebb_part(c->out_channels, 1, (int)k, (int)blocks);
    for (int64_t t = 0; t < plan->taps; t += PAIR_TAPS) {
      const int64_t first = hebb_larger(0, hebb_smaller(t, plan->taps - PAIR_TAPS));
      HEBB_L(conv_pairs_kernels)
      [outs.end - outs.begin - 1](copies, plan->offsets + first, dy + outs.begin * plane, plane,
                                  sums + (outs.begin * plan->sum_rows + first) * LANES,
                                  plan->sum_rows * LANES, t - first);
    }
  }
}

/// sums[o][LANES] += dy[o].
static void HEBB_L(conv_sum_image)(const conv_plan *plan, const float *dy, float *sums) {
  const int64_t plane = plan->conv.out_height * plan->conv.out_width;
  for (int64_t o = 0; o < plan->conv.out_channels; o++, dy += plane, sums += LANES) {
    vfloat s[2] = {vf_load(sums), vf_splat(0)};
    int64_t i = 0;
    for (; i + 2 * LANES <= plane; i += 2 * LANES) {
      s[0] += vf_load(dy + i);
      s[1] += vf_load(dy + i + LANES);
    }
    for (; i + LANES <= plane; i += LANES) s[0] += vf_load(dy + i);
    if (i < plane) s[1] += vf_load_part(dy + i, plane - i);
    vf_store(sums, s[0] + s[1]);
  }
}

/// This thread's images; `memory` as conv_small.c lays it out.
static void HEBB_L(conv_weight_images)(const conv_plan *plan, hebb_range images, float *memory) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t size = c->channels * c->height * c->width;
  const int64_t dy_size = c->out_channels * c->out_height * c->out_width;
  const float *x_end = plan->x + c->batch * size, *dy_end = plan->dy + c->batch * dy_size;
  float *sums = memory + plan->sums, *bias_sums = memory + plan->bias_sums;
  float *extra = memory + c->channels * plan->plane_size;
  for (int64_t n = images.begin; n < images.end; n++) {
    const float *dy = plan->dy + n * dy_size;
    HEBB_L(conv_pad)(plan, plan->x + n * size, x_end, memory);
    if (plan->flat) {
      HEBB_L(conv_shift)(plan, memory, extra);
      HEBB_L(conv_pairs_image)(plan, extra, dy, sums);
    } else {
      HEBB_L(conv_taps_image)(plan, memory, dy, dy_end, extra, sums);
    }
    HEBB_L(conv_sum_image)(plan, dy, bias_sums);
  }
}

#undef LANES
#undef FORWARD_VECTORS
#undef TAP_ACCUMULATORS
#undef TAP_ROWS
#undef PAIR_OUTS
#undef PAIR_TAPS
