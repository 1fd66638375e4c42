// Reductions of whole numbers, which wrap around. Plain C that the compiler vectorizes.
// Template: see program_kernels.h.

#define INT_SUM(a, b) ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define INT_PRODUCT(a, b) ((int64_t)((uint64_t)(a) * (uint64_t)(b)))
#define INT_MAXIMUM(a, b) ((a) > (b) ? (a) : (b))
#define INT_MINIMUM(a, b) ((a) < (b) ? (a) : (b))

#define INT_REDUCTION(name, C)                                                             \
  static void K(rows_##name)(void *out, const void *values, int64_t rows, int64_t n) {     \
    int64_t *restrict y = out;                                                             \
    const int64_t *restrict x = values;                                                    \
    for (int64_t r = 0; r < rows; r++, x += n) {                                           \
      int64_t s = x[0];                                                                    \
      for (int64_t i = 1; i < n; i++) s = C(s, x[i]);                                      \
      y[r] = s;                                                                            \
    }                                                                                      \
  }                                                                                        \
  static void K(columns_##name)(void *accumulators, const void *values, int64_t rows,      \
                                int64_t n) {                                               \
    int64_t *restrict y = accumulators;                                                    \
    const int64_t *restrict x = values;                                                    \
    for (int64_t r = 0; r < rows; r++, x += n)                                             \
      for (int64_t i = 0; i < n; i++) y[i] = C(y[i], x[i]);                                \
  }

INT_REDUCTION(sum, INT_SUM)
INT_REDUCTION(product, INT_PRODUCT)
INT_REDUCTION(maximum, INT_MAXIMUM)
INT_REDUCTION(minimum, INT_MINIMUM)
