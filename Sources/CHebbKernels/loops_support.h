// What the files loops_*.c share: how work is split among threads, and small helpers.
#ifndef HEBB_LOOPS_SUPPORT_H
#define HEBB_LOOPS_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hebb_parallel.h"
#include "hebb_program.h"
#include "hebb_processor.h"

/// Elements of work below which a loop stays on one thread (tests make it smaller).
#ifndef HEBB_LOOPS_THREAD_ELEMENTS
#define HEBB_LOOPS_THREAD_ELEMENTS 32768
#endif

/// Orders streaming stores before what other threads do next.
static inline void hebb_end_streams(void) {
#if defined(__x86_64__)
  __asm__ volatile("sfence" ::: "memory");
#endif
}

static inline int64_t hebb_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t hebb_larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// a / b, rounded up.
static inline int64_t hebb_ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A half-open range of work items.
typedef struct {
  int64_t begin, end;
} hebb_range;

/// Part `index` of `count` of the items 0..<total, cut at multiples of `grain`.
static inline hebb_range hebb_part(int64_t total, int64_t grain, int index, int count) {
  const int64_t grains = (total + grain - 1) / grain;
  const int64_t each = grains / count, rest = grains % count;
  const int64_t first = each * index + hebb_smaller(index, rest);
  const int64_t size = each + (index < rest ? 1 : 0);
  const hebb_range range = {hebb_smaller(first * grain, total),
                            hebb_smaller((first + size) * grain, total)};
  return range;
}

/// The first cache line that begins in some memory.
static inline uint8_t *hebb_line_of(void *memory) {
  return (uint8_t *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
}

/// How many threads `work` elements deserve when they fall into `items` independent items.
static inline int hebb_threads_for(int64_t work, int64_t items, int threads) {
  if (threads < 1 || work < HEBB_LOOPS_THREAD_ELEMENTS) return 1;
  return (int)hebb_larger(1, hebb_smaller(threads, items));
}

/// memcpy without a call for the short rows that gathers and strided copies meet.
static inline void hebb_copy_bytes(void *to, const void *from, int64_t size) {
  char *y = to;
  const char *x = from;
  if (size > 64) {
    memcpy(y, x, (size_t)size);
  } else if (size >= 16) {
    for (int64_t i = 0; i < size - 16; i += 16) memcpy(y + i, x + i, 16);
    memcpy(y + size - 16, x + size - 16, 16);
  } else if (size >= 8) {
    memcpy(y, x, 8);
    memcpy(y + size - 8, x + size - 8, 8);
  } else if (size >= 4) {
    memcpy(y, x, 4);
    memcpy(y + size - 4, x + size - 4, 4);
  } else {
    for (int64_t i = 0; i < size; i++) y[i] = x[i];
  }
}

#endif
