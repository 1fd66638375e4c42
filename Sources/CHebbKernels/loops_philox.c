// Philox 4x32-10: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
#include <math.h>

#include "hebb_loops.h"
#include "loops_philox.h"
#include "loops_support.h"

#define HEBB_TEMPLATE "loops_philox_kernels.h"
#include "loops_levels.h"

/// Numbers that one thread makes at a time where they need further work.
#define CHUNK 512

/// A function that fills out[0..<count] from block `block` on.
typedef void (*philox_filler)(const philox_stream *, uint64_t block, void *out, int64_t count);

/// The block's number `index` % 4, without vectors: for a beginning inside a block.
static uint32_t philox_number(const philox_stream *s, uint64_t index) {
  uint32_t block[4];
  HEBB_AT_LEVEL(philox_fill_bits)(s, index / 4, block, 4);
  return block[index % 4];
}

/// In 0..<1 from 53 bits of two numbers, the first of which gives the higher bits.
static double uniform_of(const uint32_t *n) {
  return (double)((((uint64_t)n[0] << 32) | n[1]) >> 11) * 0x1p-53;
}

static void fill_uniform_double(const philox_stream *s, uint64_t block, void *out, int64_t count) {
  double *y = out;
  uint32_t numbers[CHUNK];
  for (int64_t i = 0; i < count; i += CHUNK / 2, block += CHUNK / 4) {
    const int64_t size = hebb_smaller(CHUNK / 2, count - i);
    HEBB_AT_LEVEL(philox_fill_bits)(s, block, numbers, 2 * size);
    for (int64_t k = 0; k < size; k++) y[i + k] = uniform_of(numbers + 2 * k);
  }
}

static void fill_normal_double(const philox_stream *s, uint64_t block, void *out, int64_t count) {
  double *y = out;
  uint32_t numbers[CHUNK];
  for (int64_t i = 0; i < count; i += CHUNK / 2, block += CHUNK / 4) {
    const int64_t size = hebb_smaller(CHUNK / 2, count - i);
    HEBB_AT_LEVEL(philox_fill_bits)(s, block, numbers, (size + 1) / 2 * 4);
    for (int64_t k = 0; k < size; k += 2) {
      const double u1 = uniform_of(numbers + 2 * k) + 0x1p-53;  // in (0, 1]
      const double angle = 6.283185307179586477 * uniform_of(numbers + 2 * k + 2);
      const double radius = sqrt(-2 * log(u1));
      y[i + k] = radius * cos(angle);
      if (k + 1 < size) y[i + k + 1] = radius * sin(angle);
    }
  }
}

typedef struct {
  philox_stream stream;
  philox_filler fill;
  uint64_t block;  // of element 0
  char *out;
  int64_t count, element_size;
  int64_t elements_per_block;
} philox_job;

static void philox_body(void *context, int index, int count) {
  const philox_job *job = context;
  const hebb_range range = hebb_part(job->count, 1024, index, count);
  if (range.begin >= range.end) return;
  const uint64_t block = job->block + (uint64_t)(range.begin / job->elements_per_block);
  job->fill(&job->stream, block, job->out + range.begin * job->element_size,
            range.end - range.begin);
}

static void philox_run(uint64_t key, uint64_t step, philox_filler fill, uint64_t block, void *out,
                       int64_t count, int64_t element_size, int threads) {
  if (count <= 0) return;
  philox_job job = {{key, step, 0, 0}, fill, block, out, count, element_size,
                    element_size == 8 ? 2 : 4};
  hebb_parallel(hebb_threads_for(count, count / 1024, threads), philox_body, &job);
}

void hebb_philox_bits(uint64_t key, uint64_t step, int64_t first, uint32_t *out, int64_t count,
                      int threads) {
  const philox_stream stream = {key, step, 0, 0};
  uint64_t number = (uint64_t)first;
  for (; number % 4 != 0 && count > 0; number++, count--) *out++ = philox_number(&stream, number);
  philox_run(key, step, HEBB_AT_LEVEL(philox_fill_bits), number / 4, out, count, 4, threads);
}

void hebb_philox_uniform(uint64_t key, uint64_t step, void *out, int64_t count,
                         bool double_precision, int threads) {
  if (double_precision) {
    philox_run(key, step, fill_uniform_double, 0, out, count, 8, threads);
  } else {
    philox_run(key, step, HEBB_AT_LEVEL(philox_fill_uniform), 0, out, count, 4, threads);
  }
}

void hebb_philox_normal(uint64_t key, uint64_t step, void *out, int64_t count,
                        bool double_precision, int threads) {
  if (double_precision) {
    philox_run(key, step, fill_normal_double, 0, out, count, 8, threads);
  } else {
    philox_run(key, step, HEBB_AT_LEVEL(philox_fill_normal), 0, out, count, 4, threads);
  }
}

void hebb_philox_keep(uint64_t key, uint64_t step, uint32_t threshold, void *out, int64_t count, int threads) {
  if (count <= 0) return;
  philox_job job = {{key, step, threshold, 0}, HEBB_AT_LEVEL(philox_fill_keep), 0, out, count, 1, 8};
  hebb_parallel(hebb_threads_for(count, count / 1024, threads), philox_body, &job);
}
