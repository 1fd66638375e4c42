// The loops of programs that compute in double. Elementary functions are the C library's, lane by lane.
#include <math.h>

#include "hebb_processor.h"
#include "program_conversions.h"
#include "program_functions.h"
#include "program_internal.h"
#include "program_steps.h"

#define K(name) HEBB_L(name)
#define E double
#define V vdouble
#define LANES DOUBLE_LANES
#define LOAD vd_load
#define STORE vd_store
#define LOAD_PART vd_load_part
#define STORE_PART vd_store_part

/// The element type of accumulators, and conversions of E from and to the element types.
#define A double
#define FROM_FLOAT(x) ((double)(x))
#define FROM_DOUBLE(x) (x)
#define FROM_INTEGER(x) ((double)(x))
#define TO_FLOAT(x) ((float)(x))
#define TO_DOUBLE(x) (x)
#define TO_INT32(x) hebb_double_to_int32(x)
#define TO_INT64(x) hebb_double_to_int64(x)
#define TO_UINT8(x) hebb_double_to_uint8(x)
#define LOWEST (-__builtin_inf())
#define HIGHEST __builtin_inf()

/// The type of one register's worth of values in accumulators; of comparisons; the lanes of a register.
#define MASK vlong
#define WIDE vdouble
#define LANE_COUNT HEBB_LANES_64

#define EACH_LANE(function, a)                                           \
  ({                                                                     \
    const vdouble argument = (a);                                        \
    vdouble result;                                                      \
    for (int k = 0; k < LANES; k++) result[k] = function(argument[k]);   \
    result;                                                              \
  })
#define EACH_PAIR(function, a, b)                                        \
  ({                                                                     \
    const vdouble left = (a), right = (b);                               \
    vdouble result;                                                      \
    for (int k = 0; k < LANES; k++) result[k] = function(left[k], right[k]); \
    result;                                                              \
  })

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return (x < 0 ? 0 : x) + log1p(exp(-fabs(x))); }
static double round_to_bfloat16(double x) { return hebb_from_bfloat16(hebb_to_bfloat16((float)x)); }
static double round_to_float16(double x) { return hebb_from_float16(hebb_to_float16((float)x)); }
static double floored_remainder(double a, double b) {
  double r = fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/// Whether an element type is E, so that values need no conversion.
#define SAME_FLOAT 0
#define SAME_DOUBLE 1
#define SAME_BFLOAT16 0
#define SAME_FLOAT16 0
#define SAME_INT32 0
#define SAME_INT64 0
#define SAME_UINT8 0
#define SAME_BOOL 0

#define TRUTH(mask) ((vdouble)((mask) & 0x3ff0000000000000))
#define OP_COPY(a) (a)
#define OP_NOT(a) TRUTH((a) == 0.0)
#define OP_NEGATE(a) (-(a))
#define OP_ABSOLUTE(a) vd_absolute(a)
#define OP_SIGN(a) (TRUTH((a) > 0.0) - TRUTH((a) < 0.0))
#define OP_SQUARE(a) ((a) * (a))
#define OP_RECIPROCAL(a) (1.0 / (a))
#define OP_SQUARE_ROOT(a) __builtin_elementwise_sqrt(a)
#define OP_RECIPROCAL_SQUARE_ROOT(a) (1.0 / __builtin_elementwise_sqrt(a))
#define OP_FLOOR(a) __builtin_elementwise_floor(a)
#define OP_CEILING(a) __builtin_elementwise_ceil(a)
#define OP_ROUND(a) __builtin_elementwise_roundeven(a)
#define OP_TRUNCATE(a) __builtin_elementwise_trunc(a)
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
#define OP_RELU(a) vd_select((a) < 0.0, (vdouble){0}, a)
#define OP_STEP(a) TRUTH((a) > 0.0)
#define OP_SOFTPLUS(a) EACH_LANE(softplus, a)
#define OP_IS_NAN(a) TRUTH((a) != (a))
#define OP_IS_FINITE(a) TRUTH(vd_absolute(a) < __builtin_inf())
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

#define OP_ADD(a, b) ((a) + (b))
#define OP_SUBTRACT(a, b) ((a) - (b))
#define OP_MULTIPLY(a, b) ((a) * (b))
#define OP_DIVIDE(a, b) ((a) / (b))
#define OP_REMAINDER(a, b) EACH_PAIR(floored_remainder, a, b)
#define OP_POWER(a, b) EACH_PAIR(pow, a, b)
// The inner choice is one instruction that gives b if either is NaN.
#define OP_MAXIMUM(a, b) vd_select((a) != (a), a, vd_select((a) > (b), a, b))
#define OP_MINIMUM(a, b) vd_select((a) != (a), a, vd_select((a) < (b), a, b))
#define OP_EQUAL(a, b) TRUTH((a) == (b))
#define OP_NOT_EQUAL(a, b) TRUTH((a) != (b))
#define OP_LESS(a, b) TRUTH((a) < (b))
#define OP_LESS_EQUAL(a, b) TRUTH((a) <= (b))
#define OP_GREATER(a, b) TRUTH((a) > (b))
#define OP_GREATER_EQUAL(a, b) TRUTH((a) >= (b))
#define OP_AND(a, b) TRUTH(((a) != 0.0) & ((b) != 0.0))
#define OP_OR(a, b) TRUTH(((a) != 0.0) | ((b) != 0.0))
#define OP_XOR(a, b) TRUTH(((a) != 0.0) ^ ((b) != 0.0))
#define OP_ARC_TANGENT_OF_RATIO(a, b) EACH_PAIR(atan2, a, b)
#define OP_HYPOTENUSE(a, b) EACH_PAIR(hypot, a, b)
// One rounding where the processor multiplies and adds at once.
#define OP_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define OP_MULTIPLY_SUBTRACT(a, b, c) ((a) * (b) - (c))
#define OP_SUBTRACT_PRODUCT(a, b, c) ((c) - (a) * (b))
#define OP_SELECT(a, b, c) vd_select((a) != 0.0, b, c)

#define PROGRAM_REDUCTIONS "program_reductions.h"
#define HEBB_TEMPLATE "program_kernels.h"
#include "loops_levels.h"

const hebb_kernels *hebb_double_kernels(int level) { PROGRAM_KERNELS(level) }
