// Template of program_float.c, program_double.c and program_int64.c, included once for each vector level by
// loops_levels.h: every loop of one compute type.
#include "vector_math.h"

#if HEBB_LEVEL >= 2 || defined(__aarch64__)

HEBB_INLINE float K(from_float16)(uint16_t bits) {
  _Float16 x;
  memcpy(&x, &bits, sizeof x);
  return (float)x;
}
HEBB_INLINE uint16_t K(to_float16)(float x) {
  const _Float16 rounded = (_Float16)x;
  uint16_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  return bits;
}

#else

HEBB_INLINE float K(from_float16)(uint16_t bits) { return hebb_from_float16(bits); }
HEBB_INLINE uint16_t K(to_float16)(float x) { return hebb_to_float16(x); }

#endif

#ifdef PROGRAM_OPERATIONS
#include PROGRAM_OPERATIONS
#endif

UNARY_INSTRUCTIONS(DEFINE_UNARY)
BINARY_INSTRUCTIONS(DEFINE_BINARY)
TERNARY_INSTRUCTIONS(DEFINE_TERNARY)

#include "program_transpose.h"
#include "program_memory.h"
#include PROGRAM_REDUCTIONS

#ifdef PROGRAM_WHOLES
#include PROGRAM_WHOLES
#define ADAM K(adam)
#define PIPE K(pipe)
#else
#define ADAM NULL
#define PIPE NULL
#endif

#ifndef PROGRAM_KEEP
#define PROGRAM_KEEP NULL
#endif

static const hebb_kernels K(kernels) = {
    .steps = {STEP_ENTRIES},
    .load = {K(load_float), K(load_double), K(load_bfloat16), K(load_float16), K(load_int32),
             K(load_int64), K(load_uint8), K(load_bool)},
    .store = {K(store_float), K(store_double), K(store_bfloat16), K(store_float16), K(store_int32),
              K(store_int64), K(store_uint8), K(store_bool)},
    .keep = PROGRAM_KEEP,
    .reduce_rows = {K(rows_sum), K(rows_product), K(rows_maximum), K(rows_minimum)},
    .adam = ADAM,
    .pipe = PIPE,
    .stream = K(stream),
    .reduce_columns = {K(columns_sum), K(columns_product), K(columns_maximum), K(columns_minimum)},
};
