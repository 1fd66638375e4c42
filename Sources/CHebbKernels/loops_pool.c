// Pooling. Windows slide over rows of planes (loops_pool_planes.h) or over pixels with all their
// channels (loops_pool_channels.h); each output row is one work item.
#include <math.h>
#include <stdlib.h>

#include "hebb_loops.h"
#include "loops_support.h"
#include "loops_vectors.h"

/// What the loops share. `in` and `out` are x and y, or for gradients dy and dx.
typedef struct {
  hebb_window window;
  const void *in;
  void *out;
  int32_t *places;  // maximum only, may be null
  int64_t in_size;  // in elements
  int64_t rows;     // work items
  // Planes only: lines of `line_length` elements, of which `block` or `slots` are kept at a time;
  // elements before a gradient's lines; whether maxima can be taken without copying rows to lines.
  int64_t line_length, block, slots, lines_bytes, lead;
  bool direct;
  int64_t scratch_bytes;
  void *divisors;          // of each output column, elements of T
  int32_t *first_columns;  // the first image column that each output column sees, -1 if none
} pool_job;

typedef enum { AVERAGES, MAXIMA, MAXIMA_WITH_PLACES } pool_kind;

/// The k in 0..<count with 0 <= first + k * step < size; the end may lie before the beginning.
static inline hebb_range pool_inside(int64_t first, int64_t step, int64_t count, int64_t size) {
  hebb_range range = {hebb_larger(0, -first), hebb_smaller(count, hebb_larger(0, size - first))};
  if (step > 1) {
    range.begin = first >= 0 ? 0 : (-first + step - 1) / step;
    range.end = first >= size ? 0 : hebb_smaller(count, (size - first + step - 1) / step);
  }
  return range;
}

/// The windows o in 0..<out that may cover the padded place t; with a dilation some of them skip
/// it.
static inline hebb_range pool_windows_of(int64_t t, int64_t stride, int64_t dilation,
                                         int64_t kernel, int64_t out) {
  const int64_t first = t - (kernel - 1) * dilation;
  const hebb_range range = {first <= 0 ? 0 : (first + stride - 1) / stride,
                            hebb_smaller(out, t / stride + 1)};
  return range;
}

static int64_t pool_count(bool count_padding, int64_t first, int64_t step, int64_t count,
                          int64_t size) {
  if (count_padding) return count;
  const hebb_range range = pool_inside(first, step, count, size);
  return hebb_larger(1, range.end - range.begin);
}

/// What the sum over a window of output row oy is divided by, as far as its rows go.
static inline int64_t pool_count_of_row(const hebb_window *w, int64_t oy) {
  return pool_count(w->count_padding, oy * w->stride_height - w->pad_top, w->dilation_height,
                    w->kernel_height, w->height);
}

#define HEBB_TEMPLATE "loops_pool_types.h"
#include "loops_levels.h"

typedef void (*pool_loop)(const pool_job *job, hebb_range rows, void *scratch);

