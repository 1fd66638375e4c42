// Rows and elements picked by index, and their transposes, which add.
#include "hebb_loops.h"
#include "loops_support.h"

typedef struct {
  const char *x;
  const int64_t *index;
  char *out;
  int64_t outer, n, count, inner, element_size;
  bool by_columns;        // scatters: threads share the columns, not the output rows
  int64_t bad[64];        // for each thread, the first position with an index out of range
} gather_job;

/// Runs `body` and returns the smallest position any thread marked bad, or -1.
static int64_t run(gather_job *job, void (*body)(void *, int, int), int threads) {
  threads = (int)hebb_smaller(threads, 64);
  for (int t = 0; t < threads; t++) job->bad[t] = INT64_MAX;
  hebb_parallel(threads, body, job);
  int64_t first = INT64_MAX;
  for (int t = 0; t < threads; t++) first = hebb_smaller(first, job->bad[t]);
  return first == INT64_MAX ? -1 : first;
}

static bool outside(int64_t j, int64_t n) { return j < 0 || j >= n; }

// MARK: gather

static void gather_body(void *context, int thread, int threads) {
  gather_job *job = context;
  const int64_t row = job->inner * job->element_size;
  const hebb_range range = hebb_part(job->outer * job->count, 1, thread, threads);
  for (int64_t item = range.begin; item < range.end; item++) {
    const int64_t o = item / job->count, k = item % job->count, j = job->index[k];
    if (outside(j, job->n)) {
      memset(job->out + item * row, 0, (size_t)row);
      job->bad[thread] = hebb_smaller(job->bad[thread], k);
    } else {
      hebb_copy_bytes(job->out + item * row, job->x + (o * job->n + j) * row, row);
    }
  }
}

int64_t hebb_gather(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                    int64_t count, int64_t inner, int64_t element_size, int threads) {
  gather_job job = {x, index, out, outer, n, count, inner, element_size, false, {0}};
  const int64_t items = outer * count;
  return run(&job, gather_body, hebb_threads_for(items * inner, items, threads));
}

// MARK: scatter_add

/// Adds x's rows to out's, for output rows `rows` and columns `columns`. Every element of the
/// output belongs to one thread, which adds in the order of k.
#define SCATTER(NAME, TYPE)                                                                   \
  static void NAME(gather_job *job, hebb_range outers, hebb_range rows, hebb_range columns,   \
                   int64_t *bad) {                                                            \
    const int64_t n = job->n, count = job->count, inner = job->inner;                         \
    const int64_t width = columns.end - columns.begin;                                        \
    for (int64_t o = outers.begin; o < outers.end; o++) {                                     \
      const TYPE *x = (const TYPE *)(const void *)job->x + o * count * inner + columns.begin; \
      TYPE *out = (TYPE *)(void *)job->out + o * n * inner + columns.begin;                   \
      if (width == inner) {                                                                   \
        memset(out + rows.begin * inner, 0,                                                   \
               (size_t)((rows.end - rows.begin) * inner) * sizeof(TYPE));                     \
      } else {                                                                                \
        for (int64_t j = rows.begin; j < rows.end; j++) {                                     \
          memset(out + j * inner, 0, (size_t)width * sizeof(TYPE));                           \
        }                                                                                     \
      }                                                                                       \
      for (int64_t k = 0; k < count; k++) {                                                   \
        const int64_t j = job->index[k];                                                      \
        if (outside(j, n)) *bad = hebb_smaller(*bad, k);                                      \
        if (j < rows.begin || j >= rows.end) continue;                                        \
        const TYPE *restrict from = x + k * inner;                                            \
        TYPE *restrict to = out + j * inner;                                                  \
        for (int64_t i = 0; i < width; i++) to[i] += from[i];                                 \
      }                                                                                       \
    }                                                                                         \
  }
SCATTER(scatter_float, float)
SCATTER(scatter_double, double)

static void scatter_body(void *context, int thread, int threads) {
  gather_job *job = context;
  hebb_range outers = {0, job->outer}, rows = {0, job->n}, columns = {0, job->inner};
  if (job->outer >= threads) {
    outers = hebb_part(job->outer, 1, thread, threads);
  } else if (job->by_columns) {
    columns = hebb_part(job->inner, 16, thread, threads);
  } else {
    rows = hebb_part(job->n, 1, thread, threads);
  }
  (job->element_size == 8 ? scatter_double : scatter_float)(job, outers, rows, columns,
                                                            &job->bad[thread]);
}

