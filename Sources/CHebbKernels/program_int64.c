// The loops of programs that compute in 64-bit whole numbers. Nothing traps: sums wrap around, and division by zero
// gives zero.
#include <math.h>

#include "hebb_processor.h"
#include "program_conversions.h"
#include "program_functions.h"
#include "program_internal.h"
#include "program_steps.h"

#define K(name) HEBB_L(name)
#define E int64_t
#define V vlong
#define LANES DOUBLE_LANES
#define LOAD vl_load
#define STORE vl_store
#define LOAD_PART vl_load_part
#define STORE_PART vl_store_part

/// Conversions of E from and to the element types. Smaller whole numbers keep the low bits.
#define FROM_FLOAT(x) hebb_float_to_int64(x)
#define FROM_DOUBLE(x) hebb_double_to_int64(x)
#define FROM_INTEGER(x) ((int64_t)(x))
#define TO_FLOAT(x) ((float)(x))
#define TO_DOUBLE(x) ((double)(x))
#define TO_INT32(x) ((int32_t)(x))
#define TO_INT64(x) (x)
#define TO_UINT8(x) ((uint8_t)(x))

/// What has no meaning for whole numbers is done in double and truncated.
#define EACH_LANE(function, a)                                                                \
  ({                                                                                          \
    const vlong argument = (a);                                                               \
    vlong result;                                                                             \
    for (int k = 0; k < LANES; k++) result[k] = hebb_double_to_int64(function((double)argument[k])); \
    result;                                                                                   \
  })
#define EACH_PAIR(function, a, b)                                                             \
  ({                                                                                          \
    const vlong left = (a), right = (b);                                                      \
    vlong result;                                                                             \
    for (int k = 0; k < LANES; k++) result[k] = function(left[k], right[k]);                  \
    result;                                                                                   \
  })
#define WRAP(operator, a, b) ((vlong)((vulong)(a) operator (vulong)(b)))
#define ZERO ((vlong){0})

static double reciprocal_square_root(double x) { return 1 / sqrt(x); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return (x < 0 ? 0 : x) + log1p(exp(-fabs(x))); }
static double round_to_bfloat16(double x) { return hebb_from_bfloat16(hebb_to_bfloat16((float)x)); }
static double round_to_float16(double x) { return hebb_from_float16(hebb_to_float16((float)x)); }

/// Whether an element type is E, so that values need no conversion.
#define SAME_FLOAT 0
#define SAME_DOUBLE 0
#define SAME_BFLOAT16 0
#define SAME_FLOAT16 0
#define SAME_INT32 0
#define SAME_INT64 1
#define SAME_UINT8 0
#define SAME_BOOL 0

/// The lanes of a register.
#define LANE_COUNT HEBB_LANES_64

