// What the parts of the fused loop share: the loops over a block, of which each compute type has a set for
// each vector level, and the plan of one run.
#ifndef HEBB_PROGRAM_INTERNAL_H
#define HEBB_PROGRAM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hebb_program.h"

/// target[i] = f(a[i], b[i], c[i]) for i < n. The target may be one of the operands.
typedef void (*hebb_step_loop)(void *target, const void *a, const void *b, const void *c, int64_t n);
/// target[r * n + i] = source[r * row_stride + i * stride], converted to the compute type. May write up to
/// HEBB_PADDING bytes behind the last element.
typedef void (*hebb_load_loop)(void *target, const void *source, int64_t rows, int64_t row_stride,
                               int64_t n, int64_t stride);
/// As a load, of elements `first` and so on of a stream of keep masks.
typedef void (*hebb_keep_loop)(void *target, const hebb_philox_stream *stream, int64_t first, int64_t rows,
                               int64_t row_stride, int64_t n, int64_t stride);
/// target[r * row_stride + i * stride] = values[r * n + i], converted from the compute type.
typedef void (*hebb_store_loop)(void *target, const void *values, int64_t rows, int64_t row_stride,
                                int64_t n, int64_t stride);
/// out[r] = the combination of values[r * n ..< (r + 1) * n], n > 0. Sums of floats are exact to about
/// the rounding of one addition: see `accumulators` below.
typedef void (*hebb_rows_loop)(void *out, const void *values, int64_t rows, int64_t n);
/// accumulators[i] is combined with all values[r * n + i].
typedef void (*hebb_columns_loop)(void *accumulators, const void *values, int64_t rows, int64_t n);

/// Bytes behind a block's last element that its loads may overwrite: one register.
#define HEBB_PADDING 64
/// Instructions with several forms: which operands (bit 0 the first, bit 1 the second; of HEBB_SELECT the
/// second and third) point at one register full of equal values instead of a block.
#define HEBB_FORMS 4
#define HEBB_COMBINES 4
#define HEBB_DTYPES 9

/// Where the values of a slot (an input, or the result of an instruction) change.
typedef enum { HEBB_PER_RUN, HEBB_PER_ROW, HEBB_PER_BLOCK } hebb_rate;

/// Steps of a block that are Adam's update, v = v_factor v + v_share g^2, m = m + m_share (g - m),
/// p = [decay] p - rate m / (root_factor sqrt(v) + epsilon): the slots of each value.
typedef struct {
  int first, count;  // which steps; none if count is 0
  bool decays;
  uint8_t gradient, v_factor, v, v_share, root_factor, epsilon, m, m_share, rate, decay, p;
  uint8_t new_v, new_m, new_p;
} hebb_adam;

/// Steps of a block that are done one after the other on a few registers: the instruction and which of its operands
/// is there, the slots of the others, and where the result goes.
typedef struct {
  uint16_t code;
  uint8_t x, y, target;
  bool keeps, streams;  // the result is written to the target; past the caches
  /// Of the first step: how many there are (0: it is done alone), the slot that is loaded, and the inputs to ask for
  /// ahead, as bits.
  uint8_t length, loaded;
  uint32_t fetched;
} hebb_piped_step;

#define HEBB_PIPE_LENGTH 16
#define HEBB_PIPED(opcode, place) ((opcode) * 4 + (place))
/// What a pipe can do.
#define PIPED_UNARY(X)                                                                      \
  X(NOT) X(NEGATE) X(ABSOLUTE) X(SQUARE) X(RECIPROCAL) X(SQUARE_ROOT) X(RECIPROCAL_SQUARE_ROOT) \
  X(EXP) X(TANH) X(SIGMOID) X(RELU) X(STEP) X(GELU) X(GELU_SLOPE)
#define PIPED_BINARY(X)                                                                 \
  X(ADD) X(SUBTRACT) X(MULTIPLY) X(DIVIDE) X(MAXIMUM) X(MINIMUM) X(LESS) X(LESS_EQUAL) \
  X(GREATER) X(GREATER_EQUAL) X(EQUAL) X(NOT_EQUAL)
#define PIPED_TERNARY(X) X(SELECT) X(MULTIPLY_ADD) X(MULTIPLY_SUBTRACT) X(SUBTRACT_PRODUCT)

/// The loops of one compute type at one vector level. Accumulators are double for the float types, so that
/// partial sums of blocks add no error, and int64_t for HEBB_COMPUTE_INT64.
typedef struct {
  hebb_step_loop steps[HEBB_INSTRUCTION_COUNT][HEBB_FORMS];
  hebb_load_loop load[HEBB_DTYPES];
  hebb_store_loop store[HEBB_DTYPES];
  hebb_keep_loop keep;  // null except in float
  hebb_rows_loop reduce_rows[HEBB_COMBINES];        // by combine - HEBB_REDUCE_SUM
  hebb_columns_loop reduce_columns[HEBB_COMBINES];  // the same
  void (*adam)(char *const *slots, const hebb_adam *adam, int64_t n);  // null except in float
  /// Runs the steps on as many of the n elements as fill registers, and returns how many those were. Null except
  /// in float.
  int64_t (*pipe)(char *const *slots, const uint8_t *rates, const hebb_piped_step *steps, int64_t n);
  /// Copies bytes past the caches.
  void (*stream)(void *target, const void *values, int64_t bytes);
} hebb_kernels;

const hebb_kernels *hebb_float_kernels(int level);
const hebb_kernels *hebb_double_kernels(int level);
const hebb_kernels *hebb_int64_kernels(int level);

#endif
