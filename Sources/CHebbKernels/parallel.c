// The thread pool is libgomp's, found with dlsym: oneDNN's build for libgomp runs on the same threads,
// so the two never fight for processors, and a process without libgomp still works on one thread.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hebb_parallel.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

// MARK: libgomp

static struct {
  void (*parallel)(void (*body)(void *), void *data, unsigned threads, unsigned flags);
  int (*thread_number)(void);
  int (*team_size)(void);
  int (*in_parallel)(void);
  void (*set_threads)(int);
} pool;

static pthread_once_t pool_once = PTHREAD_ONCE_INIT;

static void find_pool(void) {
  // What the process has already loaded comes first: a second copy would be a second pool.
  void *library = RTLD_DEFAULT;
  if (!dlsym(library, "GOMP_parallel")) library = dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (!library && !dlsym(RTLD_DEFAULT, "GOMP_parallel")) return;
  *(void **)&pool.thread_number = dlsym(library, "omp_get_thread_num");
  *(void **)&pool.team_size = dlsym(library, "omp_get_num_threads");
  *(void **)&pool.in_parallel = dlsym(library, "omp_in_parallel");
  *(void **)&pool.set_threads = dlsym(library, "omp_set_num_threads");
  if (!pool.thread_number || !pool.team_size || !pool.in_parallel) return;
  *(void **)&pool.parallel = dlsym(library, "GOMP_parallel");
}

bool hebb_parallel_available(void) {
  pthread_once(&pool_once, find_pool);
  return pool.parallel != NULL;
}

// MARK: Floating-point state

#if defined(__SSE2__)
// Bit 15 flushes denormal results to zero, bit 6 takes denormal operands as zero.
static const uint32_t flush_bits = 0x8040;
static uint32_t float_state(void) { return _mm_getcsr(); }
static void set_float_state(uint32_t state) { _mm_setcsr(state); }
#elif defined(__aarch64__)
static const uint32_t flush_bits = 1u << 24;
static uint32_t float_state(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  return (uint32_t)state;
}
static void set_float_state(uint32_t state) {
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state));
}
#else
static const uint32_t flush_bits = 0;
static uint32_t float_state(void) { return 0; }
static void set_float_state(uint32_t state) { (void)state; }
#endif

// Writing the control register drains the pipeline, reading it does not.
static uint32_t flush_here(void) {
  uint32_t state = float_state();
  if ((state & flush_bits) != flush_bits) set_float_state(state | flush_bits);
  return state;
}

static void restore_here(uint32_t state) {
  if ((state & flush_bits) != flush_bits) set_float_state(state);
}

// MARK: Parallel calls

typedef struct {
  void (*body)(void *context, int index, int count);
  void *context;
  int count;
} job;

static void run_member(void *data) {
  const job *j = data;
  uint32_t state = flush_here();
  // A limit on threads may give a smaller team than asked for: its members share the rest.
  int team = pool.team_size();
  for (int i = pool.thread_number(); i < j->count; i += team) j->body(j->context, i, j->count);
  restore_here(state);
}

void hebb_parallel(int threads, void (*body)(void *context, int index, int count), void *context) {
  int count = threads < 1 ? 1 : threads;
  // Inside another team's region a nested team would oversubscribe the processors.
  if (count > 1 && hebb_parallel_available() && !pool.in_parallel()) {
    job j = {body, context, count};
    pool.parallel(run_member, &j, (unsigned)count, 0);
    return;
  }
  uint32_t state = flush_here();
  for (int i = 0; i < count; i++) body(context, i, count);
  restore_here(state);
}

int hebb_processor_count(void) {
  // The kernel refuses a mask smaller than its own: grow until it fits.
  for (int size = CPU_SETSIZE; size <= 64 * CPU_SETSIZE; size *= 2) {
    cpu_set_t *set = CPU_ALLOC(size);
    if (!set) break;
    size_t bytes = CPU_ALLOC_SIZE(size);
    int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

void hebb_parallel_set_threads(int threads) {
  if (threads > 0 && hebb_parallel_available() && pool.set_threads) pool.set_threads(threads);
}

static void flush_member(void *data) {
  (void)data;
  flush_here();
}

uint32_t hebb_flush_denormals(int threads) {
  // Every thread that calls has a team of its own, whose members keep their state.
  static _Thread_local int flushed = 1;
  uint32_t state = float_state();
  if (threads > flushed && hebb_parallel_available() && !pool.in_parallel()) {
    pool.parallel(flush_member, NULL, (unsigned)threads, 0);
    flushed = threads;
  }
  flush_here();
  return state;
}

void hebb_restore_float_state(uint32_t state) { set_float_state(state); }
