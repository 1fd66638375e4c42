#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hebb_processor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

// MARK: x86

#if defined(__x86_64__)

typedef struct {
  unsigned a, b, c, d;
} leaf;

static leaf query(unsigned number, unsigned part) {
  leaf r = {0, 0, 0, 0};
  if (!__get_cpuid_count(number, part, &r.a, &r.b, &r.c, &r.d)) memset(&r, 0, sizeof r);
  return r;
}

static bool bit(unsigned word, int index) { return (word >> index) & 1; }

// XCR0 tells which registers the system saves when it switches threads. Call only if OSXSAVE is set.
static uint64_t saved_registers(void) {
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static void read_brand(char name[64]) {
  if (query(0x80000000u, 0).a < 0x80000004u) return;
  char text[49] = {0};
  for (unsigned i = 0; i < 3; i++) {
    leaf part = query(0x80000002u + i, 0);
    memcpy(text + 16 * i, &part, sizeof part);
  }
  // Some processors pad the string in front, most behind.
  const char *begin = text;
  while (*begin == ' ') begin++;
  size_t length = strlen(begin);
  while (length > 0 && begin[length - 1] == ' ') length--;
  memcpy(name, begin, length);
}

static void describe_architecture(hebb_processor *p) {
  read_brand(p->name);
  leaf one = query(1, 0), seven = query(7, 0);
  leaf seven_one = seven.a >= 1 ? query(7, 1) : (leaf){0, 0, 0, 0};
  uint64_t saved = bit(one.c, 27) ? saved_registers() : 0;
  bool ymm = (saved & 0x6) == 0x6, zmm = (saved & 0xe6) == 0xe6;

  p->avx2 = ymm && bit(seven.b, 5);
  p->fma = ymm && bit(one.c, 12);
  p->f16c = ymm && bit(one.c, 29);
  p->avx512f = zmm && bit(seven.b, 16);
  p->avx512dq = zmm && bit(seven.b, 17);
  p->avx512bw = zmm && bit(seven.b, 30);
  p->avx512vl = zmm && bit(seven.b, 31);
  p->avx512_vnni = zmm && bit(seven.c, 11);
  p->avx512_bf16 = zmm && bit(seven_one.a, 5);
  p->avx512_fp16 = zmm && bit(seven.d, 23);

  p->amx_bf16 = bit(seven.d, 22);
  p->amx_tile = bit(seven.d, 24);
  p->amx_int8 = bit(seven.d, 25);
  if (!p->amx_tile) return;
  // Some virtual machines advertise the tiles in leaf 7 and leave their description empty.
  leaf palettes = query(0x1d, 0), palette = query(0x1d, 1);
  p->amx_described = palettes.a >= 1 && (palette.a | palette.b | palette.c) != 0;
  const long request_permission = 0x1023, tile_data = 18;
  p->amx_enabled_by_system = (saved >> 17 & 3) == 3
      && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// MARK: ARM and others

#elif defined(__aarch64__)

static void describe_architecture(hebb_processor *p) {
  p->neon = true;  // part of the base architecture
  p->sve = getauxval(AT_HWCAP) >> 22 & 1;
}

#else

static void describe_architecture(hebb_processor *p) { (void)p; }

#endif

// MARK: Caches

// The kernel lists each cache with level, type and size. It is asked first: on some processors the C
// library gives the third level of the whole socket, of which one core uses a part.
static int64_t kernel_cache_bytes(int level) {
  static const char *const fields[3] = {"level", "type", "size"};
  for (int index = 0; index < 8; index++) {
    char path[96], text[3][32];
    for (int f = 0; f < 3; f++) {
      snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, fields[f]);
      FILE *file = fopen(path, "re");
      if (!file) return 0;
      char *line = fgets(text[f], sizeof text[f], file);
      fclose(file);
      if (!line) return 0;
    }
    if (strtoll(text[0], NULL, 10) != level || text[1][0] == 'I') continue;
    char *unit;
    int64_t size = strtoll(text[2], &unit, 10);
    return size * (*unit == 'K' ? 1024 : *unit == 'M' ? 1048576 : 1);
  }
  return 0;
}

static int64_t cache_bytes(int level, int name) {
  int64_t bytes = kernel_cache_bytes(level);
  if (bytes <= 0 && name >= 0) bytes = sysconf(name);
  return bytes > 0 ? bytes : 0;
}

hebb_processor hebb_processor_describe(void) {
  hebb_processor p;
  memset(&p, 0, sizeof p);
  describe_architecture(&p);
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  const int names[3] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
#else
  const int names[3] = {-1, -1, -1};
#endif
  p.level1_bytes = cache_bytes(1, names[0]);
  p.level2_bytes = cache_bytes(2, names[1]);
  p.level3_bytes = cache_bytes(3, names[2]);
  return p;
}

// MARK: Vector level

static _Atomic int best_level, chosen_level;

static int find_best_level(void) {
#if defined(__x86_64__)
  hebb_processor p;
  memset(&p, 0, sizeof p);
  describe_architecture(&p);
  bool two = p.avx2 && p.fma && p.f16c;
  bool three = two && p.avx512f && p.avx512bw && p.avx512vl && p.avx512dq;
  return three ? 3 : two ? 2 : 1;
#else
  return 1;
#endif
}

static int highest_level(void) {
  int level = atomic_load_explicit(&best_level, memory_order_relaxed);
  if (level == 0) {
    level = find_best_level();
    atomic_store_explicit(&best_level, level, memory_order_relaxed);
  }
  return level;
}

int hebb_vector_level(void) {
  int level = atomic_load_explicit(&chosen_level, memory_order_relaxed);
  return level != 0 ? level : highest_level();
}

void hebb_set_vector_level(int level) {
  int highest = highest_level();
  int chosen = level <= 0 ? 0 : level > highest ? highest : level;
  atomic_store_explicit(&chosen_level, chosen, memory_order_relaxed);
}
