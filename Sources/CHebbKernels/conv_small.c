// Direct convolutions for few channels. Each image's planes are copied into planes with a border of
// zeros; loops in registers (conv_small_kernels.h) then need no case for the border.
#include "hebb_conv_small.h"

#include "loops_support.h"
#include "loops_vectors.h"

/// What a run needs to know, the same for all threads.
typedef struct {
  hebb_conv_small conv;  // as the loops see it: for the gradient of the input, x is dy
  const float *x, *dy, *bias;
  float *y;
  hebb_conv_activation activation;

  /// Kernel elements over all input channels, in the order of `offsets`, which give their places in
  /// the copies of an image: (kernel row, channel, kernel column) forwards, as in the weights for
  /// their gradient.
  int64_t taps;
  int32_t *offsets;
  float *weights;  // blocks of up to 6 output channels: [taps][outs of the block]

  /// Whether loops run over shifted copies, in which all outputs are one run (see conv_shift), or
  /// over the padded planes, row by row.
  bool flat;
  int64_t tile_rows;    // output rows that one block of registers may mix
  int64_t padded_rows;  // of a padded plane
  int64_t row_stride, plane_size, copy_size;
  int64_t sum_rows, sums, bias_sums;  // gradient of the weights: see weight_plan
  int64_t memory_size;                // floats for each thread
} conv_plan;

/// Kernel rows that touch the image somewhere in output rows `row` ..< `row` + `rows`.
static hebb_range conv_kernel_rows(const hebb_conv_small *c, int64_t row, int64_t rows) {
  const hebb_range range = {
      hebb_larger(0, c->pad_top - (row + rows - 1)),
      hebb_larger(0, hebb_smaller(c->kernel_height, c->height + c->pad_top - row))};
  return range;
}

/// Output channels are cut into the fewest blocks of at most 6, as equal as can be: the size of the
/// one that begins at `first`.
static int64_t conv_outs_at(int64_t outs, int64_t first) {
  const int64_t blocks = (outs + 5) / 6;
  for (int k = 0; k < blocks; k++) {
    const hebb_range part = hebb_part(outs, 1, k, (int)blocks);
    if (part.begin == first) return part.end - part.begin;
  }
  return 1;
}

#define HEBB_TEMPLATE "conv_small_kernels.h"
#include "loops_levels.h"

/// The widest vector of any level, in floats: room for one that is stored behind the last element.
#define SLACK 16

static int64_t rounded(int64_t n) { return (n + SLACK - 1) / SLACK * SLACK; }

static int64_t lanes_here(void) {
  const int level = hebb_vector_level();
  return level >= 3 ? 16 : level == 2 ? 8 : 4;
}

// MARK: Plans

/// Layouts of the copies of one image.
static void lay_out(conv_plan *plan) {
  const hebb_conv_small *c = &plan->conv;
  plan->padded_rows = c->out_height + c->kernel_height - 1;
  plan->row_stride = c->out_width + c->kernel_width - 1;
  plan->plane_size = rounded(plan->padded_rows * plan->row_stride + 2 * SLACK);
  plan->copy_size = rounded(plan->padded_rows * c->out_width + 2 * SLACK);
  plan->taps = c->channels * c->kernel_height * c->kernel_width;
}

/// Multiplications of vectors for one image in tiles of `tile_rows`, with what loops over one vector
/// at a time lose.
static double forward_cost(const hebb_conv_small *c, bool flat, int64_t tile_rows, int64_t lanes) {
  double cost = 0;
  for (int64_t row = 0; row < c->out_height; row += tile_rows) {
    const int64_t rows = hebb_smaller(tile_rows, c->out_height - row);
    const hebb_range ky = conv_kernel_rows(c, row, rows);
    const int64_t vectors = flat ? (rows * c->out_width + lanes - 1) / lanes : rows;
    const double loss = vectors == 1 ? 1.5 : vectors == 2 ? 1.1 : 1;
    cost += (double)(hebb_larger(0, ky.end - ky.begin) * vectors) * loss;
  }
  cost *= (double)(c->kernel_width * c->channels * c->out_channels);
  if (flat) {
    const int64_t vectors = (c->out_width + lanes - 1) / lanes;
    cost += (double)(2 * c->kernel_width * c->channels * vectors *
                     (c->out_height + c->kernel_height - 1));
  }
  return cost;
}

