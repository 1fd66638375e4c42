// A fused loop: one pass over an iteration space that loads inputs, runs a short list of
// elementwise instructions on blocks of elements held in the first-level cache, and stores or
// reduces the results. The planner makes one program for each group of fused operations.
#ifndef HEBB_PROGRAM_H
#define HEBB_PROGRAM_H

#include <stdint.h>

#define HEBB_MAX_RANK 8
#define HEBB_MAX_INPUTS 24
#define HEBB_MAX_OUTPUTS 12
#define HEBB_MAX_INSTRUCTIONS 96
#define HEBB_MAX_REGISTERS 32

/// Bytes of a result from which on it is written past the caches: it would not stay there anyway, and
/// memory need not be read before it is written.
#ifndef HEBB_STREAM_BYTES
#define HEBB_STREAM_BYTES (24 << 20)
#endif

/// Element types, in the order of `DType` in HebbCore.
typedef enum {
  HEBB_FLOAT32 = 0,
  HEBB_FLOAT64 = 1,
  HEBB_BFLOAT16 = 2,
  HEBB_FLOAT16 = 3,
  HEBB_INT32 = 4,
  HEBB_INT64 = 5,
  HEBB_UINT8 = 6,
  HEBB_BOOL = 7,
  HEBB_KEEP = 8,  // inputs only: no memory but a hebb_philox_stream, see there
} hebb_dtype;

/// A stream of random numbers whose elements are computed where they are read: element i is 1 where number i of
/// 16 bits (as of hebb_philox_keep) is not below the threshold, else 0. Only for programs in float32. Elements are
/// counted from `first`.
typedef struct {
  uint64_t key, step;
  uint32_t threshold;
  int64_t first;
} hebb_philox_stream;

/// The type in which a program's instructions compute. Inputs of any element type are converted
/// to it when they are loaded, results are converted from it when they are stored.
typedef enum { HEBB_COMPUTE_FLOAT32 = 0, HEBB_COMPUTE_FLOAT64 = 1, HEBB_COMPUTE_INT64 = 2 } hebb_compute;

/// Instructions. Comparisons and logic give 0 or 1 in the compute type.
typedef enum {
  HEBB_COPY = 0,
  HEBB_ADD, HEBB_SUBTRACT, HEBB_MULTIPLY, HEBB_DIVIDE, HEBB_REMAINDER, HEBB_POWER,
  HEBB_MAXIMUM, HEBB_MINIMUM,
  HEBB_EQUAL, HEBB_NOT_EQUAL, HEBB_LESS, HEBB_LESS_EQUAL, HEBB_GREATER, HEBB_GREATER_EQUAL,
  HEBB_AND, HEBB_OR, HEBB_XOR,
  HEBB_ARC_TANGENT_OF_RATIO, HEBB_HYPOTENUSE,  // atan2(a, b), sqrt(a a + b b) without overflow
  HEBB_NOT,
  HEBB_SELECT,  // a ? b : c
  HEBB_NEGATE, HEBB_ABSOLUTE, HEBB_SIGN, HEBB_SQUARE, HEBB_RECIPROCAL, HEBB_SQUARE_ROOT,
  HEBB_RECIPROCAL_SQUARE_ROOT,
  HEBB_FLOOR, HEBB_CEILING, HEBB_ROUND, HEBB_TRUNCATE,  // round: half to even
  HEBB_EXP, HEBB_EXP_MINUS_ONE, HEBB_LOG, HEBB_LOG_ONE_PLUS,
  HEBB_SINE, HEBB_COSINE, HEBB_TANGENT, HEBB_TANH, HEBB_SIGMOID, HEBB_ERF,
  HEBB_RELU, HEBB_STEP,  // step: 1 where a > 0, else 0
  HEBB_SOFTPLUS,         // log(1 + exp(a)), no overflow
  HEBB_IS_NAN, HEBB_IS_FINITE,
  HEBB_LOG_TWO, HEBB_LOG_TEN, HEBB_EXP_TWO, HEBB_CUBE_ROOT,
  HEBB_ARC_SINE, HEBB_ARC_COSINE, HEBB_ARC_TANGENT, HEBB_HYPERBOLIC_SINE, HEBB_HYPERBOLIC_COSINE,
  HEBB_AREA_SINE, HEBB_AREA_COSINE, HEBB_AREA_TANGENT,  // the inverse hyperbolic functions
  HEBB_ERF_INVERSE, HEBB_GELU, HEBB_GELU_SLOPE,
  HEBB_ROUND_TO_BFLOAT16, HEBB_ROUND_TO_FLOAT16,  // keep the compute type, round the value
  HEBB_ROUND_TO_FLOAT32,                          // in float64 programs
  // a b + c, a b - c, c - a b: what simplifying makes of products that are added once.
  HEBB_MULTIPLY_ADD, HEBB_MULTIPLY_SUBTRACT, HEBB_SUBTRACT_PRODUCT,
  HEBB_INSTRUCTION_COUNT
} hebb_opcode;