int64_t hebb_scatter_add(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                         int64_t count, int64_t inner, bool double_precision, int threads) {
  gather_job job = {x, index, out, outer, n, count, inner, double_precision ? 8 : 4,
                    inner >= 32 * (int64_t)threads, {0}};
  const int64_t work = outer * (count + n) * inner;
  const int used = hebb_threads_for(work, hebb_larger(outer, hebb_larger(n, inner)), threads);
  return run(&job, scatter_body, used);
}

// MARK: take_along, put_along_add

#define TAKE(BYTES)                                                                   \
  for (int64_t i = 0; i < job->inner; i++) {                                          \
    const int64_t j = index[i];                                                       \
    if (outside(j, job->n)) {                                                         \
      memset(out + i * (BYTES), 0, (size_t)(BYTES));                                  \
      job->bad[thread] = hebb_smaller(job->bad[thread], item * job->inner + i);       \
    } else {                                                                          \
      memcpy(out + i * (BYTES), x + (j * job->inner + i) * (BYTES), (size_t)(BYTES)); \
    }                                                                                 \
  }

static void take_body(void *context, int thread, int threads) {
  gather_job *job = context;
  const int64_t size = job->element_size;
  const hebb_range range = hebb_part(job->outer * job->count, 1, thread, threads);
  for (int64_t item = range.begin; item < range.end; item++) {
    const int64_t *index = job->index + item * job->inner;
    const char *x = job->x + item / job->count * job->n * job->inner * size;
    char *out = job->out + item * job->inner * size;
    switch (size) {
      case 1: TAKE(1) break;
      case 2: TAKE(2) break;
      case 4: TAKE(4) break;
      case 8: TAKE(8) break;
      default: TAKE(size) break;
    }
  }
}

int64_t hebb_take_along(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                        int64_t count, int64_t inner, int64_t element_size, int threads) {
  gather_job job = {x, index, out, outer, n, count, inner, element_size, false, {0}};
  const int64_t items = outer * count;
  return run(&job, take_body, hebb_threads_for(items * inner, items, threads));
}

#define PUT(NAME, TYPE)                                                                    \
  static void NAME(gather_job *job, hebb_range outers, hebb_range columns, int64_t *bad) { \
    const int64_t n = job->n, count = job->count, inner = job->inner;                      \
    const int64_t width = columns.end - columns.begin;                                     \
    TYPE *first_out = (TYPE *)(void *)job->out + outers.begin * n * inner;                 \
    const int64_t rows = (outers.end - outers.begin) * n;                                  \
    if (width == inner) {                                                                  \
      memset(first_out, 0, (size_t)(rows * inner) * sizeof(TYPE));                         \
    } else {                                                                               \
      for (int64_t j = 0; j < rows; j++) {                                                 \
        memset(first_out + j * inner + columns.begin, 0, (size_t)width * sizeof(TYPE));    \
      }                                                                                    \
    }                                                                                      \
    for (int64_t o = outers.begin; o < outers.end; o++) {                                  \
      TYPE *out = (TYPE *)(void *)job->out + o * n * inner;                                \
      for (int64_t k = 0; k < count; k++) {                                                \
        const int64_t first = (o * count + k) * inner;                                     \
        const TYPE *x = (const TYPE *)(const void *)job->x + first;                        \
        const int64_t *index = job->index + first;                                         \
        for (int64_t i = columns.begin; i < columns.end; i++) {                            \
          const int64_t j = index[i];                                                      \
          if (outside(j, n)) {                                                             \
            *bad = hebb_smaller(*bad, first + i);                                          \
          } else {                                                                         \
            out[j * inner + i] += x[i];                                                    \
          }                                                                                \
        }                                                                                  \
      }                                                                                    \
    }                                                                                      \
  }
PUT(put_float, float)
PUT(put_double, double)

static void put_body(void *context, int thread, int threads) {
  gather_job *job = context;
  hebb_range outers = {0, job->outer}, columns = {0, job->inner};
  if (job->outer >= threads) {
    outers = hebb_part(job->outer, 1, thread, threads);
  } else {
    columns = hebb_part(job->inner, 16, thread, threads);
  }
  (job->element_size == 8 ? put_double : put_float)(job, outers, columns, &job->bad[thread]);
}

int64_t hebb_put_along_add(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                           int64_t count, int64_t inner, bool double_precision, int threads) {
  gather_job job = {x, index, out, outer, n, count, inner, double_precision ? 8 : 4, false, {0}};
  const int64_t work = outer * (count + n) * inner;
  return run(&job, put_body, hebb_threads_for(work, hebb_larger(outer, inner), threads));
}
