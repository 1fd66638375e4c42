// Running sums, products and extremes along an axis. Each element is computed in the order of the
// axis, by one thread: results do not depend on the number of threads.
#include <math.h>

#include "hebb_loops.h"
#include "hebb_program.h"
#include "loops_support.h"

/// Columns that run side by side.
#define SCAN_COLUMNS 128

typedef struct {
  const void *a, *x;
  void *out;
  int64_t outer, n, inner;
  bool reverse, smallest;
  void (*tile)(const void *job, int64_t first, int64_t width);
} scan_job;

/// Runs through the axis: `from` is the offset of a row's first column.
#define ALONG(job, from)                                                                   \
  for (int64_t k = 0, from = first + ((job)->reverse ? ((job)->n - 1) * (job)->inner : 0); \
       k < (job)->n; k++, from += (job)->reverse ? -(job)->inner : (job)->inner)

/// STEP makes the next running value from the running value r and the element v.
#define SCAN(NAME, TYPE, RUNNING, START, STEP)                                       \
  static void NAME(const void *context, int64_t first, int64_t width) {              \
    const scan_job *job = context;                                                   \
    RUNNING running[SCAN_COLUMNS];                                                   \
    for (int64_t i = 0; i < width; i++) running[i] = START;                          \
    ALONG(job, from) {                                                               \
      const TYPE *x = (const TYPE *)job->x + from;                                   \
      TYPE *y = (TYPE *)job->out + from;                                             \
      for (int64_t i = 0; i < width; i++) {                                          \
        const RUNNING r = running[i], v = (RUNNING)x[i];                             \
        running[i] = STEP;                                                           \
        y[i] = (TYPE)running[i];                                                     \
      }                                                                              \
    }                                                                                \
  }

static double log_add(double a, double b) {
  if (a != a || b != b) return a + b;
  const double larger = a > b ? a : b, smaller = a > b ? b : a;
  return smaller == larger && isinf(a) ? a : larger + log1p(exp(smaller - larger));
}

SCAN(sum_float, float, double, 0, r + v)
SCAN(sum_double, double, double, 0, r + v)
SCAN(sum_int64, int64_t, uint64_t, 0, r + v)
SCAN(sum_int32, int32_t, uint32_t, 0, r + v)
SCAN(sum_uint8, uint8_t, uint8_t, 0, (uint8_t)(r + v))
SCAN(product_float, float, double, 1, r * v)
SCAN(product_double, double, double, 1, r * v)
SCAN(product_int64, int64_t, uint64_t, 1, r * v)
SCAN(product_int32, int32_t, uint32_t, 1, r * v)
SCAN(product_uint8, uint8_t, uint8_t, 1, (uint8_t)(r * v))
SCAN(log_sum_exp_float, float, double, -INFINITY, log_add(r, v))
SCAN(log_sum_exp_double, double, double, -INFINITY, log_add(r, v))

#define RECURRENCE(NAME, TYPE)                                                       \
  static void NAME(const void *context, int64_t first, int64_t width) {              \
    const scan_job *job = context;                                                   \
    double running[SCAN_COLUMNS];                                                    \
    ALONG(job, from) {                                                               \
      const TYPE *a = (const TYPE *)job->a + from, *x = (const TYPE *)job->x + from; \
      TYPE *y = (TYPE *)job->out + from;                                             \
      for (int64_t i = 0; i < width; i++) {                                          \
        const double v = (double)x[i];                                               \
        running[i] = k == 0 ? v : (double)a[i] * running[i] + v;                     \
        y[i] = (TYPE)running[i];                                                     \
      }                                                                              \
    }                                                                                \
  }
RECURRENCE(recurrence_float, float)
RECURRENCE(recurrence_double, double)

