// Template of loops_products.c, included once for each vector level by loops_levels.h.

#define LANES HEBB_LANES_32
#define VECTOR HEBB_L(product_vector)

typedef float VECTOR __attribute__((vector_size(HEBB_BYTES)));

static inline VECTOR HEBB_L(product_load)(const float *x) {
  VECTOR v;
  memcpy(&v, x, sizeof v);
  return v;
}

/// c[0..<LANES * vectors] = bias + sum over k of a[k] b[k, :], with b's columns side by side.
#define PRODUCT_BLOCK(vectors)                                                             \
  {                                                                                        \
    VECTOR sum[vectors];                                                                   \
    _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {                 \
      sum[v] = bias ? HEBB_L(product_load)(bias + j + v * LANES) : (VECTOR){};             \
    }                                                                                      \
    for (int64_t k = 0; k < p->depth; k++) {                                               \
      const float x = a[k * p->a_column];                                                  \
      const float *row = b + k * p->b_row + j;                                             \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {               \
        sum[v] += x * HEBB_L(product_load)(row + v * LANES);                               \
      }                                                                                    \
    }                                                                                      \
    memcpy(c + j, sum, sizeof sum);                                                        \
    j += (vectors) * LANES;                                                                \
  }

/// One row by columns that lie side by side.
static inline void HEBB_L(product_row)(const hebb_small_product *p, const float *a, const float *b,
                                       const float *bias, float *c) {
  int64_t j = 0;
  while (j + 4 * LANES <= p->columns) PRODUCT_BLOCK(4)
  while (j + LANES <= p->columns) PRODUCT_BLOCK(1)
  const int64_t left = p->columns - j;
  if (left == 0) return;
  VECTOR sum = {};
  if (bias) hebb_copy_bytes(&sum, bias + j, left * 4);
  for (int64_t k = 0; k < p->depth; k++) {
    VECTOR row = {};
    hebb_copy_bytes(&row, b + k * p->b_row + j, left * 4);
    sum += a[k * p->a_column] * row;
  }
  hebb_copy_bytes(c + j, &sum, left * 4);
}

/// One row where both factors run along the sum.
static inline void HEBB_L(product_dots)(const hebb_small_product *p, const float *a, const float *b,
                                        const float *bias, float *c) {
  for (int64_t j = 0; j < p->columns; j++) {
    const float *x = b + j * p->b_column;
    VECTOR sum = {};
    int64_t k = 0;
    for (; k + LANES <= p->depth; k += LANES) {
      sum += HEBB_L(product_load)(a + k) * HEBB_L(product_load)(x + k);
    }
    float total = bias ? bias[j] : 0;
    for (; k < p->depth; k++) total += a[k] * x[k];
    // Halves onto each other.
    float parts[LANES];
    memcpy(parts, &sum, sizeof sum);
#pragma clang loop unroll(full)
    for (int width = LANES / 2; width > 0; width /= 2) {
#pragma clang loop unroll(full)
      for (int i = 0; i < width; i++) parts[i] += parts[i + width];
    }
    c[j] = total + parts[0];
  }
}

static void HEBB_L(product_rows)(const product_job *job, hebb_range range) {
  const hebb_small_product *p = &job->sizes;
  for (int64_t item = range.begin; item < range.end; item++) {
    const int64_t batch = item / p->rows, row = item % p->rows;
    const float *a = job->a + batch * p->a_batch + row * p->a_row;
    const float *b = job->b + batch * p->b_batch;
    float *c = job->c + batch * p->c_batch + row * p->c_row;
    if (p->b_column == 1) {
      HEBB_L(product_row)(p, a, b, job->bias, c);
    } else {
      HEBB_L(product_dots)(p, a, b, job->bias, c);
    }
  }
}

#undef PRODUCT_BLOCK
#undef VECTOR
#undef LANES
