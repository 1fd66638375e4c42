// Softmax and its logarithm over rows, which stay in the cache while they are read three times.
#include <math.h>

#include "hebb_loops.h"
#include "loops_support.h"

/// The longest row, in elements, whose results wait in the first-level cache before they are streamed.
#define STREAMED_ROW 4096

/// Elements that stay in the first-level cache between two passes of a longer row.
#define SOFTMAX_BLOCK 2048

#define HEBB_TEMPLATE "loops_softmax_kernels.h"
#include "loops_levels.h"

static void softmax_doubles(const double *x, double *y, int64_t rows, int64_t n, bool logarithm) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    double largest = x[0], sum = 0;
    for (int64_t i = 1; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    for (int64_t i = 0; i < n; i++) {
      const double e = exp(x[i] - largest);
      if (!logarithm) y[i] = e;
      sum += e;
    }
    const double last = log(sum);
    for (int64_t i = 0; i < n; i++) y[i] = logarithm ? x[i] - largest - last : y[i] / sum;
  }
}

typedef struct {
  const void *x;
  void *y;
  int64_t rows, n;
  bool logarithm, double_precision, streams;
} softmax_job;

static void softmax_body(void *context, int index, int count) {
  const softmax_job *job = context;
  const hebb_range range = hebb_part(job->rows, 1, index, count);
  const int64_t first = range.begin * job->n, rows = range.end - range.begin;
  if (rows <= 0) return;
  if (job->double_precision) {
    softmax_doubles((const double *)job->x + first, (double *)job->y + first, rows, job->n,
                    job->logarithm);
  } else {
    HEBB_AT_LEVEL(softmax_floats)
    ((const float *)job->x + first, (float *)job->y + first, rows, job->n, job->logarithm,
     job->streams);
  }
}

void hebb_softmax_rows(const void *x, void *y, int64_t rows, int64_t n, bool logarithm,
                       bool double_precision, int threads) {
  if (rows <= 0 || n <= 0) return;
  const bool streams = x != y && 4 * rows * n >= HEBB_STREAM_BYTES;
  softmax_job job = {x, y, rows, n, logarithm, double_precision, streams};
  hebb_parallel(hebb_threads_for(rows * n, rows, threads), softmax_body, &job);
}

static void log_sum_exp_doubles(const double *x, const double *less, double *y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    double largest = x[0], sum = 0;
    for (int64_t i = 1; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    const double shift = isinf(largest) ? 0 : largest;
    for (int64_t i = 0; i < n; i++) sum += exp(x[i] - shift);
    y[r] = log(sum) + (shift - (less ? less[r] : 0));
  }
}

typedef struct {
  const void *x, *less;
  void *y;
  int64_t rows, n;
  bool double_precision;
} log_sum_exp_job;

static void log_sum_exp_body(void *context, int index, int count) {
  const log_sum_exp_job *job = context;
  const hebb_range range = hebb_part(job->rows, 1, index, count);
  const int64_t first = range.begin * job->n, rows = range.end - range.begin;
  if (rows <= 0) return;
  if (job->double_precision)
    log_sum_exp_doubles((const double *)job->x + first, job->less ? (const double *)job->less + range.begin : NULL,
                        (double *)job->y + range.begin, rows, job->n);
  else
    HEBB_AT_LEVEL(log_sum_exp_floats)
    ((const float *)job->x + first, job->less ? (const float *)job->less + range.begin : NULL,
     (float *)job->y + range.begin, rows, job->n);
}

void hebb_log_sum_exp_rows(const void *x, const void *less, void *y, int64_t rows, int64_t n, bool double_precision,
                           int threads) {
  if (rows <= 0 || n <= 0) return;
  log_sum_exp_job job = {x, less, y, rows, n, double_precision};
  hebb_parallel(hebb_threads_for(rows * n, rows, threads), log_sum_exp_body, &job);
}