static conv_plan forward_plan(const hebb_conv_small *conv) {
  conv_plan plan = {.conv = *conv, .flat = true, .tile_rows = conv->out_height};
  const int64_t lanes = lanes_here();
  lay_out(&plan);
  double best = forward_cost(conv, true, conv->out_height, lanes);
  for (int flat = 0; flat < 2; flat++) {
    if (!flat && conv->out_width > lanes) continue;
    for (int64_t rows = 1; rows <= hebb_smaller(8, conv->out_height); rows++) {
      const double cost = forward_cost(conv, flat, rows, lanes);
      if (cost >= best) continue;
      best = cost;
      plan.flat = flat;
      plan.tile_rows = rows;
    }
  }
  plan.memory_size = conv->channels * plan.plane_size;
  if (plan.flat) plan.memory_size += conv->kernel_width * conv->channels * plan.copy_size;
  return plan;
}

/// Behind the copies of an image lie sums, of whole vectors: where vectors run along the outputs
/// (flat), [out][tap]; where they run along the output channels, dy in that order and sums
/// [block of outs][channel, kernel row][kernel column]. Then the sums of dy for the bias.
static conv_plan weight_plan(const hebb_conv_small *conv) {
  conv_plan plan = {.conv = *conv};
  const int64_t lanes = lanes_here();
  lay_out(&plan);
  const int64_t plane = conv->out_height * conv->out_width;
  const int64_t blocks = (conv->out_channels + lanes - 1) / lanes;
  const double across = (double)(plan.taps * plane * blocks);
  // Sums of vectors of outputs are loaded and stored once for each image.
  const double along =
      (double)(plan.taps * conv->out_channels) * ((double)((plane + lanes - 1) / lanes) + 4);
  plan.flat = along < across;
  int64_t size = conv->channels * plan.plane_size;
  if (plan.flat) {
    size += conv->kernel_width * conv->channels * plan.copy_size;
    plan.sums = size;
    plan.sum_rows = hebb_larger(plan.taps, 8);
    size += conv->out_channels * plan.sum_rows * lanes;
  } else {
    size += rounded((plane + SLACK) * lanes);
    plan.sums = size;
    plan.sum_rows = hebb_larger(conv->channels * conv->kernel_height, 8);
    size += blocks * plan.sum_rows * conv->kernel_width * lanes;
  }
  plan.bias_sums = size;
  plan.memory_size = rounded(size + conv->out_channels * lanes);
  return plan;
}

/// The gradient of the input is the convolution of dy with the weights turned around.
static hebb_conv_small turned_around(const hebb_conv_small *c) {
  const hebb_conv_small turned = {.batch = c->batch,
                                  .channels = c->out_channels,
                                  .height = c->out_height,
                                  .width = c->out_width,
                                  .out_channels = c->channels,
                                  .out_height = c->height,
                                  .out_width = c->width,
                                  .kernel_height = c->kernel_height,
                                  .kernel_width = c->kernel_width,
                                  .pad_top = c->kernel_height - 1 - c->pad_top,
                                  .pad_left = c->kernel_width - 1 - c->pad_left};
  return turned;
}

// MARK: Scratch memory: offsets, weights, and a part for each thread

static int64_t offsets_bytes(const conv_plan *plan) { return rounded(plan->taps + 8) * 4; }

static int64_t scratch_bytes(const conv_plan *plan, int threads) {
  const int64_t weights = rounded(plan->taps * plan->conv.out_channels) * 4;
  return offsets_bytes(plan) + weights + hebb_larger(1, threads) * plan->memory_size * 4;
}

/// Whether the copies of one image stay below 16 MB, which also keeps offsets in 32 bits.
static bool copies_fit(int64_t channels, int64_t rows, int64_t columns, const hebb_conv_small *c) {
  const int64_t copy = (rows + c->kernel_height) * (columns + c->kernel_width);
  return copy * channels * c->kernel_width < (int64_t)1 << 22;
}

