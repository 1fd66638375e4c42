// What measurements need: a clock, and loops that do nothing but move memory.
#ifndef HEBB_MEASURE_H
#define HEBB_MEASURE_H

#include <stdint.h>

/// Nanoseconds of a clock that never goes back.
uint64_t hebb_nanoseconds(void);

/// Reads `bytes` from each of `source_count` blocks and writes as much to each of `target_count` blocks,
/// past the caches where `streams` is true, shared by `threads` threads. Blocks are 64-byte aligned,
/// `bytes` is a multiple of 64, and there are at most 8 of either kind. What is written is the bitwise
/// or of what was read; without targets it goes into `found`.
void hebb_move_memory(const void *const *sources, int source_count, void *const *targets,
                      int target_count, int64_t bytes, int streams, uint64_t *found, int threads);

#endif
