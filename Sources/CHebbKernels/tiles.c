// Whether the processor's matrix tiles can be used.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hebb_tiles.h"

#include <pthread.h>
#include <stdatomic.h>

#include "hebb_processor.h"

// Until a machine with tiles has run the tests, they are used on demand only.
static atomic_bool forbidden = true, emulated;

#if defined(__x86_64__)

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tiles_support.h"

HEBB_TILES_BEGIN

// C = A B with A all ones and B all twos: every element is 2 * 32.
static bool multiplies(void) {
  uint32_t ones[256], twos[256];
  float result[256];
  for (int i = 0; i < 256; i++) {
    ones[i] = 0x3f803f80u;
    twos[i] = 0x40004000u;
  }
  hebb_tiles_configure();
  _tile_zero(0);
  _tile_loadd(1, ones, 64);
  _tile_loadd(2, twos, 64);
  _tile_dpbf16ps(0, 1, 2);
  _tile_stored(0, result, 64);
  _tile_release();
  for (int i = 0; i < 256; i++)
    if (result[i] != 64) return false;
  return true;
}

HEBB_TILES_END

// In a child, because an instruction that is announced and missing kills the process.
static bool trial(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGILL, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    prctl(PR_SET_DUMPABLE, 0);
    const char works = multiplies();
    _exit(write(ends[1], &works, 1) == 1 ? 0 : 1);
  }
  close(ends[1]);
  char works = 0;
  const bool answered = child > 0 && read(ends[0], &works, 1) == 1;
  close(ends[0]);
  if (child > 0) waitpid(child, NULL, 0);
  return answered && works;
}

static hebb_tiles_state detect(void) {
  const hebb_processor p = hebb_processor_describe();
  const bool vectors = p.avx2 && p.fma && p.avx512f && p.avx512bw && p.avx512vl && p.avx512dq;
  if (!p.amx_tile || !p.amx_bf16 || !p.avx512_bf16 || !vectors) return HEBB_TILES_ABSENT;
  if (!p.amx_enabled_by_system) return HEBB_TILES_NO_PERMISSION;
  return trial() ? HEBB_TILES_USABLE : HEBB_TILES_FAILED;
}

#else

static hebb_tiles_state detect(void) { return HEBB_TILES_ABSENT; }

#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static hebb_tiles_state found;

static void find(void) { found = detect(); }

hebb_tiles_state hebb_tiles_status(void) {
  pthread_once(&once, find);
  const bool usable =
      found == HEBB_TILES_USABLE || atomic_load_explicit(&emulated, memory_order_relaxed);
  if (!usable) return found;
  return hebb_tiles_allowed() ? HEBB_TILES_USABLE : HEBB_TILES_FORBIDDEN;
}

bool hebb_tiles_available(void) { return hebb_tiles_status() == HEBB_TILES_USABLE; }

void hebb_set_tiles_allowed(bool allowed) {
  atomic_store_explicit(&forbidden, !allowed, memory_order_relaxed);
}

bool hebb_tiles_allowed(void) { return !atomic_load_explicit(&forbidden, memory_order_relaxed); }

void hebb_set_tiles_emulated(bool value) {
  atomic_store_explicit(&emulated, value, memory_order_relaxed);
}