bool hebb_conv_small_supports(const hebb_conv_small *c) {
  const int64_t bottom = c->out_height + c->kernel_height - 1 - c->pad_top - c->height;
  const int64_t right = c->out_width + c->kernel_width - 1 - c->pad_left - c->width;
  const int64_t limit = (int64_t)1 << 21;
  return c->batch >= 0 && c->channels >= 1 && c->channels <= 32 && c->out_channels >= 1 &&
         c->out_channels <= 32 && c->kernel_height >= 1 && c->kernel_height <= 7 &&
         c->kernel_width >= 1 && c->kernel_width <= 7 && c->height >= 1 && c->height <= limit &&
         c->width >= 1 && c->width <= limit && c->out_height >= 1 && c->out_height <= limit &&
         c->out_width >= 1 && c->out_width <= limit && c->pad_top >= 0 &&
         c->pad_top < c->kernel_height && c->pad_left >= 0 && c->pad_left < c->kernel_width &&
         bottom >= 0 && bottom < c->kernel_height && right >= 0 && right < c->kernel_width &&
         copies_fit(c->channels, c->out_height, c->out_width, c) &&
         copies_fit(c->out_channels, c->height, c->width, c);
}

int64_t hebb_conv_small_scratch_bytes(const hebb_conv_small *conv, int threads) {
  const hebb_conv_small turned = turned_around(conv);
  const conv_plan forward = forward_plan(conv), input = forward_plan(&turned);
  const conv_plan weight = weight_plan(conv);
  const int64_t larger =
      hebb_larger(scratch_bytes(&forward, threads), scratch_bytes(&input, threads));
  return hebb_larger(larger, scratch_bytes(&weight, threads));
}

// MARK: Runs

typedef struct {
  const conv_plan *plan;
  char *memory;
  bool is_weight_gradient;
} conv_run;

static float *memory_of(const conv_run *run, int index) {
  return (float *)(void *)run->memory + index * run->plan->memory_size;
}

static void conv_body(void *context, int index, int count) {
  const conv_run *run = context;
  const conv_plan *plan = run->plan;
  const hebb_range images = hebb_part(plan->conv.batch, 1, index, count);
  float *memory = memory_of(run, index);
  memset(memory, 0, (size_t)plan->memory_size * sizeof(float));
  if (run->is_weight_gradient) {
    HEBB_AT_LEVEL(conv_weight_images)(plan, images, memory);
  } else {
    HEBB_AT_LEVEL(conv_forward_images)(plan, images, memory);
  }
}

static int threads_for(const conv_plan *plan, int threads) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t image = c->out_height * c->out_width * c->out_channels * plan->taps;
  return hebb_threads_for(c->batch * (image / 16 + 1), c->batch, threads);
}

/// Places of a forward plan's taps, in the order kernel row, channel, kernel column: a tile that sees
/// only some kernel rows then has consecutive ones.
static void fill_forward_offsets(const conv_plan *plan) {
  const hebb_conv_small *c = &plan->conv;
  int32_t *offset = plan->offsets;
  for (int64_t ky = 0; ky < c->kernel_height; ky++) {
    for (int64_t k = 0; k < c->channels; k++) {
      for (int64_t kx = 0; kx < c->kernel_width; kx++) {
        *offset++ = (int32_t)(plan->flat
                                  ? (kx * c->channels + k) * plan->copy_size + ky * c->out_width
                                  : k * plan->plane_size + ky * plan->row_stride + kx);
      }
    }
  }
}

/// Convolves with `plan`, whose weights have been written by `pack`.
static void convolve(conv_plan *plan, void *scratch, int threads,
                     void (*pack)(const conv_plan *, const float *), const float *w) {
  plan->offsets = scratch;
  plan->weights = (float *)(void *)((char *)scratch + offsets_bytes(plan));
  fill_forward_offsets(plan);
  pack(plan, w);
  char *memory =
      (char *)plan->weights + rounded(plan->taps * plan->conv.out_channels) * sizeof(float);
  conv_run run = {plan, memory, false};
  hebb_parallel(threads_for(plan, threads), conv_body, &run);
}

/// weights[block of outs][kernel row, channel, kernel column][outs] from w[out][tap].
static void pack_forward(const conv_plan *plan, const float *w) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t kernel = c->kernel_height * c->kernel_width;
  float *to = plan->weights;
  for (int64_t o = 0, outs; o < c->out_channels; o += outs) {
    outs = conv_outs_at(c->out_channels, o);
    for (int64_t ky = 0; ky < c->kernel_height; ky++) {
      for (int64_t k = 0; k < c->channels; k++) {
        for (int64_t kx = 0; kx < c->kernel_width; kx++) {
          for (int64_t i = 0; i < outs; i++) {
            *to++ = w[((o + i) * c->channels + k) * kernel + ky * c->kernel_width + kx];
          }
        }
      }
    }
  }
}

