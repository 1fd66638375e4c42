// The place of the largest or smallest element along an axis.
#include "hebb_loops.h"
#include "hebb_program.h"
#include "loops_support.h"

/// Elements of a row that are searched before the best so far is compared, and how many side by
/// side.
#define ARG_BLOCK 1024
#define ARG_LANES 32
#define ARG_SHORT 48
/// Columns that one work item handles side by side.
#define ARG_COLUMNS 256

#define KEY_SAME(x) (x)
#define ODD_NAN(k) ((k) != (k))
#define ODD_NEVER(k) ((void)(k), false)

/// NaN's key in the small float types; their other values have keys of at most 16 bits.
#define NAN_KEY INT32_MIN
#define ODD_HALF(k) ((k) == NAN_KEY)

/// A 16-bit float with `infinity` as its bits of +infinity, as a whole number in the same order.
static inline int32_t key_of_half(uint16_t bits, int32_t infinity) {
  const int32_t size = bits & 0x7fff;
  const int32_t key = bits & 0x8000 ? -size : size;
  return size > infinity ? NAN_KEY : key;
}
#define KEY_BFLOAT16(x) key_of_half((x), 0x7f80)
#define KEY_FLOAT16(x) key_of_half((x), 0x7c00)

#define HEBB_TEMPLATE "loops_argreduce_kernels.h"
#include "loops_levels.h"

typedef void (*arg_loop)(const void *, int64_t *, int64_t, int64_t, hebb_range);

typedef struct {
  arg_loop loop;
  const void *x;
  int64_t *out;
  int64_t n, inner, items;
} arg_job;

static void arg_body(void *context, int index, int count) {
  const arg_job *job = context;
  const hebb_range range = hebb_part(job->items, 1, index, count);
  if (range.begin < range.end) job->loop(job->x, job->out, job->n, job->inner, range);
}

static arg_loop loop_for(int dtype, bool smallest) {
#define CHOOSE(name) smallest ? HEBB_AT_LEVEL(name##_smallest) : HEBB_AT_LEVEL(name##_largest)
  switch (dtype) {
    case HEBB_FLOAT32: return CHOOSE(arg_float);
    case HEBB_FLOAT64: return CHOOSE(arg_double);
    case HEBB_BFLOAT16: return CHOOSE(arg_bfloat16);
    case HEBB_FLOAT16: return CHOOSE(arg_float16);
    case HEBB_INT32: return CHOOSE(arg_int32);
    case HEBB_INT64: return CHOOSE(arg_int64);
    case HEBB_UINT8:
    case HEBB_BOOL: return CHOOSE(arg_uint8);
    default: __builtin_trap();
  }
#undef CHOOSE
}

void hebb_arg_reduce(const void *x, int64_t *out, int64_t outer, int64_t n, int64_t inner,
                     bool smallest, int dtype, int threads) {
  if (outer <= 0 || inner <= 0) return;
  if (n <= 0) {
    memset(out, 0, (size_t)(outer * inner) * sizeof(int64_t));
    return;
  }
  if (n > INT32_MAX) __builtin_trap();
  const int64_t tiles = (inner + ARG_COLUMNS - 1) / ARG_COLUMNS;
  arg_job job = {loop_for(dtype, smallest), x, out, n, inner, outer * tiles};
  hebb_parallel(hebb_threads_for(outer * n * inner, job.items, threads), arg_body, &job);
}
