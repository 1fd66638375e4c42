// The one thread pool: libgomp's, which oneDNN uses too, found at run time.
#ifndef HEBB_PARALLEL_H
#define HEBB_PARALLEL_H

#include <stdbool.h>
#include <stdint.h>

/// Calls body(context, index, count) once for each index below count, where count is `threads` (at least
/// 1), on as many threads of libgomp's pool; a smaller team shares the indices. In turn on this thread
/// when the pool is absent, inside another parallel region, or when `threads` is 1.
/// Every thread of the pool flushes denormals to zero while it runs the body; the caller's
/// floating-point state is restored on return.
void hebb_parallel(int threads, void (*body)(void *context, int index, int count), void *context);

/// Whether libgomp was found, so that more than one thread is possible.
bool hebb_parallel_available(void);

/// The number of processors that this process may use (its affinity mask).
int hebb_processor_count(void);

/// Sets how many threads oneDNN's loops use on the calling thread's team (omp_set_num_threads).
void hebb_parallel_set_threads(int threads);

/// Sets flush-to-zero and denormals-are-zero on the calling thread and on its team's threads;
/// returns the caller's earlier floating-point state for `hebb_restore_float_state`.
uint32_t hebb_flush_denormals(int threads);
void hebb_restore_float_state(uint32_t state);

#endif
