// Convolutions of few channels, row-major: each image is copied once into rows with zeros around them,
// so that the loops of conv_rows_kernels.h need no bounds.
#include "hebb_conv_rows.h"

#include "conv_lanes.h"
#include "loops_support.h"

/// What the loops of one thread need to know.
typedef struct {
  int64_t in, out, out_height, out_width, kernel_height, kernel_width;
  int64_t row, plane;        // of the packed image, in elements
  int64_t dy_row, dy_plane;  // of the packed cotangent
  int64_t block;             // output channels of a tile
  const float *packed_weight, *bias;
  float *y;
  hebb_activation activation;
} conv_job;

#define HEBB_TEMPLATE "conv_rows_kernels.h"
#include "loops_levels.h"

static int64_t rounded_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

/// Sizes of the packed memory; rows end with room for the last vector of the widest level.
static conv_job make_job(const hebb_conv_rows *g) {
  conv_job j = {.in = g->in, .out = g->out, .out_height = g->out_height,
                .out_width = g->out_width, .kernel_height = g->kernel_height,
                .kernel_width = g->kernel_width};
  j.row = rounded_up(rounded_up(g->out_width, 16) + 16 + g->kernel_width, 16);
  j.plane = (g->out_height + g->kernel_height) * j.row;
  j.dy_row = rounded_up(g->out_width, 16);
  j.dy_plane = g->out_height * j.dy_row;
  return j;
}

/// Output channels of a tile: few are wasted where they do not divide.
static int64_t forward_block(int64_t out) { return out % 8 == 0 ? 8 : out % 6 == 0 ? 6 : 4; }
static int64_t weight_block(int64_t out) { return out % 3 == 0 && out % 4 != 0 ? 3 : 4; }

static int64_t taps(const hebb_conv_rows *g) { return g->in * g->kernel_height * g->kernel_width; }

static int threads_of(const hebb_conv_rows *g, int threads) {
  return hebb_threads_for(g->batch * g->out * g->out_height * g->out_width * taps(g) / 64,
                          g->batch, threads);
}

/// Floats of scratch memory: what all threads share, and what each has of its own.
typedef struct {
  int64_t shared, image, sums;
} conv_scratch;

static conv_scratch scratch_of(const hebb_conv_rows *g, hebb_conv_rows_kind kind) {
  const hebb_conv_rows r = kind == HEBB_CONV_ROWS_INPUT_GRADIENT ? hebb_conv_rows_reversed(g) : *g;
  const conv_job j = make_job(&r);
  conv_scratch s = {.image = rounded_up(r.in * j.plane + 64, 16)};
  if (kind == HEBB_CONV_ROWS_WEIGHT_GRADIENT) {
    const int64_t out = rounded_up(r.out, weight_block(r.out));
    s.image += rounded_up(out * j.dy_plane + 64, 16);
    s.sums = out * taps(&r) * 16;
  } else {
    s.shared = rounded_up(rounded_up(r.out, forward_block(r.out)) * taps(&r), 16);
  }
  return s;
}

int64_t hebb_conv_rows_scratch_bytes(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads) {
  if (hebb_conv_lanes_wins(g, kind)) return hebb_conv_lanes_scratch_bytes(g, kind, threads);
  const conv_scratch s = scratch_of(g, kind);
  const int64_t each = s.image + s.sums;
  return (s.shared + each * hebb_larger(threads, 1)) * (int64_t)sizeof(float);
}

/// Copies planes into rows of the packed memory; what lies around them stays zero.
static void pack_planes(const float *from, int64_t planes, int64_t height, int64_t width, float *to,
                        int64_t row, int64_t plane, int64_t top, int64_t left) {
  for (int64_t p = 0; p < planes; p++)
    for (int64_t y = 0; y < height; y++)
      memcpy(to + p * plane + (y + top) * row + left, from + (p * height + y) * width,
             (size_t)width * sizeof(float));
}

typedef struct {
  const hebb_conv_rows *g;
  conv_job job;
  const float *x, *dy;
  float *own;  // scratch of thread 0
  int64_t each, image;
} conv_call;

static void forward_body(void *context, int index, int count) {
  const conv_call *call = context;
  const hebb_conv_rows *g = call->g;
  const conv_job *j = &call->job;
  float *packed = call->own + call->each * index;
  memset(packed, 0, (size_t)call->each * sizeof(float));
  const hebb_range images = hebb_part(g->batch, 1, index, count);
  for (int64_t n = images.begin; n < images.end; n++) {
    pack_planes(call->x + n * g->in * g->height * g->width, g->in, g->height, g->width, packed,
                j->row, j->plane, g->pad_top, g->pad_left);
    HEBB_AT_LEVEL(conv_image)(j, packed, n);
  }
}

