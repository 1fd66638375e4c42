// The loops of programs that compute in float.
#include <math.h>

#include "hebb_processor.h"
#include "loops_support.h"
#include "program_conversions.h"
#include "program_functions.h"
#include "program_internal.h"
#include "program_steps.h"

#define K(name) HEBB_L(name)
#define E float
#define V vfloat
#define LANES FLOAT_LANES
#define LOAD vf_load
#define STORE vf_store
#define LOAD_PART vf_load_part
#define STORE_PART vf_store_part

/// The element type of accumulators, and conversions of E from and to the element types.
#define A double
#define FROM_FLOAT(x) (x)
#define FROM_DOUBLE(x) ((float)(x))
#define FROM_INTEGER(x) ((float)(x))
#define TO_FLOAT(x) (x)
#define TO_DOUBLE(x) ((double)(x))
#define TO_INT32(x) hebb_float_to_int32(x)
#define TO_INT64(x) hebb_float_to_int64(x)
#define TO_UINT8(x) hebb_float_to_uint8(x)
#define LOWEST (-__builtin_inff())
#define HIGHEST __builtin_inff()

/// The type of one register's worth of values in accumulators; of comparisons; the lanes of a register.
#define MASK vint
#define WIDE vdoubles
#define LANE_COUNT HEBB_LANES_32

/// Whether an element type is E, so that values need no conversion.
#define SAME_FLOAT 1
#define SAME_DOUBLE 0
#define SAME_BFLOAT16 0
#define SAME_FLOAT16 0
#define SAME_INT32 0
#define SAME_INT64 0
#define SAME_UINT8 0
#define SAME_BOOL 0

/// What has no vector code of its own is the C library's, lane by lane.
#define EACH_LANE(function, a)                                         \
  ({                                                                   \
    const vfloat argument = (a);                                       \
    vfloat result;                                                     \
    for (int k = 0; k < LANES; k++) result[k] = function(argument[k]); \
    result;                                                            \
  })
#define EACH_PAIR(function, a, b)                                            \
  ({                                                                         \
    const vfloat left = (a), right = (b);                                    \
    vfloat result;                                                           \
    for (int k = 0; k < LANES; k++) result[k] = function(left[k], right[k]); \
    result;                                                                  \
  })

#define TRUTH(mask) ((vfloat)((mask) & 0x3f800000))
#define OP_COPY(a) (a)
#define OP_NOT(a) TRUTH((a) == 0.0f)
#define OP_NEGATE(a) (-(a))
#define OP_ABSOLUTE(a) vf_absolute(a)
#define OP_SIGN(a) (TRUTH((a) > 0.0f) - TRUTH((a) < 0.0f))
#define OP_SQUARE(a) ((a) * (a))
#define OP_RECIPROCAL(a) vf_divide(vf_splat(1.0f), a)
#define OP_SQUARE_ROOT(a) vf_square_root(a)
#define OP_RECIPROCAL_SQUARE_ROOT(a) vf_divide(vf_splat(1.0f), vf_square_root(a))
#define OP_FLOOR(a) __builtin_elementwise_floor(a)
#define OP_CEILING(a) __builtin_elementwise_ceil(a)
#define OP_ROUND(a) __builtin_elementwise_roundeven(a)
#define OP_TRUNCATE(a) __builtin_elementwise_trunc(a)
#define OP_EXP(a) vf_exp(a)
#define OP_EXP_MINUS_ONE(a) vf_exp_minus_one(a)
#define OP_LOG(a) vf_log(a)
#define OP_LOG_ONE_PLUS(a) vf_log_one_plus(a)
#define OP_SINE(a) vf_sine(a)
#define OP_COSINE(a) vf_cosine(a)
#define OP_TANGENT(a) vf_tangent(a)
#define OP_TANH(a) vf_tanh(a)
#define OP_SIGMOID(a) vf_sigmoid(a)
#define OP_ERF(a) vf_erf(a)
#define OP_GELU(a) vf_gelu(a)
#define OP_GELU_SLOPE(a) vf_gelu_slope(a)
#define OP_RELU(a) vf_select((a) < 0.0f, (vfloat){0}, a)
#define OP_STEP(a) TRUTH((a) > 0.0f)
#define OP_SOFTPLUS(a) vf_softplus(a)
#define OP_IS_NAN(a) TRUTH((a) != (a))
#define OP_IS_FINITE(a) TRUTH(vf_absolute(a) < __builtin_inff())
#define OP_LOG_TWO(a) EACH_LANE(log2f, a)
#define OP_LOG_TEN(a) EACH_LANE(log10f, a)
#define OP_EXP_TWO(a) EACH_LANE(exp2f, a)
#define OP_CUBE_ROOT(a) EACH_LANE(cbrtf, a)
#define OP_ARC_SINE(a) EACH_LANE(asinf, a)
#define OP_ARC_COSINE(a) EACH_LANE(acosf, a)
#define OP_ARC_TANGENT(a) EACH_LANE(atanf, a)
#define OP_HYPERBOLIC_SINE(a) EACH_LANE(sinhf, a)
#define OP_HYPERBOLIC_COSINE(a) EACH_LANE(coshf, a)
#define OP_AREA_SINE(a) EACH_LANE(asinhf, a)
#define OP_AREA_COSINE(a) EACH_LANE(acoshf, a)
#define OP_AREA_TANGENT(a) EACH_LANE(atanhf, a)
#define OP_ERF_INVERSE(a) EACH_LANE((float)hebb_erf_inverse, a)
#define OP_ROUND_TO_BFLOAT16(a) K(vf_round_to_bfloat16)(a)
#define OP_ROUND_TO_FLOAT16(a) K(vf_round_to_float16)(a)
#define OP_ROUND_TO_FLOAT32(a) (a)