/// The same for the gradient of the input: channels exchanged, kernels turned around.
static void pack_turned(const conv_plan *plan, const float *w) {
  const hebb_conv_small *c = &plan->conv;
  const int64_t kernel = c->kernel_height * c->kernel_width;
  float *to = plan->weights;
  for (int64_t o = 0, outs; o < c->out_channels; o += outs) {
    outs = conv_outs_at(c->out_channels, o);
    for (int64_t ky = 0; ky < c->kernel_height; ky++) {
      for (int64_t k = 0; k < c->channels; k++) {
        for (int64_t kx = 0; kx < c->kernel_width; kx++) {
          const int64_t place = kernel - 1 - (ky * c->kernel_width + kx);
          for (int64_t i = 0; i < outs; i++) {
            *to++ = w[(k * c->out_channels + o + i) * kernel + place];
          }
        }
      }
    }
  }
}

void hebb_conv_small_forward(const hebb_conv_small *conv, const float *x, const float *w,
                             const float *bias, hebb_conv_activation activation, float *y,
                             void *scratch, int threads) {
  if (!hebb_conv_small_supports(conv)) __builtin_trap();
  conv_plan plan = forward_plan(conv);
  plan.x = x;
  plan.y = y;
  plan.bias = bias;
  plan.activation = activation;
  convolve(&plan, scratch, threads, pack_forward, w);
}

void hebb_conv_small_input_gradient(const hebb_conv_small *conv, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads) {
  if (!hebb_conv_small_supports(conv)) __builtin_trap();
  const hebb_conv_small turned = turned_around(conv);
  conv_plan plan = forward_plan(&turned);
  plan.x = dy;
  plan.y = dx;
  convolve(&plan, scratch, threads, pack_turned, w);
}

/// The sum of one vector of each thread, at float `place` of their memory.
static float sum_of_threads(const conv_run *run, int threads, int64_t place, int64_t lanes) {
  float total = 0;
  for (int t = 0; t < threads; t++) {
    const float *v = memory_of(run, t) + place;
    float sum = 0;
    for (int64_t l = 0; l < lanes; l++) sum += v[l];
    total += sum;
  }
  return total;
}

void hebb_conv_small_weight_gradient(const hebb_conv_small *conv, const float *x, const float *dy,
                                     float *dw, float *dbias, void *scratch, int threads) {
  if (!hebb_conv_small_supports(conv)) __builtin_trap();
  conv_plan plan = weight_plan(conv);
  const hebb_conv_small *c = &plan.conv;
  plan.x = x;
  plan.dy = dy;
  plan.offsets = scratch;
  int32_t *offset = plan.offsets;
  for (int64_t k = 0; k < c->channels; k++) {
    for (int64_t ky = 0; ky < c->kernel_height; ky++) {
      for (int64_t kx = 0; kx < c->kernel_width; kx++) {
        *offset++ = (int32_t)((kx * c->channels + k) * plan.copy_size + ky * c->out_width);
      }
    }
  }
  // Blocks of taps may read offsets behind the last one.
  for (int i = 0; i < 8; i++) offset[i] = offset[-1];
  conv_run run = {&plan, (char *)scratch + offsets_bytes(&plan), true};
  const int used = threads_for(&plan, threads);
  hebb_parallel(used, conv_body, &run);

  const int64_t lanes = lanes_here();
  for (int64_t o = 0; o < c->out_channels; o++) {
    for (int64_t t = 0; t < plan.taps; t++) {
      float *to = dw + o * plan.taps + t;
      if (plan.flat) {
        *to = sum_of_threads(&run, used, plan.sums + (o * plan.sum_rows + t) * lanes, lanes);
      } else {
        const int64_t block = o / lanes * plan.sum_rows * c->kernel_width;
        *to = sum_of_threads(&run, used, plan.sums + (block + t) * lanes + o % lanes, 1);
      }
    }
    if (dbias) dbias[o] = sum_of_threads(&run, used, plan.bias_sums + o * lanes, lanes);
  }
}
