// Convolutions of few channels, sixteen images at a time: each thread transposes a band of rows of sixteen
// images into scratch memory that stays in its cache, where every pixel is a vector. A convolution is then
// scalars of the weight times vectors of pixels, whatever the sizes.
#include "conv_lanes.h"

#include "loops_support.h"

#if defined(__x86_64__)

/// What the loops of one thread need to know; steps in floats.
typedef struct {
  int64_t in, out, height, width, out_height, out_width;
  int64_t kernel_height, kernel_width, taps, pad_top, pad_left;
  int64_t row, plane, y_plane;  // of the scratch memory
  int64_t block;                // filters of a tile
  int64_t tiles;                // forward: tiles along a row
  int64_t columns, near_rows;   // weight gradient: columns of a tile, rows at a time
  int64_t band, bands;          // rows of the result at a time, and how many such bands
  const float *weight, *bias;
  hebb_activation activation;
} lanes_job;

/// The k in 0..<count with 0 <= first + k < size.
static inline hebb_range lanes_taps(int64_t first, int64_t count, int64_t size) {
  const int64_t begin = hebb_smaller(count, hebb_larger(0, -first));
  return (hebb_range){begin, hebb_larger(begin, hebb_smaller(count, size - first))};
}

#define HEBB_TEMPLATE "conv_lanes_kernels.h"
#include "loops_levels.h"

/// Bytes of scratch memory, at most, that a band shall take: half of a usual second cache.
#define BAND_BYTES (768 << 10)
/// Bytes of dy that the loops of the weight gradient go over again and again.
#define NEAR_BYTES (20 << 10)

static int64_t rounded_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

/// Filters of a tile: few are wasted where they do not divide.
static int64_t forward_block(int64_t out) {
  return out % 4 == 0 || out <= 4 ? 4 : out % 6 == 0 ? 6 : out % 8 > 6 ? 8 : 4;
}

static int64_t weight_block(int64_t out, int64_t columns) {
  if (columns <= 3 && out % 8 == 0) return 8;
  return out % 3 == 0 && out % 4 != 0 ? 3 : 4;
}

static int64_t blocks_of(const hebb_conv_rows *g) { return (g->batch + 15) / 16; }

/// Rows of x that `rows` rows of the result see.
static int64_t rows_seen(const hebb_conv_rows *g, int64_t rows) {
  return hebb_smaller(g->height, rows + g->kernel_height - 1);
}

static lanes_job make_job(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads) {
  lanes_job j = {.in = g->in, .out = g->out, .height = g->height, .width = g->width,
                 .out_height = g->out_height, .out_width = g->out_width,
                 .kernel_height = g->kernel_height, .kernel_width = g->kernel_width,
                 .taps = g->kernel_height * g->kernel_width, .pad_top = g->pad_top,
                 .pad_left = g->pad_left};
  j.columns = hebb_smaller(g->kernel_width, 5);
  j.block = kind == HEBB_CONV_ROWS_WEIGHT_GRADIENT ? weight_block(g->out, j.columns)
                                               : forward_block(g->out);
  const int64_t widest = j.block == 8 ? 3 : j.block == 6 ? 4 : 6;
  j.tiles = (g->out_width + widest - 1) / widest;
  const int64_t reach = g->out_width + g->kernel_width - 1;
  j.row = 16 * hebb_larger(reach, g->width + g->pad_left);
  // Bands that fit, and some for each thread where there are few images.
  const int64_t filters = rounded_up(g->out, j.block);
  const int64_t row_bytes = (g->in * j.row + filters * 16 * g->out_width) * 4;
  const int64_t fitting = hebb_larger(1, BAND_BYTES / row_bytes - g->kernel_height);
  const int64_t wanted = threads > 1 ? (4 * threads + blocks_of(g) - 1) / blocks_of(g) : 1;
  const int64_t bands = hebb_larger((g->out_height + fitting - 1) / fitting,
                                    hebb_smaller(wanted, hebb_larger(1, g->out_height / 4)));
  j.band = (g->out_height + bands - 1) / bands;
  j.bands = (g->out_height + j.band - 1) / j.band;
  j.plane = rows_seen(g, j.band) * j.row;
  j.y_plane = 16 * j.band * g->out_width;
  j.near_rows = hebb_larger(1, NEAR_BYTES / (j.block * g->out_width * 64));
  return j;
}

static int threads_of(const hebb_conv_rows *g, const lanes_job *j, int threads) {
  const int64_t products = g->batch * g->out * g->out_height * g->out_width * g->in * j->taps;
  return hebb_threads_for(products / 64, blocks_of(g) * j->bands, threads);
}

/// Floats of scratch memory: what all threads share, and what each has of its own.
typedef struct {
  int64_t places, weight, bias, x, y, sums, shared, each;
} lanes_scratch;