#define OP_ADD(a, b) ((a) + (b))
#define OP_SUBTRACT(a, b) ((a) - (b))
#define OP_MULTIPLY(a, b) ((a) * (b))
#define OP_DIVIDE(a, b) vf_divide(a, b)
#define OP_REMAINDER(a, b) K(vf_remainder)(a, b)
#define OP_POWER(a, b) vf_power(a, b)
// The inner choice is one instruction that gives b if either is NaN.
#define OP_MAXIMUM(a, b) vf_select((a) != (a), a, vf_select((a) > (b), a, b))
#define OP_MINIMUM(a, b) vf_select((a) != (a), a, vf_select((a) < (b), a, b))
#define OP_EQUAL(a, b) TRUTH((a) == (b))
#define OP_NOT_EQUAL(a, b) TRUTH((a) != (b))
#define OP_LESS(a, b) TRUTH((a) < (b))
#define OP_LESS_EQUAL(a, b) TRUTH((a) <= (b))
#define OP_GREATER(a, b) TRUTH((a) > (b))
#define OP_GREATER_EQUAL(a, b) TRUTH((a) >= (b))
#define OP_AND(a, b) TRUTH(((a) != 0.0f) & ((b) != 0.0f))
#define OP_OR(a, b) TRUTH(((a) != 0.0f) | ((b) != 0.0f))
#define OP_XOR(a, b) TRUTH(((a) != 0.0f) ^ ((b) != 0.0f))
#define OP_ARC_TANGENT_OF_RATIO(a, b) EACH_PAIR(atan2f, a, b)
#define OP_HYPOTENUSE(a, b) EACH_PAIR(hypotf, a, b)
// One rounding where the processor multiplies and adds at once.
#define OP_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define OP_MULTIPLY_SUBTRACT(a, b, c) ((a) * (b) - (c))
#define OP_SUBTRACT_PRODUCT(a, b, c) ((c) - (a) * (b))
#define OP_SELECT(a, b, c) vf_select((a) != 0.0f, b, c)

#define PROGRAM_REDUCTIONS "program_reductions.h"
#define PROGRAM_OPERATIONS "program_float_operations.h"
#define PROGRAM_KEEP K(load_keep)
#define PROGRAM_WHOLES "program_wholes.h"
#define HEBB_TEMPLATE "program_kernels.h"
#include "loops_levels.h"

const hebb_kernels *hebb_float_kernels(int level) { PROGRAM_KERNELS(level) }
