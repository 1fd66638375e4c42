// Includes the file named by HEBB_TEMPLATE once for each vector level of this architecture, with
// the level's instruction set switched on for every function in it. Inside, HEBB_LEVEL is the
// level, HEBB_BYTES the width of its registers, HEBB_LANES_32 and HEBB_LANES_64 how many elements
// they hold, and HEBB_L(name) gives the level's own copy of a name. HEBB_AT_LEVEL(name) is the copy
// for the level that hebb_vector_level() chooses.
#ifndef HEBB_LOOPS_LEVELS_H
#define HEBB_LOOPS_LEVELS_H

#include "hebb_processor.h"

#define HEBB_JOIN_NAMES(a, b) a##_level##b
#define HEBB_JOIN(a, b) HEBB_JOIN_NAMES(a, b)
#define HEBB_L(name) HEBB_JOIN(name, HEBB_LEVEL)

#if defined(__x86_64__)
#include <immintrin.h>
#define HEBB_AT_LEVEL(name)                              \
  (hebb_vector_level() >= 3   ? HEBB_JOIN_NAMES(name, 3) \
   : hebb_vector_level() == 2 ? HEBB_JOIN_NAMES(name, 2) \
                              : HEBB_JOIN_NAMES(name, 1))
#else
#define HEBB_AT_LEVEL(name) HEBB_JOIN_NAMES(name, 1)
#endif

#endif

#define HEBB_LEVEL 1
#define HEBB_BYTES 16
#define HEBB_LANES_32 4
#define HEBB_LANES_64 2
#include HEBB_TEMPLATE
#undef HEBB_LEVEL
#undef HEBB_BYTES
#undef HEBB_LANES_32
#undef HEBB_LANES_64

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define HEBB_LEVEL 2
#define HEBB_BYTES 32
#define HEBB_LANES_32 8
#define HEBB_LANES_64 4
#include HEBB_TEMPLATE
#undef HEBB_LEVEL
#undef HEBB_BYTES
#undef HEBB_LANES_32
#undef HEBB_LANES_64
#pragma clang attribute pop

#pragma clang attribute push(                                                             \
    __attribute__((target("avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq"))), \
    apply_to = function)
#define HEBB_LEVEL 3
#define HEBB_BYTES 64
#define HEBB_LANES_32 16
#define HEBB_LANES_64 8
#include HEBB_TEMPLATE
#undef HEBB_LEVEL
#undef HEBB_BYTES
#undef HEBB_LANES_32
#undef HEBB_LANES_64
#pragma clang attribute pop

#endif

#undef HEBB_TEMPLATE