static lanes_scratch scratch_of(const hebb_conv_rows *g, const lanes_job *j, bool sums) {
  const int64_t filters = rounded_up(g->out, j->block);
  lanes_scratch s = {.places = rounded_up(j->plane / 16, 16)};
  if (!sums) {
    s.weight = rounded_up(filters * g->in * j->taps, 16);
    s.bias = rounded_up(filters, 16);
  }
  s.shared = s.places + s.weight + s.bias;
  s.x = g->in * j->plane;
  s.y = filters * j->y_plane + 16 * 16;
  s.sums = sums ? filters * g->in * j->taps * 16 : 0;
  s.each = s.x + s.y + s.sums;
  return s;
}

int64_t hebb_conv_lanes_scratch_bytes(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads) {
  const hebb_conv_rows r = kind == HEBB_CONV_ROWS_INPUT_GRADIENT ? hebb_conv_rows_reversed(g) : *g;
  const lanes_job j = make_job(&r, kind, threads);
  const lanes_scratch s = scratch_of(&r, &j, kind == HEBB_CONV_ROWS_WEIGHT_GRADIENT);
  return (s.shared + s.each * hebb_larger(threads, 1)) * (int64_t)sizeof(float);
}

typedef struct {
  const hebb_conv_rows *g;
  lanes_job job;
  lanes_scratch scratch;
  const float *x, *dy;
  float *y;
  const int32_t *places;
  float *own;  // scratch of thread 0
} lanes_call;

/// Where the elements of rows of x lie in scratch memory, in vectors.
static void fill_places(const lanes_job *j, int32_t *places) {
  const int64_t rows = j->plane / j->row;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < j->width; c++)
      *places++ = (int32_t)(r * j->row / 16 + c + j->pad_left);
}

/// Zeros left and right of the rows.
static void clear_margins(const lanes_job *j, float *x) {
  const int64_t left = 16 * j->pad_left, right = 16 * (j->pad_left + j->width);
  for (int64_t r = 0; r < j->in * j->plane / j->row; r++, x += j->row) {
    memset(x, 0, (size_t)left * sizeof(float));
    memset(x + right, 0, (size_t)(j->row - right) * sizeof(float));
  }
}

/// The images and the rows of the result of one work item.
typedef struct {
  int64_t image;
  int lanes;
  hebb_range band, seen;  // rows of y, rows of x
} lanes_item;

static lanes_item item_of(const hebb_conv_rows *g, const lanes_job *j, int64_t index) {
  lanes_item item = {.image = index / j->bands * 16};
  item.lanes = (int)hebb_smaller(16, g->batch - item.image);
  item.band.begin = index % j->bands * j->band;
  item.band.end = hebb_smaller(g->out_height, item.band.begin + j->band);
  item.seen.begin = hebb_larger(0, item.band.begin - g->pad_top);
  item.seen.end = hebb_smaller(
      g->height, item.band.end - 1 - g->pad_top + g->kernel_height);
  item.seen.end = hebb_larger(item.seen.begin, item.seen.end);
  return item;
}

/// The addresses of sixteen images; lanes without one have the first again.
static void addresses(const float *from, int64_t size, const lanes_item *item, const float *images[16]) {
  for (int n = 0; n < 16; n++)
    images[n] = from + (item->image + (n < item->lanes ? n : 0)) * size;
}

static void pack_x(const lanes_call *call, const lanes_item *item, float *x) {
  const hebb_conv_rows *g = call->g;
  const float *images[16];
  addresses(call->x, g->in * g->height * g->width, item, images);
  for (int64_t i = 0; i < g->in; i++) {
    pack_run(images, item->lanes, (i * g->height + item->seen.begin) * g->width,
             (item->seen.end - item->seen.begin) * g->width, call->places, x + i * call->job.plane);
  }
}

static void forward_body(void *context, int index, int count) {
  const lanes_call *call = context;
  const hebb_conv_rows *g = call->g;
  const lanes_job *j = &call->job;
  float *x = call->own + call->scratch.each * index, *y = x + call->scratch.x;
  clear_margins(j, x);
  const hebb_range items = hebb_part(blocks_of(g) * j->bands, 1, index, count);
  for (int64_t i = items.begin; i < items.end; i++) {
    const lanes_item item = item_of(g, j, i);
    pack_x(call, &item, x);
    forward_band(j, x, item.seen.begin, item.band, y);
    float *images[16];
    const int64_t plane = g->out_height * g->out_width;
    for (int n = 0; n < item.lanes; n++) images[n] = call->y + (item.image + n) * g->out * plane;
    for (int64_t f = 0; f < g->out; f++) {
      unpack_run(y + f * j->y_plane, (item.band.end - item.band.begin) * g->out_width, images,
                 item.lanes, f * plane + item.band.begin * g->out_width);
    }
  }
}