/// How an output takes its values.
typedef enum {
  HEBB_STORE = 0, HEBB_REDUCE_SUM, HEBB_REDUCE_PRODUCT, HEBB_REDUCE_MAXIMUM, HEBB_REDUCE_MINIMUM
} hebb_combine;

/// One instruction: registers[target] = opcode(a, b, c). An operand index below `input_count`
/// names an input, the others name register `index - input_count`.
typedef struct {
  uint8_t opcode, target, a, b, c;
} hebb_instruction;

/// An input or output seen from the iteration space: strides in elements, 0 where it is broadcast
/// (input) or reduced (output).
typedef struct {
  int64_t strides[HEBB_MAX_RANK];
  uint8_t dtype;    // hebb_dtype
  uint8_t combine;  // hebb_combine; outputs only
  uint8_t source;   // operand index of the value; outputs only
  /// Outputs only: this program writes a part of a result that is too large for the caches.
  uint8_t is_part_of_large;
} hebb_operand;

typedef struct {
  int32_t rank;  // 0...HEBB_MAX_RANK; dimensions[rank - 1] varies fastest
  int32_t compute;
  int32_t input_count, output_count, instruction_count, register_count;
  int64_t dimensions[HEBB_MAX_RANK];  // each at least 0
  hebb_operand inputs[HEBB_MAX_INPUTS];
  hebb_operand outputs[HEBB_MAX_OUTPUTS];
  hebb_instruction instructions[HEBB_MAX_INSTRUCTIONS];
} hebb_program;

/// The arrays of a program and the strides of an operand, for languages that see arrays as tuples.
static inline int64_t *hebb_program_dimensions(hebb_program *program) { return program->dimensions; }
static inline hebb_operand *hebb_program_inputs(hebb_program *program) { return program->inputs; }
static inline hebb_operand *hebb_program_outputs(hebb_program *program) { return program->outputs; }
static inline int64_t *hebb_operand_strides(hebb_operand *operand) { return operand->strides; }

/// Simplifies `program` in place (call once, when it is made): drops dimensions of size 1, joins neighbours
/// that every operand walks through as one, and joins products with the additions that follow.
void hebb_program_simplify(hebb_program *program);

/// Bytes of scratch memory that a run with `threads` threads needs (64-byte aligned), 0 if none.
int64_t hebb_program_scratch_bytes(const hebb_program *program, int threads);

/// Runs the program. `inputs` and `outputs` point at element 0 of each operand. Reduced outputs are
/// overwritten (they start at the neutral element: 0, 1, the lowest or the highest value; maximum and
/// minimum propagate NaN). An output with HEBB_STORE may be the very memory of an input that has the
/// same strides and element size (donated memory). The result depends on `threads` only through the
/// order of summation of reductions, and not at all between two runs with the same `threads`.
void hebb_program_run(const hebb_program *program, const void *const *inputs, void *const *outputs,
                      void *scratch, int threads);

/// y[i] = opcode(a[i], b[i]) for a few floats, on this thread, without the work of a program. `b` is a single
/// number for all i if `b_is_single`, and not read by functions of one number.
void hebb_apply_floats(hebb_opcode opcode, float *y, const float *a, const float *b, int b_is_single,
                       int64_t n);

#endif