/// The loop for the element type and this processor.
#define LOOP(name) \
  (double_precision ? HEBB_AT_LEVEL(name##_double) : HEBB_AT_LEVEL(name##_float))

/// Bytes of scratch memory that each thread has on its stack; larger windows allocate.
#define STACK_BYTES 32768
/// Widest stride of planes; beyond it they are treated as images of one channel.
#define MAX_STRIDE 8

static void *allocate(int64_t bytes) {
  void *memory = aligned_alloc(64, ((size_t)bytes + 63) / 64 * 64);
  if (!memory) abort();
  return memory;
}

typedef struct {
  pool_job job;
  pool_loop loop;
} pool_run;

static void pool_body(void *context, int index, int count) {
  const pool_run *run = context;
  const hebb_range range = hebb_part(run->job.rows, 1, index, count);
  if (range.begin >= range.end) return;
  if (run->job.scratch_bytes <= STACK_BYTES) {
    _Alignas(64) char scratch[STACK_BYTES];
    run->loop(&run->job, range, scratch);
  } else {
    void *scratch = allocate(run->job.scratch_bytes);
    run->loop(&run->job, range, scratch);
    free(scratch);
  }
}

static int64_t rounded(int64_t n) { return (n + 15) / 16 * 16; }

/// Checks what memory safety rests on. Single channels become planes; planes whose stride is too
/// wide to split become images of one channel, channels last.
static hebb_window normalized(const hebb_window *window) {
  hebb_window w = *window;
  if (w.kernel_height < 1 || w.kernel_width < 1 || w.stride_height < 1 || w.stride_width < 1 ||
      w.dilation_height < 1 || w.dilation_width < 1 || w.pad_top < 0 || w.pad_left < 0 ||
      w.height * w.width > INT32_MAX) {
    __builtin_trap();
  }
  if (w.channels == 1) w.channels_last = false;
  if (w.out_width == 1) w.stride_width = 1;
  if (!w.channels_last) {
    w.batch *= w.channels;
    w.channels = 1;
    w.channels_last = w.stride_width > MAX_STRIDE;
  }
  return w;
}

static pool_run prepare(const hebb_window *window, const void *in, void *out, bool gradient) {
  pool_run run = {.job = {.window = normalized(window), .in = in, .out = out}};
  pool_job *job = &run.job;
  const hebb_window *w = &job->window;
  const int64_t images = w->batch * w->channels;
  job->in_size = images * (gradient ? w->out_height * w->out_width : w->height * w->width);
  job->rows = w->batch * (gradient ? w->height : w->out_height);
  return run;
}

static bool is_empty(const hebb_window *w) {
  return w->batch * w->channels * w->out_height * w->out_width == 0 ||
         w->batch * w->channels * w->height * w->width == 0;
}

/// 2 x 2 windows with stride 2 that lie wholly inside, without padding.
static bool is_2x2(const hebb_window *w) {
  return w->kernel_height == 2 && w->kernel_width == 2 && w->stride_height == 2 &&
         w->stride_width == 2 && w->pad_top == 0 && w->pad_left == 0 && w->dilation_height == 1 &&
         w->dilation_width == 1 && 2 * w->out_height <= w->height && 2 * w->out_width <= w->width;
}

/// Windows that lie side by side and cover the image exactly.
static bool is_tiled(const hebb_window *w) {
  return (w->kernel_height == w->stride_height || w->out_height == 1) &&
         (w->kernel_width == w->stride_width || w->out_width == 1) && w->pad_top == 0 &&
         w->pad_left == 0 && (w->dilation_height == 1 || w->kernel_height == 1) &&
         (w->dilation_width == 1 || w->kernel_width == 1) &&
         w->kernel_height * w->out_height == w->height &&
         w->kernel_width * w->out_width == w->width;
}

static int64_t reach_of(const hebb_window *w) { return (w->kernel_width - 1) * w->dilation_width; }

/// Length of a line that loads whole vectors of outputs with all their columns, and ends with room
/// for a vector that is stored at its last element.
static int64_t line_length(const hebb_window *w) {
  return rounded(rounded(w->out_width) * w->stride_width + reach_of(w) + 16);
}

/// How many lines fit into a thread's stack beside `other` bytes.
static int64_t lines_on_stack(int64_t length, int64_t element_size, int64_t other) {
  return hebb_larger(1, hebb_smaller(64, (STACK_BYTES - other) / (length * element_size)));
}

static void fill_divisors(pool_job *job, bool double_precision) {
  const hebb_window *w = &job->window;
  const int64_t size = rounded(w->out_width);
  job->divisors = allocate(size * 8);
  for (int64_t ox = 0; ox < size; ox++) {
    const int64_t count =
        ox >= w->out_width
            ? 1
            : pool_count(w->count_padding, ox * w->stride_width - w->pad_left, w->dilation_width,
                         w->kernel_width, w->width);
    if (double_precision) {
      ((double *)job->divisors)[ox] = (double)count;
    } else {
      ((float *)job->divisors)[ox] = (float)count;
    }
  }
}

/// Elements of input and output.
static int64_t work_of(const hebb_window *w) {
  const int64_t plane = w->height * w->width + w->out_height * w->out_width;
  return w->batch * w->channels * plane;
}

static void start(pool_run *run, int threads) {
  pool_job *job = &run->job;
  hebb_parallel(hebb_threads_for(work_of(&job->window), job->rows, threads), pool_body, run);
  free(job->divisors);
  free(job->first_columns);
}

void hebb_average_pool(const hebb_window *window, const void *x, void *y, bool double_precision,
                       int threads) {
  const int64_t size = double_precision ? 8 : 4;
  if (window->batch * window->channels * window->out_height * window->out_width == 0) return;
  pool_run run = prepare(window, x, y, false);
  pool_job *job = &run.job;
  const hebb_window *w = &job->window;
  if (w->channels_last) {
    run.loop = LOOP(pool_average_channels);
  } else if (is_2x2(w)) {
    run.loop = LOOP(pool_average_planes_2x2);
  } else {
    run.loop = LOOP(pool_average_planes);
    fill_divisors(job, double_precision);
    job->line_length = line_length(w);
    job->block = lines_on_stack(job->line_length, size, 0);
    job->scratch_bytes = job->block * job->line_length * size;
  }
  start(&run, threads);
}

void hebb_average_pool_gradient(const hebb_window *window, const void *dy, void *dx,
                                bool double_precision, int threads) {
  const int64_t size = double_precision ? 8 : 4;
  if (is_empty(window)) {
    const int64_t plane = window->height * window->width;
    memset(dx, 0, (size_t)(window->batch * window->channels * plane * size));
    return;
  }
  pool_run run = prepare(window, dy, dx, true);
  pool_job *job = &run.job;
  const hebb_window *w = &job->window;
  if (w->channels_last && is_tiled(w)) {
    run.loop = LOOP(pool_average_gradient_channels_tiled);
    job->rows = w->batch * w->out_height;
  } else if (w->channels_last) {
    run.loop = LOOP(pool_average_gradient_channels);
    fill_divisors(job, double_precision);
  } else if (is_2x2(w) && is_tiled(w)) {
    run.loop = LOOP(pool_average_gradient_planes_2x2);
    job->rows = w->batch * w->out_height;
  } else if (is_tiled(w)) {
    run.loop = LOOP(pool_average_gradient_planes_tiled);
    job->rows = w->batch * w->out_height;
  } else {
    run.loop = LOOP(pool_average_gradient_planes);
    fill_divisors(job, double_precision);
    job->lead = rounded(reach_of(w) / w->stride_width + 1);
    const int64_t last = (w->width + w->pad_left) / w->stride_width + 2;
    job->line_length = job->lead + rounded(hebb_larger(last, w->out_width) + 32);
    job->block = lines_on_stack(job->line_length, size, 0);
    job->scratch_bytes = job->block * job->line_length * size;
  }
  start(&run, threads);
}

void hebb_max_pool(const hebb_window *window, const void *x, void *y, int32_t *indices,
                   bool double_precision, int threads) {
  const int64_t size = double_precision ? 8 : 4;
  if (window->batch * window->channels * window->out_height * window->out_width == 0) return;
  pool_run run = prepare(window, x, y, false);
  pool_job *job = &run.job;
  const hebb_window *w = &job->window;
  job->places = indices;
  if (w->channels_last) {
    run.loop = LOOP(pool_max_channels);
  } else if (is_2x2(w)) {
    run.loop = LOOP(pool_max_planes_2x2);
  } else {
    run.loop = LOOP(pool_max_planes);
    job->line_length = line_length(w);
    job->direct = w->pad_left == 0 && w->width > 0 &&
                  (w->out_width - 1) * w->stride_width + reach_of(w) < w->width &&
                  job->in_size >= job->line_length;
    job->lines_bytes = (8 * w->kernel_height + 63) / 64 * 64;
    const int64_t rows = (w->kernel_height - 1) * w->dilation_height + 1;
    job->slots = hebb_larger(lines_on_stack(job->line_length, size, job->lines_bytes),
                             hebb_smaller(w->height, rows));
    job->scratch_bytes = job->lines_bytes + job->slots * job->line_length * size;
    job->first_columns = allocate(rounded(w->out_width) * 4);
    for (int64_t ox = 0; ox < rounded(w->out_width); ox++) {
      const int64_t left = ox * w->stride_width - w->pad_left;
      const hebb_range kx = pool_inside(left, w->dilation_width, w->kernel_width, w->width);
      const bool any = kx.begin < kx.end;
      job->first_columns[ox] = any ? (int32_t)(left + kx.begin * w->dilation_width) : -1;
    }
  }
  start(&run, threads);
}

// MARK: Along the places of the maxima

typedef struct {
  hebb_window window;
  const void *in;
  const int32_t *places;
  void *out;
} place_job;

/// The images and channels that belong to one of `count` threads.
static void share(const hebb_window *w, int index, int count, hebb_range *images,
                  hebb_range *channels) {
  *images = (hebb_range){0, w->batch};
  *channels = (hebb_range){0, w->channels};
  if (w->batch >= count) {
    *images = hebb_part(w->batch, 1, index, count);
  } else {
    *channels = hebb_part(w->channels, 16, index, count);
  }
}

#define PLACE_LOOPS(T)                                                                           \
  static void scatter_##T(void *context, int index, int count) {                                 \
    const place_job *job = context;                                                              \
    const hebb_window *w = &job->window;                                                         \
    const int64_t in = w->out_height * w->out_width, out = w->height * w->width;                 \
    const int64_t channels = w->channels;                                                        \
    hebb_range images, part;                                                                     \
    share(w, index, count, &images, &part);                                                      \
    for (int64_t b = images.begin; b < images.end; b++) {                                        \
      const T *dy = (const T *)job->in + b * in * channels;                                      \
      const int32_t *places = job->places + b * in * channels;                                   \
      T *dx = (T *)job->out + b * out * channels;                                                \
      const int64_t width = part.end - part.begin;                                               \
      if (width == channels) {                                                                   \
        memset(dx, 0, (size_t)(out * channels) * sizeof(T));                                     \
      } else {                                                                                   \
        for (int64_t i = 0; i < out; i++) {                                                      \
          memset(dx + i * channels + part.begin, 0, (size_t)width * sizeof(T));                  \
        }                                                                                        \
      }                                                                                          \
      if (channels == 1 && b + 4 <= images.end) {                                                \
        /* Four planes by turns: a window's sum waits for its neighbour's in the same place. */  \
        memset(dx + out, 0, (size_t)(3 * out) * sizeof(T));                                      \
        for (int64_t i = 0; i < in; i++) {                                                       \
          for (int64_t q = 0; q < 4; q++) {                                                      \
            const int64_t place = places[q * in + i];                                            \
            if ((uint64_t)place < (uint64_t)out) dx[q * out + place] += dy[q * in + i];          \
          }                                                                                      \
        }                                                                                        \
        b += 3;                                                                                  \
        continue;                                                                                \
      }                                                                                          \
      for (int64_t i = 0; i < in; i++) {                                                         \
        for (int64_t c = part.begin; c < part.end; c++) {                                        \
          const int64_t place = places[i * channels + c];                                        \
          if ((uint64_t)place < (uint64_t)out) dx[place * channels + c] += dy[i * channels + c]; \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
  }                                                                                              \
                                                                                                 \
  static void gather_##T(void *context, int index, int count) {                                  \
    const place_job *job = context;                                                              \
    const hebb_window *w = &job->window;                                                         \
    const int64_t in = w->height * w->width, out = w->out_height * w->out_width;                 \
    const int64_t channels = w->channels;                                                        \
    hebb_range images, part;                                                                     \
    share(w, index, count, &images, &part);                                                      \
    for (int64_t b = images.begin; b < images.end; b++) {                                        \
      const T *x = (const T *)job->in + b * in * channels;                                       \
      const int32_t *places = job->places + b * out * channels;                                  \
      T *y = (T *)job->out + b * out * channels;                                                 \
      for (int64_t i = 0; i < out; i++) {                                                        \
        for (int64_t c = part.begin; c < part.end; c++) {                                        \
          const int64_t place = places[i * channels + c];                                        \
          const bool inside = (uint64_t)place < (uint64_t)in;                                    \
          y[i * channels + c] = inside ? x[place * channels + c] : 0;                            \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
  }
PLACE_LOOPS(float)
PLACE_LOOPS(double)

static void follow_places(const hebb_window *window, const void *in, const int32_t *places,
                          void *out, void (*body)(void *, int, int), int threads) {
  place_job job = {*window, in, places, out};
  hebb_window *w = &job.window;
  if (!w->channels_last) {
    w->batch *= w->channels;
    w->channels = 1;
  }
  const int64_t items = hebb_larger(w->batch, w->channels / 16);
  hebb_parallel(hebb_threads_for(work_of(w), items, threads), body, &job);
}

void hebb_pool_scatter(const hebb_window *w, const void *dy, const int32_t *indices, void *dx,
                       bool double_precision, int threads) {
  follow_places(w, dy, indices, dx, double_precision ? scatter_double : scatter_float, threads);
}

void hebb_pool_gather(const hebb_window *w, const void *x, const int32_t *indices, void *y,
                      bool double_precision, int threads) {
  follow_places(w, x, indices, y, double_precision ? gather_double : gather_float, threads);
}
