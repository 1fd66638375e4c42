// Products of float32 matrices on the processor's vectors, for processors with AVX-512.
#ifndef HEBB_PRODUCTS_H
#define HEBB_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

#include "hebb_activation.h"

/// C[b] = activation(scale A[b] B[b] + bias + residual), `batches` times. A is [rows, depth], B [depth, columns], C dense [rows,
/// columns]; all sizes at least 1. Element (r, d) of A is at a_offsets[b] + r a_row + d a_depth, element (d, c)
/// of B at b_offsets[b] + d b_depth + c b_column: one stride of each is 1 (or its axis has size 1).
/// Null offsets are zeros.
typedef struct {
  int64_t batches, rows, columns, depth;
  int64_t a_row, a_depth, b_depth, b_column;
  const int64_t *a_offsets, *b_offsets;
  hebb_activation activation;
} hebb_product;

/// Whether this processor has the vectors.
bool hebb_product_available(void);

/// What is done to the sums: factors and summands of the columns, and a summand that lies as C does. Null is none.
typedef struct {
  const float *scale, *bias, *residual;
} hebb_product_after;

/// Bytes of scratch memory for a run.
int64_t hebb_product_scratch_bytes(const hebb_product *p, int threads);

/// Computes C. The result does not depend on the number of threads.
void hebb_product_run(const hebb_product *p, const float *a, const float *b, hebb_product_after after, float *c,
                      void *scratch, int threads);

#endif
