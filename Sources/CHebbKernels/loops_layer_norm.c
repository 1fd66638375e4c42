// Normalization of rows and its gradient. A row stays in the first-level cache while it is read three times. Sums over
// the rows have an order of their own, whatever the number of threads: those of fixed parts of the rows are added.
#include <math.h>
#include <string.h>

#include "hebb_loops.h"
#include "loops_support.h"

/// Elements whose lanes are added as floats before doubles go on.
#define LAYER_NORM_STRETCH 4096

#define HEBB_TEMPLATE "loops_layer_norm_kernels.h"
#include "loops_levels.h"

static void layer_norm_doubles(const double *x, const double *scale, const double *shift, double *y, int64_t rows,
                               int64_t n, double epsilon) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    const double slope = 1 / sqrt(squares / (double)n + epsilon);
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * slope * scale[i] + shift[i];
  }
}

static void layer_norm_gradient_doubles(const double *dy, const double *x, const double *scale, double *dx,
                                        double *sums, int64_t rows, int64_t n, double epsilon) {
  for (int64_t r = 0; r < rows; r++, dy += n, x += n, dx += n) {
    double mean = 0, squares = 0, total = 0, product = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++) {
      const double d = x[i] - mean, g = dy[i] * scale[i];
      squares += d * d;
      total += g;
      product += g * d;
    }
    const double slope = 1 / sqrt(squares / (double)n + epsilon);
    total /= (double)n;
    product *= slope / (double)n;
    for (int64_t i = 0; i < n; i++) {
      const double h = (x[i] - mean) * slope;
      dx[i] = slope * (dy[i] * scale[i] - total - h * product);
      sums[i] += dy[i] * h;
      sums[n + i] += dy[i];
    }
  }
}

typedef struct {
  const void *dy, *x, *scale, *shift;
  void *to, *sums;
  int64_t rows, n;
  double epsilon;
  bool double_precision, streams;
} layer_norm_job;

static const void *row_of(const layer_norm_job *job, const void *start, int64_t row) {
  return (const char *)start + row * job->n * (job->double_precision ? 8 : 4);
}

static void layer_norm_body(void *context, int index, int count) {
  const layer_norm_job *job = context;
  const hebb_range range = hebb_part(job->rows, 1, index, count);
  const int64_t rows = range.end - range.begin;
  if (rows <= 0) return;
  const void *x = row_of(job, job->x, range.begin);
  void *y = (void *)row_of(job, job->to, range.begin);
  if (job->double_precision)
    layer_norm_doubles(x, job->scale, job->shift, y, rows, job->n, job->epsilon);
  else HEBB_AT_LEVEL(layer_norm_floats)(x, job->scale, job->shift, y, rows, job->n, job->epsilon, job->streams);
}

void hebb_layer_norm(const void *x, const void *scale, const void *shift, void *y, int64_t rows, int64_t n,
                     double epsilon, bool double_precision, int threads) {
  if (rows <= 0 || n <= 0) return;
  const bool streams = x != y && 4 * rows * n >= HEBB_STREAM_BYTES;
  layer_norm_job job = {.x = x, .scale = scale, .shift = shift, .to = y, .rows = rows, .n = n, .epsilon = epsilon,
                        .double_precision = double_precision, .streams = streams};
  hebb_parallel(hebb_threads_for(rows * n, rows, threads), layer_norm_body, &job);
}

// MARK: Gradient

/// Parts of the rows, each with sums of its own.
static int64_t part_count(int64_t rows) { return hebb_smaller(rows, 64); }

int64_t hebb_layer_norm_scratch_bytes(int64_t rows, int64_t n, bool double_precision) {
  return part_count(rows) * 2 * n * (double_precision ? 8 : 4);
}

static void gradient_body(void *context, int index, int count) {
  const layer_norm_job *job = context;
  const int64_t parts = part_count(job->rows), n = job->n;
  const hebb_range range = hebb_part(parts, 1, index, count);
  for (int64_t part = range.begin; part < range.end; part++) {
    const hebb_range some = hebb_part(job->rows, 1, (int)part, (int)parts);
    const int64_t rows = some.end - some.begin;
    const void *dy = row_of(job, job->dy, some.begin), *x = row_of(job, job->x, some.begin);
    void *dx = (void *)row_of(job, job->to, some.begin);
    void *sums = (void *)row_of(job, job->sums, 2 * part);
    memset(sums, 0, (size_t)(2 * n) * (job->double_precision ? 8 : 4));
    if (job->double_precision)
      layer_norm_gradient_doubles(dy, x, job->scale, dx, sums, rows, n, job->epsilon);
    else HEBB_AT_LEVEL(layer_norm_gradient_floats)(dy, x, job->scale, dx, sums, rows, n, job->epsilon);
  }
}

/// Adds the sums of all parts.
static void add_parts(const layer_norm_job *job, void *total) {
  const int64_t parts = part_count(job->rows), width = 2 * job->n;
  for (int64_t first = 0; first < width; first += 64) {
    const int64_t count = hebb_smaller(64, width - first);
    double sums[64] = {0};
    for (int64_t part = 0; part < parts; part++) {
      const int64_t at = part * width + first;
      if (job->double_precision)
        for (int64_t i = 0; i < count; i++) sums[i] += ((const double *)job->sums)[at + i];
      else
        for (int64_t i = 0; i < count; i++) sums[i] += ((const float *)job->sums)[at + i];
    }
    for (int64_t i = 0; i < count; i++) {
      if (job->double_precision) ((double *)total)[first + i] = sums[i];
      else ((float *)total)[first + i] = (float)sums[i];
    }
  }
}

void hebb_layer_norm_gradient(const void *dy, const void *x, const void *scale, void *result, int64_t rows, int64_t n,
                              double epsilon, bool double_precision, void *scratch, int threads) {
  if (rows <= 0 || n <= 0) return;
  layer_norm_job job = {.dy = dy, .x = x, .scale = scale, .to = result, .sums = scratch, .rows = rows, .n = n,
                        .epsilon = epsilon, .double_precision = double_precision};
  hebb_parallel(hebb_threads_for(2 * rows * n, part_count(rows), threads), gradient_body, &job);
  add_parts(&job, (void *)row_of(&job, result, rows));
}