#define TRUTH(mask) ((mask) & 1)
#define OP_COPY(a) (a)
#define OP_NOT(a) TRUTH((a) == 0)
#define OP_NEGATE(a) WRAP(-, ZERO, a)
#define OP_ABSOLUTE(a) vl_select((a) < 0, WRAP(-, ZERO, a), a)
#define OP_SIGN(a) (TRUTH((a) > 0) - TRUTH((a) < 0))
#define OP_SQUARE(a) WRAP(*, a, a)
#define OP_RECIPROCAL(a) EACH_PAIR(hebb_int_divide, ZERO + 1, a)
#define OP_SQUARE_ROOT(a) EACH_LANE(sqrt, a)
#define OP_RECIPROCAL_SQUARE_ROOT(a) EACH_LANE(reciprocal_square_root, a)
#define OP_FLOOR(a) (a)
#define OP_CEILING(a) (a)
#define OP_ROUND(a) (a)
#define OP_TRUNCATE(a) (a)
#define OP_EXP(a) EACH_LANE(exp, a)
#define OP_EXP_MINUS_ONE(a) EACH_LANE(expm1, a)
#define OP_LOG(a) EACH_LANE(log, a)
#define OP_LOG_ONE_PLUS(a) EACH_LANE(log1p, a)
#define OP_SINE(a) EACH_LANE(sin, a)
#define OP_COSINE(a) EACH_LANE(cos, a)
#define OP_TANGENT(a) EACH_LANE(tan, a)
#define OP_TANH(a) EACH_LANE(tanh, a)
#define OP_SIGMOID(a) EACH_LANE(sigmoid, a)
#define OP_ERF(a) EACH_LANE(erf, a)
#define OP_GELU(a) EACH_LANE(hebb_gelu, a)
#define OP_GELU_SLOPE(a) EACH_LANE(hebb_gelu_slope, a)
#define OP_RELU(a) vl_select((a) < 0, ZERO, a)
#define OP_STEP(a) TRUTH((a) > 0)
#define OP_SOFTPLUS(a) EACH_LANE(softplus, a)
#define OP_IS_NAN(a) ((a) & 0)
#define OP_IS_FINITE(a) (((a) & 0) + 1)
#define OP_LOG_TWO(a) EACH_LANE(log2, a)
#define OP_LOG_TEN(a) EACH_LANE(log10, a)
#define OP_EXP_TWO(a) EACH_LANE(exp2, a)
#define OP_CUBE_ROOT(a) EACH_LANE(cbrt, a)
#define OP_ARC_SINE(a) EACH_LANE(asin, a)
#define OP_ARC_COSINE(a) EACH_LANE(acos, a)
#define OP_ARC_TANGENT(a) EACH_LANE(atan, a)
#define OP_HYPERBOLIC_SINE(a) EACH_LANE(sinh, a)
#define OP_HYPERBOLIC_COSINE(a) EACH_LANE(cosh, a)
#define OP_AREA_SINE(a) EACH_LANE(asinh, a)
#define OP_AREA_COSINE(a) EACH_LANE(acosh, a)
#define OP_AREA_TANGENT(a) EACH_LANE(atanh, a)
#define OP_ERF_INVERSE(a) EACH_LANE(hebb_erf_inverse, a)
#define OP_ROUND_TO_BFLOAT16(a) EACH_LANE(round_to_bfloat16, a)
#define OP_ROUND_TO_FLOAT16(a) EACH_LANE(round_to_float16, a)
#define OP_ROUND_TO_FLOAT32(a) EACH_LANE((double)(float), a)

#define OP_ADD(a, b) WRAP(+, a, b)
#define OP_SUBTRACT(a, b) WRAP(-, a, b)
#define OP_MULTIPLY(a, b) WRAP(*, a, b)
#define OP_DIVIDE(a, b) EACH_PAIR(hebb_int_divide, a, b)
#define OP_REMAINDER(a, b) EACH_PAIR(hebb_int_remainder, a, b)
#define OP_POWER(a, b) EACH_PAIR(hebb_int_power, a, b)
#define OP_MAXIMUM(a, b) vl_select((a) > (b), a, b)
#define OP_MINIMUM(a, b) vl_select((a) < (b), a, b)
#define OP_EQUAL(a, b) TRUTH((a) == (b))
#define OP_NOT_EQUAL(a, b) TRUTH((a) != (b))
#define OP_LESS(a, b) TRUTH((a) < (b))
#define OP_LESS_EQUAL(a, b) TRUTH((a) <= (b))
#define OP_GREATER(a, b) TRUTH((a) > (b))
#define OP_GREATER_EQUAL(a, b) TRUTH((a) >= (b))
#define OP_AND(a, b) TRUTH(((a) != 0) & ((b) != 0))
#define OP_OR(a, b) TRUTH(((a) != 0) | ((b) != 0))
#define OP_XOR(a, b) TRUTH(((a) != 0) ^ ((b) != 0))
// Only of real numbers.
#define OP_ARC_TANGENT_OF_RATIO(a, b) (a)
#define OP_HYPOTENUSE(a, b) (a)
// One rounding where the processor multiplies and adds at once.
#define OP_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define OP_MULTIPLY_SUBTRACT(a, b, c) ((a) * (b) - (c))
#define OP_SUBTRACT_PRODUCT(a, b, c) ((c) - (a) * (b))
#define OP_SELECT(a, b, c) vl_select((a) != 0, b, c)

#define PROGRAM_REDUCTIONS "program_int64_reductions.h"
#define HEBB_TEMPLATE "program_kernels.h"
#include "loops_levels.h"

const hebb_kernels *hebb_int64_kernels(int level) { PROGRAM_KERNELS(level) }