static void run_forward(const hebb_conv_rows *g, const float *x, const float *w, bool reverse,
                        const float *bias, hebb_activation activation, float *y, void *scratch,
                        int threads) {
  const conv_scratch s = scratch_of(g, HEBB_CONV_ROWS_FORWARD);
  conv_call call = {.g = g, .job = make_job(g), .x = x, .own = (float *)scratch + s.shared,
                    .each = s.image};
  call.job.block = forward_block(g->out);
  hebb_conv_rows_pack_weight(g, w, reverse, call.job.block, scratch);
  call.job.packed_weight = scratch;
  call.job.bias = bias;
  call.job.activation = activation;
  call.job.y = y;
  hebb_parallel(threads_of(g, threads), forward_body, &call);
}

void hebb_conv_rows_forward(const hebb_conv_rows *g, const float *x, const float *w,
                             const float *bias, hebb_activation activation, float *y, void *scratch,
                             int threads) {
  if (hebb_conv_lanes_wins(g, HEBB_CONV_ROWS_FORWARD)) {
    hebb_conv_lanes_forward(g, x, w, bias, activation, y, scratch, threads);
    return;
  }
  run_forward(g, x, w, false, bias, activation, y, scratch, threads);
}

void hebb_conv_rows_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads) {
  if (hebb_conv_lanes_wins(g, HEBB_CONV_ROWS_INPUT_GRADIENT)) {
    hebb_conv_lanes_input_gradient(g, dy, w, dx, scratch, threads);
    return;
  }
  const hebb_conv_rows r = hebb_conv_rows_reversed(g);
  run_forward(&r, dy, w, true, 0, HEBB_ACTIVATION_NONE, dx, scratch, threads);
}

static void weight_body(void *context, int index, int count) {
  const conv_call *call = context;
  const hebb_conv_rows *g = call->g;
  const conv_job *j = &call->job;
  float *x = call->own + call->each * index;
  float *dy = x + rounded_up(g->in * j->plane + 64, 16);
  float *sums = x + call->image;
  memset(x, 0, (size_t)call->each * sizeof(float));
  const hebb_range images = hebb_part(g->batch, 1, index, count);
  for (int64_t n = images.begin; n < images.end; n++) {
    pack_planes(call->x + n * g->in * g->height * g->width, g->in, g->height, g->width, x, j->row,
                j->plane, g->pad_top, g->pad_left);
    pack_planes(call->dy + n * g->out * g->out_height * g->out_width, g->out, g->out_height,
                g->out_width, dy, j->dy_row, j->dy_plane, 0, 0);
    HEBB_AT_LEVEL(weight_image)(j, x, dy, sums);
  }
}

void hebb_conv_rows_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads) {
  if (hebb_conv_lanes_wins(g, HEBB_CONV_ROWS_WEIGHT_GRADIENT)) {
    hebb_conv_lanes_weight_gradient(g, x, dy, dw, scratch, threads);
    return;
  }
  const conv_scratch s = scratch_of(g, HEBB_CONV_ROWS_WEIGHT_GRADIENT);
  const int used = threads_of(g, threads);
  conv_call call = {.g = g, .job = make_job(g), .x = x, .dy = dy, .own = scratch,
                    .each = s.image + s.sums, .image = s.image};
  call.job.block = weight_block(g->out);
  hebb_parallel(used, weight_body, &call);
  // The sums lie as weight_image leaves them, with the lanes of its level behind each.
  const int lanes = hebb_vector_level() >= 3 ? 16 : hebb_vector_level() == 2 ? 8 : 4;
  const int64_t block = call.job.block, height = g->kernel_height, width = g->kernel_width;
  int64_t position = 0;
  for (int64_t first = 0; first < g->out; first += block)
    for (int64_t i = 0; i < g->in; i++)
      for (int64_t u = 0; u < height; u++)
        for (int64_t v = 0; v < width; v += 5) {
          const int64_t columns = hebb_smaller(5, width - v);
          for (int64_t o = first; o < first + block; o++)
            for (int64_t k = v; k < v + columns; k++, position += lanes) {
              if (o >= g->out) continue;
              float total = 0;
              for (int t = 0; t < used; t++) {
                const float *sum = call.own + call.each * t + s.image + position;
                float part = 0;
                for (int lane = 0; lane < lanes; lane++) part += sum[lane];
                total += part;
              }
              dw[((o * g->in + i) * height + u) * width + k] = total;
            }
        }
}