#define ARG_SCAN(NAME, TYPE)                                                         \
  static void NAME(const void *context, int64_t first, int64_t width) {              \
    const scan_job *job = context;                                                   \
    TYPE best[SCAN_COLUMNS];                                                         \
    int64_t place[SCAN_COLUMNS];                                                     \
    ALONG(job, from) {                                                               \
      const TYPE *x = (const TYPE *)job->x + from;                                   \
      int64_t *y = (int64_t *)job->out + from;                                       \
      for (int64_t i = 0; i < width; i++) {                                          \
        const TYPE v = x[i];                                                         \
        if (k == 0 || v != v || (job->smallest ? v <= best[i] : v >= best[i])) {     \
          best[i] = v;                                                               \
          place[i] = job->reverse ? job->n - 1 - k : k;                              \
        }                                                                            \
        y[i] = place[i];                                                             \
      }                                                                              \
    }                                                                                \
  }
ARG_SCAN(arg_scan_float, float)
ARG_SCAN(arg_scan_double, double)
ARG_SCAN(arg_scan_int64, int64_t)
ARG_SCAN(arg_scan_int32, int32_t)
ARG_SCAN(arg_scan_uint8, uint8_t)

static void scan_body(void *context, int thread, int threads) {
  const scan_job *job = context;
  const int64_t tiles = (job->inner + SCAN_COLUMNS - 1) / SCAN_COLUMNS;
  const hebb_range range = hebb_part(job->outer * tiles, 1, thread, threads);
  for (int64_t item = range.begin; item < range.end; item++) {
    const int64_t column = item % tiles * SCAN_COLUMNS;
    job->tile(job, item / tiles * job->n * job->inner + column,
              hebb_smaller(SCAN_COLUMNS, job->inner - column));
  }
}

static void run(scan_job *job, int threads) {
  const int64_t tiles = (job->inner + SCAN_COLUMNS - 1) / SCAN_COLUMNS;
  if (job->outer <= 0 || job->n <= 0 || job->inner <= 0) return;
  hebb_parallel(hebb_threads_for(job->outer * job->n * job->inner, job->outer * tiles, threads),
                scan_body, job);
}

#define CHOOSE(name)                                   \
  switch (dtype) {                                     \
    case HEBB_FLOAT32: job.tile = name##_float; break; \
    case HEBB_FLOAT64: job.tile = name##_double; break;
#define CHOOSE_INTEGER(name)                          \
    case HEBB_INT32: job.tile = name##_int32; break;  \
    case HEBB_INT64: job.tile = name##_int64; break;  \
    case HEBB_UINT8: job.tile = name##_uint8; break;
#define CHOSEN              \
    default: return false;  \
  }

bool hebb_scan(const void *x, void *out, int64_t outer, int64_t n, int64_t inner, hebb_scan_kind kind,
               bool reverse, int dtype, int threads) {
  scan_job job = {NULL, x, out, outer, n, inner, reverse, kind == HEBB_SCAN_MINIMUM, NULL};
  switch (kind) {
    case HEBB_SCAN_SUM: CHOOSE(sum) CHOOSE_INTEGER(sum) CHOSEN break;
    case HEBB_SCAN_PRODUCT: CHOOSE(product) CHOOSE_INTEGER(product) CHOSEN break;
    case HEBB_SCAN_LOG_SUM_EXP: CHOOSE(log_sum_exp) CHOSEN break;
    case HEBB_SCAN_MAXIMUM:
    case HEBB_SCAN_MINIMUM:
      CHOOSE(arg_scan) CHOOSE_INTEGER(arg_scan)
      case HEBB_BOOL: job.tile = arg_scan_uint8; break;
      CHOSEN break;
  }
  run(&job, threads);
  return true;
}

bool hebb_linear_recurrence(const void *a, const void *x, void *out, int64_t outer, int64_t n,
                            int64_t inner, bool reverse, int dtype, int threads) {
  scan_job job = {a, x, out, outer, n, inner, reverse, false, NULL};
  CHOOSE(recurrence) CHOSEN
  run(&job, threads);
  return true;
}
