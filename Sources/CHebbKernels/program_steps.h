// Macros that make a loop of each instruction. The file that includes them (program_float.c and its
// siblings) defines the element type E, its vector V of LANES lanes, LOAD, STORE, LOAD_PART, STORE_PART,
// K(name) for the compute type's and level's copy of a name, and an OP_ macro for each instruction.
#ifndef HEBB_PROGRAM_STEPS_H
#define HEBB_PROGRAM_STEPS_H

// A step reads and writes the same positions, so a target may be an operand's own memory.
#define EACH_VECTOR(LOAD_ALL, LOAD_REST, RESULT)              \
  int64_t i = 0;                                              \
  _Pragma("clang loop unroll_count(2)") for (; i + LANES <= n; i += LANES) { \
    LOAD_ALL;                                                 \
    STORE((E *)target + i, RESULT);                           \
  }                                                           \
  if (i < n) {                                                \
    const int64_t rest = n - i;                               \
    LOAD_REST;                                                \
    STORE_PART((E *)target + i, RESULT, rest);                \
  }

#define ALL(x, p) const V x = LOAD((const E *)p + i)
#define REST(x, p) const V x = LOAD_PART((const E *)p + i, rest)
#define STEP_LOOP(name)                                                                          \
  static void K(name)(void *target, const void *pa, const void *pb, const void *pc, int64_t n)

#define UNARY(name, OP)                             \
  STEP_LOOP(name) {                                      \
    (void)pb;                                       \
    (void)pc;                                       \
    EACH_VECTOR(ALL(a, pa), REST(a, pa), OP(a))     \
  }

#define BINARY(name, OP)                                                              \
  STEP_LOOP(name##_vv) {                                                                   \
    (void)pc;                                                                         \
    EACH_VECTOR(ALL(a, pa); ALL(b, pb), REST(a, pa); REST(b, pb), OP(a, b))           \
  }                                                                                   \
  STEP_LOOP(name##_sv) {                                                                   \
    (void)pc;                                                                         \
    const V a = LOAD(pa);                                                             \
    EACH_VECTOR(ALL(b, pb), REST(b, pb), OP(a, b))                                    \
  }                                                                                   \
  STEP_LOOP(name##_vs) {                                                                   \
    (void)pc;                                                                         \
    const V b = LOAD(pb);                                                             \
    EACH_VECTOR(ALL(a, pa), REST(a, pa), OP(a, b))                                    \
  }

#define TERNARY(name, OP)                                                              \
  STEP_LOOP(name##_vv) {                                                                    \
    EACH_VECTOR(ALL(a, pa); ALL(b, pb); ALL(c, pc),                                    \
                REST(a, pa); REST(b, pb); REST(c, pc), OP(a, b, c))                    \
  }                                                                                    \
  STEP_LOOP(name##_sv) {                                                                    \
    const V b = LOAD(pb);                                                              \
    EACH_VECTOR(ALL(a, pa); ALL(c, pc), REST(a, pa); REST(c, pc), OP(a, b, c))         \
  }                                                                                    \
  STEP_LOOP(name##_vs) {                                                                    \
    const V c = LOAD(pc);                                                              \
    EACH_VECTOR(ALL(a, pa); ALL(b, pb), REST(a, pa); REST(b, pb), OP(a, b, c))         \
  }                                                                                    \
  STEP_LOOP(name##_ss) {                                                                    \
    const V b = LOAD(pb), c = LOAD(pc);                                                \
    EACH_VECTOR(ALL(a, pa), REST(a, pa), OP(a, b, c))                                  \
  }

#define UNARY_INSTRUCTIONS(X)                                                          \
  X(COPY) X(NOT) X(NEGATE) X(ABSOLUTE) X(SIGN) X(SQUARE) X(RECIPROCAL) X(SQUARE_ROOT)  \
  X(RECIPROCAL_SQUARE_ROOT) X(FLOOR) X(CEILING) X(ROUND) X(TRUNCATE) X(EXP)            \
  X(EXP_MINUS_ONE) X(LOG) X(LOG_ONE_PLUS) X(SINE) X(COSINE) X(TANGENT) X(TANH)         \
  X(SIGMOID) X(ERF) X(RELU) X(STEP) X(SOFTPLUS) X(IS_NAN) X(IS_FINITE)                 \
  X(LOG_TWO) X(LOG_TEN) X(EXP_TWO) X(CUBE_ROOT) X(ARC_SINE) X(ARC_COSINE)              \
  X(ARC_TANGENT) X(HYPERBOLIC_SINE) X(HYPERBOLIC_COSINE) X(AREA_SINE) X(AREA_COSINE)   \
  X(AREA_TANGENT) X(ERF_INVERSE) X(GELU) X(GELU_SLOPE)                                                       \
  X(ROUND_TO_BFLOAT16) X(ROUND_TO_FLOAT16) X(ROUND_TO_FLOAT32)
#define BINARY_INSTRUCTIONS(X)                                                         \
  X(ADD) X(SUBTRACT) X(MULTIPLY) X(DIVIDE) X(REMAINDER) X(POWER) X(MAXIMUM) X(MINIMUM) \
  X(EQUAL) X(NOT_EQUAL) X(LESS) X(LESS_EQUAL) X(GREATER) X(GREATER_EQUAL) X(AND) X(OR) X(XOR) \
  X(ARC_TANGENT_OF_RATIO) X(HYPOTENUSE)

#define TERNARY_INSTRUCTIONS(X) \
  X(SELECT) X(MULTIPLY_ADD) X(MULTIPLY_SUBTRACT) X(SUBTRACT_PRODUCT)

#define DEFINE_TERNARY(name) TERNARY(step_##name, OP_##name)
#define TERNARY_ENTRY(name)                                                          \
  [HEBB_##name] = {K(step_##name##_vv), K(step_##name##_sv), K(step_##name##_vs), \
                   K(step_##name##_ss)},
#define DEFINE_UNARY(name) UNARY(step_##name, OP_##name)
#define DEFINE_BINARY(name) BINARY(step_##name, OP_##name)

#define UNARY_ENTRY(name) [HEBB_##name] = {K(step_##name)},
#define BINARY_ENTRY(name) \
  [HEBB_##name] = {K(step_##name##_vv), K(step_##name##_sv), K(step_##name##_vs)},
#define STEP_ENTRIES                                                \
  UNARY_INSTRUCTIONS(UNARY_ENTRY) BINARY_INSTRUCTIONS(BINARY_ENTRY) \
  TERNARY_INSTRUCTIONS(TERNARY_ENTRY)

/// Returns the table of the level.
#if defined(__x86_64__)
#define PROGRAM_KERNELS(level) \
  return level >= 3 ? &kernels_level3 : level == 2 ? &kernels_level2 : &kernels_level1;
#else
#define PROGRAM_KERNELS(level) \
  (void)level;                 \
  return &kernels_level1;
#endif

#endif