static void run_forward(const hebb_conv_rows *g, hebb_conv_rows_kind kind, const float *x, const float *w,
                        const float *bias, hebb_activation activation, float *y, float *scratch,
                        int threads) {
  lanes_call call = {.g = g, .job = make_job(g, kind, threads), .x = x, .y = y};
  lanes_job *j = &call.job;
  call.scratch = scratch_of(g, j, false);
  call.own = scratch + call.scratch.shared;
  call.places = (int32_t *)(void *)scratch;
  fill_places(j, (int32_t *)(void *)scratch);
  float *weights = scratch + call.scratch.places, *biases = weights + call.scratch.weight;
  hebb_conv_rows_pack_weight(g, w, kind == HEBB_CONV_ROWS_INPUT_GRADIENT, j->block, weights);
  for (int64_t f = 0; f < call.scratch.bias; f++) biases[f] = bias && f < g->out ? bias[f] : 0;
  j->weight = weights;
  j->bias = biases;
  j->activation = activation;
  hebb_parallel(threads_of(g, j, threads), forward_body, &call);
}

void hebb_conv_lanes_forward(const hebb_conv_rows *g, const float *x, const float *w,
                             const float *bias, hebb_activation activation, float *y,
                             void *scratch, int threads) {
  run_forward(g, HEBB_CONV_ROWS_FORWARD, x, w, bias, activation, y, scratch, threads);
}

void hebb_conv_lanes_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads) {
  const hebb_conv_rows r = hebb_conv_rows_reversed(g);
  run_forward(&r, HEBB_CONV_ROWS_INPUT_GRADIENT, dy, w, 0, HEBB_ACTIVATION_NONE, dx, scratch, threads);
}

static void weight_body(void *context, int index, int count) {
  const lanes_call *call = context;
  const hebb_conv_rows *g = call->g;
  const lanes_job *j = &call->job;
  float *x = call->own + call->scratch.each * index, *dy = x + call->scratch.x;
  float *sums = dy + call->scratch.y;
  clear_margins(j, x);
  memset(dy, 0, (size_t)(call->scratch.y + call->scratch.sums) * sizeof(float));
  const hebb_range items = hebb_part(blocks_of(g) * j->bands, 1, index, count);
  for (int64_t i = items.begin; i < items.end; i++) {
    const lanes_item item = item_of(g, j, i);
    pack_x(call, &item, x);
    const float *images[16];
    const int64_t plane = g->out_height * g->out_width;
    addresses(call->dy, g->out * plane, &item, images);
    for (int64_t f = 0; f < g->out; f++) {
      pack_run(images, item.lanes, f * plane + item.band.begin * g->out_width,
               (item.band.end - item.band.begin) * g->out_width, 0, dy + f * j->y_plane);
    }
    weight_band(j, x, item.seen.begin, item.band, dy, sums);
  }
}

void hebb_conv_lanes_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads) {
  lanes_call call = {.g = g, .job = make_job(g, HEBB_CONV_ROWS_WEIGHT_GRADIENT, threads), .x = x, .dy = dy};
  const lanes_job *j = &call.job;
  call.scratch = scratch_of(g, j, true);
  call.own = (float *)scratch + call.scratch.shared;
  call.places = scratch;
  fill_places(j, scratch);
  const int used = threads_of(g, j, threads);
  hebb_parallel(used, weight_body, &call);
  // The sums lie as weight_band leaves them.
  const float *sums = call.own + call.scratch.x + call.scratch.y;
  for (int64_t first = 0; first < g->out; first += j->block)
    for (int64_t i = 0; i < g->in; i++)
      for (int64_t u = 0; u < g->kernel_height; u++)
        for (int64_t v = 0; v < g->kernel_width; v += j->columns) {
          const int64_t columns = hebb_smaller(j->columns, g->kernel_width - v);
          for (int64_t o = first; o < first + j->block; o++)
            for (int64_t k = v; k < v + columns; k++, sums += 16) {
              if (o >= g->out) continue;
              dw[((o * g->in + i) * g->kernel_height + u) * g->kernel_width + k] =
                  sum_of_lanes(sums, call.scratch.each, used);
            }
        }
}

bool hebb_conv_lanes_wins(const hebb_conv_rows *g, hebb_conv_rows_kind kind) {
  if (hebb_vector_level() < 3) return false;
  // What part of the lanes works, here and where vectors lie along rows; there, nothing is transposed.
  const int64_t width = kind == HEBB_CONV_ROWS_INPUT_GRADIENT ? g->width : g->out_width;
  const double images = (double)g->batch / (double)(16 * blocks_of(g));
  const double pixels = (double)width / (double)rounded_up(width, 16);
  return images >= 0.75 && images >= 1.1 * pixels;
}

#else

bool hebb_conv_lanes_wins(const hebb_conv_rows *g, hebb_conv_rows_kind kind) { return false; }
int64_t hebb_conv_lanes_scratch_bytes(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads) {
  return 0;
}
void hebb_conv_lanes_forward(const hebb_conv_rows *g, const float *x, const float *w,
                             const float *bias, hebb_activation activation, float *y,
                             void *scratch, int threads) {
  __builtin_trap();
}
void hebb_conv_lanes_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads) {
  __builtin_trap();
}
void hebb_conv_lanes_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads) {
  __builtin_trap();
}

#endif
