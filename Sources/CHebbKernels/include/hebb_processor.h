// What the processor can do, asked from it and not from the build.
#ifndef HEBB_PROCESSOR_H
#define HEBB_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  char name[64];  // brand string, "" if unknown
  bool avx2, fma, f16c, avx512f, avx512bw, avx512vl, avx512dq, avx512_vnni, avx512_bf16, avx512_fp16;
  bool amx_tile, amx_bf16, amx_int8;
  bool amx_described;        // CPUID leaf 0x1D really describes the tiles; oneDNN dies without it
  bool amx_enabled_by_system;  // XCR0 has the tile bits and the kernel grants the permission
  bool neon, sve;
  int64_t level1_bytes, level2_bytes, level3_bytes;  // data caches of one core, 0 if unknown
} hebb_processor;

/// Describes the processor that this thread runs on. Never fails: what it cannot find out is false or 0.
hebb_processor hebb_processor_describe(void);

/// The vector width that the loops of this library use here: 3 AVX-512, 2 AVX2 with FMA, 1 baseline.
int hebb_vector_level(void);

/// Forces a lower level than the processor has (for tests and comparisons); 0 goes back to the best.
void hebb_set_vector_level(int level);

#endif
