// Values combined with what stands at positions given by indices.
#include "hebb_loops.h"
#include "hebb_program.h"
#include "loops_support.h"

typedef struct {
  const int64_t *index;
  const void *x;
  void *out;
  int64_t outer, n, count, inner;
  bool along;
  hebb_scatter_kind kind;
  void (*part)(const void *job, hebb_range outers, hebb_range rows, hebb_range columns);
  bool by_columns;
} scatter_job;

/// Combines the values whose targets lie in `rows` and `columns`; every element of the output belongs
/// to one thread, which combines in the order of k. The positions have been checked.
#define EACH(TYPE, COMBINE)                                                     \
  for (int64_t o = outers.begin; o < outers.end; o++) {                         \
    for (int64_t k = 0; k < job->count; k++) {                                  \
      const int64_t item = (o * job->count + k) * inner;                        \
      const TYPE *x = (const TYPE *)job->x + item;                              \
      TYPE *out = (TYPE *)job->out + o * job->n * inner;                        \
      if (!job->along) {                                                        \
        const int64_t j = job->index[k];                                        \
        if (j < rows.begin || j >= rows.end) continue;                          \
        TYPE *to = out + j * inner;                                             \
        for (int64_t i = columns.begin; i < columns.end; i++) {                 \
          const TYPE v = x[i], w = to[i];                                       \
          to[i] = COMBINE;                                                      \
        }                                                                       \
        continue;                                                               \
      }                                                                         \
      for (int64_t i = columns.begin; i < columns.end; i++) {                   \
        const int64_t j = job->index[item + i];                                 \
        if (j < rows.begin || j >= rows.end) continue;                          \
        const TYPE v = x[i], w = out[j * inner + i];                            \
        out[j * inner + i] = COMBINE;                                           \
      }                                                                         \
    }                                                                           \
  }

#define SCATTER(NAME, TYPE)                                                                      \
  static void NAME(const void *context, hebb_range outers, hebb_range rows, hebb_range columns) { \
    const scatter_job *job = context;                                                            \
    const int64_t inner = job->inner;                                                            \
    switch (job->kind) {                                                                         \
      case HEBB_SCATTER_SET: EACH(TYPE, ((void)w, v)) break;                                     \
      case HEBB_SCATTER_ADD: EACH(TYPE, (TYPE)(w + v)) break;                                    \
      case HEBB_SCATTER_MULTIPLY: EACH(TYPE, (TYPE)(w * v)) break;                               \
      case HEBB_SCATTER_MAXIMUM: EACH(TYPE, v > w || v != v ? v : w) break;                      \
      case HEBB_SCATTER_MINIMUM: EACH(TYPE, v < w || v != v ? v : w) break;                      \
    }                                                                                            \
  }
SCATTER(scatter_float, float)
SCATTER(scatter_double, double)
// Sums and products of integers wrap around.
#define INTEGER_SCATTER(NAME, TYPE, UNSIGNED)                                                    \
  static void NAME(const void *context, hebb_range outers, hebb_range rows, hebb_range columns) { \
    const scatter_job *job = context;                                                            \
    const int64_t inner = job->inner;                                                            \
    switch (job->kind) {                                                                         \
      case HEBB_SCATTER_SET: EACH(TYPE, ((void)w, v)) break;                                     \
      case HEBB_SCATTER_ADD: EACH(TYPE, (TYPE)((UNSIGNED)w + (UNSIGNED)v)) break;                \
      case HEBB_SCATTER_MULTIPLY: EACH(TYPE, (TYPE)((UNSIGNED)w * (UNSIGNED)v)) break;           \
      case HEBB_SCATTER_MAXIMUM: EACH(TYPE, v > w ? v : w) break;                                \
      case HEBB_SCATTER_MINIMUM: EACH(TYPE, v < w ? v : w) break;                                \
    }                                                                                            \
  }
INTEGER_SCATTER(scatter_int64, int64_t, uint64_t)
INTEGER_SCATTER(scatter_int32, int32_t, uint32_t)
INTEGER_SCATTER(scatter_uint8, uint8_t, uint8_t)

/// 16-bit floats are only moved.
static void scatter_halves(const void *context, hebb_range outers, hebb_range rows,
                           hebb_range columns) {
  const scatter_job *job = context;
  const int64_t inner = job->inner;
  EACH(uint16_t, ((void)w, v))
}

static void scatter_body(void *context, int thread, int threads) {
  const scatter_job *job = context;
  hebb_range outers = {0, job->outer}, rows = {0, job->n}, columns = {0, job->inner};
  if (job->outer >= threads) {
    outers = hebb_part(job->outer, 1, thread, threads);
  } else if (job->by_columns) {
    columns = hebb_part(job->inner, 16, thread, threads);
  } else {
    rows = hebb_part(job->n, 1, thread, threads);
  }
  job->part(job, outers, rows, columns);
}

int64_t hebb_scatter(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                     int64_t count, int64_t inner, bool along, hebb_scatter_kind kind, int dtype,
                     int threads) {
  const int64_t positions = along ? outer * count * inner : count;
  for (int64_t k = 0; k < positions; k++) {
    if (index[k] < 0 || index[k] >= n) return k;
  }
  scatter_job job = {index, x, out, outer, n, count, inner, along, kind, NULL,
                     inner >= 32 * (int64_t)threads};
  switch (dtype) {
    case HEBB_FLOAT32: job.part = scatter_float; break;
    case HEBB_FLOAT64: job.part = scatter_double; break;
    case HEBB_INT32: job.part = scatter_int32; break;
    case HEBB_INT64: job.part = scatter_int64; break;
    case HEBB_UINT8:
    case HEBB_BOOL: job.part = scatter_uint8; break;
    default:
      if (kind != HEBB_SCATTER_SET) __builtin_trap();
      job.part = scatter_halves;
  }
  const int64_t work = outer * count * inner;
  hebb_parallel(hebb_threads_for(work, hebb_larger(outer, hebb_larger(n, inner)), threads),
                scatter_body, &job);
  return -1;
}
