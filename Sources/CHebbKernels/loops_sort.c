// The order of the elements of rows, stable, and positions in sorted rows.
#include "hebb_loops.h"
#include "hebb_program.h"
#include "loops_support.h"

/// Rows that are sorted by insertion, and the share of a row up to which only its first elements are
/// looked for.
#define SORT_SHORT 48
#define SORT_SELECTED_SHARE 8

/// An element's key, in the order of the elements, above its index: the order is total, and sorting
/// by it is stable.
typedef uint64_t narrow;
typedef struct {
  uint64_t key, index;
} wide;

static inline bool narrow_less(narrow a, narrow b) { return a < b; }
static inline bool wide_less(wide a, wide b) {
  return a.key < b.key || (a.key == b.key && a.index < b.index);
}
static inline unsigned narrow_digit(narrow a, int place) { return a >> (32 + 8 * place) & 0xff; }
static inline unsigned wide_digit(wide a, int place) { return a.key >> (8 * place) & 0xff; }
static inline int64_t narrow_index(narrow a) { return (int64_t)(a & 0xffffffff); }
static inline int64_t wide_index(wide a) { return (int64_t)a.index; }

/// NAME_sort orders n elements by radix, least significant digit first; digits that all elements
/// share are skipped. NAME_select leaves the k smallest, ordered, in front: a heap of them has the
/// largest on top.
#define SORT(TYPE)                                                                              \
  static void TYPE##_sort(TYPE *a, TYPE *spare, int64_t n, int digits) {                        \
    if (n <= SORT_SHORT) {                                                                      \
      for (int64_t i = 1; i < n; i++) {                                                         \
        const TYPE x = a[i];                                                                    \
        int64_t j = i;                                                                          \
        for (; j > 0 && TYPE##_less(x, a[j - 1]); j--) a[j] = a[j - 1];                         \
        a[j] = x;                                                                               \
      }                                                                                         \
      return;                                                                                   \
    }                                                                                           \
    int64_t counts[8][256];                                                                     \
    memset(counts, 0, (size_t)digits * sizeof counts[0]);                                       \
    for (int64_t i = 0; i < n; i++) {                                                           \
      for (int d = 0; d < digits; d++) counts[d][TYPE##_digit(a[i], d)]++;                      \
    }                                                                                           \
    TYPE *from = a, *to = spare;                                                                \
    for (int d = 0; d < digits; d++) {                                                          \
      int64_t *place = counts[d], total = 0;                                                    \
      if (place[TYPE##_digit(from[0], d)] == n) continue;                                       \
      for (int v = 0; v < 256; v++) {                                                           \
        const int64_t count = place[v];                                                         \
        place[v] = total;                                                                       \
        total += count;                                                                         \
      }                                                                                         \
      for (int64_t i = 0; i < n; i++) to[place[TYPE##_digit(from[i], d)]++] = from[i];          \
      TYPE *other = from;                                                                       \
      from = to;                                                                                \
      to = other;                                                                               \
    }                                                                                           \
    if (from != a) memcpy(a, from, (size_t)n * sizeof(TYPE));                                   \
  }                                                                                             \
  static void TYPE##_sift(TYPE *heap, int64_t k, int64_t top) {                                 \
    const TYPE x = heap[top];                                                                   \
    for (int64_t child = 2 * top + 1; child < k; child = 2 * top + 1) {                         \
      if (child + 1 < k && TYPE##_less(heap[child], heap[child + 1])) child++;                  \
      if (!TYPE##_less(x, heap[child])) break;                                                  \
      heap[top] = heap[child];                                                                  \
      top = child;                                                                              \
    }                                                                                           \
    heap[top] = x;                                                                              \
  }                                                                                             \
  static void TYPE##_select(TYPE *a, TYPE *spare, int64_t n, int64_t k, int digits) {           \
    for (int64_t i = k / 2 - 1; i >= 0; i--) TYPE##_sift(a, k, i);                              \
    for (int64_t i = k; i < n; i++) {                                                           \
      if (!TYPE##_less(a[i], a[0])) continue;                                                   \
      a[0] = a[i];                                                                              \
      TYPE##_sift(a, k, 0);                                                                     \
    }                                                                                           \
    TYPE##_sort(a, spare, k, digits);                                                           \
  }
SORT(narrow)
SORT(wide)

/// Bits of a float of `width` bits as an unsigned number in the same order. Both zeros are equal;
/// NaN comes last, in descending order too.
static inline uint64_t key_of_bits(uint64_t bits, int width, uint64_t infinity, bool descending) {
  const uint64_t sign = (uint64_t)1 << (width - 1), all = sign | (sign - 1);
  const uint64_t size = bits & (sign - 1);
  if (size > infinity) return all;
  const uint64_t key = (bits & sign) && size != 0 ? all & ~bits : size | sign;
  return descending ? all & ~key : key;
}

typedef struct {
  const char *x;
  int64_t *out;
  char *scratch;
  int64_t outer, n, inner, count;
  bool descending;
  int dtype;
} sort_job;

#define FLOAT_KEYS(BITS, WIDTH, INFINITY_BITS)                                                    \
  for (int64_t k = 0; k < n; k++) {                                                               \
    const uint64_t key = key_of_bits(((const BITS *)(const void *)job->x)[first + k * step], WIDTH, \
                                     INFINITY_BITS, job->descending);                             \
    KEEP(key)                                                                                     \
  }
#define INTEGER_KEYS(TYPE, UNSIGNED, OFFSET)                                              \
  for (int64_t k = 0; k < n; k++) {                                                       \
    const UNSIGNED key =                                                                  \
        (UNSIGNED)((UNSIGNED)((const TYPE *)(const void *)job->x)[first + k * step] ^ OFFSET); \
    KEEP((uint64_t)(job->descending ? (UNSIGNED)~key : key))                              \
  }

static void sort_narrow(const sort_job *job, int64_t first, narrow *a) {
  const int64_t n = job->n, step = job->inner;
  int digits = 4;
#define KEEP(key) a[k] = (key) << 32 | (uint64_t)k;
  switch (job->dtype) {
    case HEBB_FLOAT32: FLOAT_KEYS(uint32_t, 32, 0x7f800000) break;
    case HEBB_INT32: INTEGER_KEYS(int32_t, uint32_t, 0x80000000u) break;
    case HEBB_BFLOAT16: digits = 2; FLOAT_KEYS(uint16_t, 16, 0x7f80) break;
    case HEBB_FLOAT16: digits = 2; FLOAT_KEYS(uint16_t, 16, 0x7c00) break;
    default: digits = 1; INTEGER_KEYS(uint8_t, uint8_t, 0u) break;
  }
#undef KEEP
  if (job->count <= n / SORT_SELECTED_SHARE) {
    narrow_select(a, a + n, n, job->count, digits);
  } else {
    narrow_sort(a, a + n, n, digits);
  }
}

static void sort_wide(const sort_job *job, int64_t first, wide *a) {
  const int64_t n = job->n, step = job->inner;
#define KEEP(value)          \
  a[k].key = (value);        \
  a[k].index = (uint64_t)k;
  if (job->dtype == HEBB_FLOAT64) {
    FLOAT_KEYS(uint64_t, 64, 0x7ff0000000000000)
  } else {
    INTEGER_KEYS(int64_t, uint64_t, (uint64_t)1 << 63)
  }
#undef KEEP
  if (job->count <= n / SORT_SELECTED_SHARE) {
    wide_select(a, a + n, n, job->count, 8);
  } else {
    wide_sort(a, a + n, n, 8);
  }
}

static bool is_wide(int dtype) { return dtype == HEBB_FLOAT64 || dtype == HEBB_INT64; }

static void sort_body(void *context, int thread, int threads) {
  const sort_job *job = context;
  const int64_t n = job->n, inner = job->inner, count = job->count;
  const hebb_range rows = hebb_part(job->outer * inner, 1, thread, threads);
  char *scratch = job->scratch + hebb_arg_sort_scratch(n, job->dtype, thread);
  for (int64_t row = rows.begin; row < rows.end; row++) {
    const int64_t o = row / inner, i = row % inner, first = o * n * inner + i;
    int64_t *out = job->out + o * count * inner + i;
    if (is_wide(job->dtype)) {
      wide *a = (wide *)(void *)scratch;
      sort_wide(job, first, a);
      for (int64_t k = 0; k < count; k++) out[k * inner] = wide_index(a[k]);
    } else {
      narrow *a = (narrow *)(void *)scratch;
      sort_narrow(job, first, a);
      for (int64_t k = 0; k < count; k++) out[k * inner] = narrow_index(a[k]);
    }
  }
}

int64_t hebb_arg_sort_scratch(int64_t n, int dtype, int threads) {
  return 2 * n * (int64_t)(is_wide(dtype) ? sizeof(wide) : sizeof(narrow)) * threads;
}

void hebb_arg_sort(const void *x, int64_t *out, void *scratch, int64_t outer, int64_t n, int64_t inner,
                   int64_t count, bool descending, int dtype, int threads) {
  if (outer <= 0 || inner <= 0 || count <= 0) return;
  if (n > UINT32_MAX) __builtin_trap();
  sort_job job = {x, out, scratch, outer, n, inner, count, descending, dtype};
  const int64_t rows = outer * inner;
  hebb_parallel(hebb_threads_for(rows * n, rows, threads), sort_body, &job);
}

// MARK: positions in sorted rows

typedef struct {
  const void *edges, *x;
  int64_t *out;
  int64_t rows, n, count;
  bool right;
} search_job;

/// Whether a comes before b; NaN comes last.
#define BEFORE(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))

#define SEARCH(NAME, TYPE)                                                   \
  static void NAME(void *context, int thread, int threads) {                 \
    const search_job *job = context;                                         \
    const int64_t n = job->n;                                                \
    const hebb_range part = hebb_part(job->rows * job->count, 1, thread, threads); \
    for (int64_t item = part.begin; item < part.end; item++) {               \
      const TYPE *edges = (const TYPE *)job->edges + item / job->count * n;  \
      const TYPE value = ((const TYPE *)job->x)[item];                       \
      int64_t low = 0, high = n;                                             \
      while (low < high) {                                                   \
        const int64_t middle = low + (high - low) / 2;                       \
        const TYPE edge = edges[middle];                                     \
        const bool after = job->right ? !BEFORE(value, edge) : BEFORE(edge, value); \
        if (after) {                                                         \
          low = middle + 1;                                                  \
        } else {                                                             \
          high = middle;                                                     \
        }                                                                    \
      }                                                                      \
      job->out[item] = low;                                                  \
    }                                                                        \
  }
SEARCH(search_float, float)
SEARCH(search_double, double)
SEARCH(search_int32, int32_t)
SEARCH(search_int64, int64_t)

bool hebb_search_sorted(const void *edges, const void *x, int64_t *out, int64_t rows, int64_t n,
                        int64_t count, bool right, int dtype, int threads) {
  search_job job = {edges, x, out, rows, n, count, right};
  void (*body)(void *, int, int);
  switch (dtype) {
    case HEBB_FLOAT32: body = search_float; break;
    case HEBB_FLOAT64: body = search_double; break;
    case HEBB_INT32: body = search_int32; break;
    case HEBB_INT64: body = search_int64; break;
    default: return false;
  }
  if (rows <= 0 || count <= 0) return true;
  hebb_parallel(hebb_threads_for(rows * count * 8, rows * count, threads), body, &job);
  return true;
}
