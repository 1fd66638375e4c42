// Attention whose scores stay in the cache, and its gradient.
#ifndef HEBB_ATTENTION_H
#define HEBB_ATTENTION_H

#include <stdbool.h>
#include <stdint.h>

#define HEBB_ATTENTION_AXES 6

typedef enum {
  HEBB_ATTENTION_NO_MASK = 0,
  HEBB_ATTENTION_TRUTHS,  // one byte each: whether a query sees a key
  HEBB_ATTENTION_NUMBERS  // floats that are added to the scores
} hebb_attention_mask;

/// y = dropout(softmax(scale q kᵀ + mask)) v for each of the heads, of which there is one for each place of
/// the outer axes.
typedef struct {
  int32_t outer_rank;
  int64_t outer[HEBB_ATTENTION_AXES];
  int64_t queries, keys, size, value_size;  // all at least 1
  float scale;
  bool causal;  // query i sees the keys 0...i
  hebb_attention_mask mask;
  // Dropout where threshold > 0: the weight of query i and key j of head h stays, times `kept_scale`, where
  // hebb_philox_keep gives 1 for element (h * queries + i) * mask_stride + j; mask_stride is the number of keys
  // rounded up to a multiple of 64.
  uint32_t threshold;
  float kept_scale;
} hebb_attention;

/// Rows of floats anywhere in memory; strides in elements. Elements of a row lie side by side; those of a mask
/// `column` apart, 0 or 1.
typedef struct {
  int64_t outer[HEBB_ATTENTION_AXES];
  int64_t row, column;
} hebb_attention_rows;

typedef struct {
  hebb_attention_rows q, k, v, mask, y, dy, dq, dk, dv;
} hebb_attention_layout;

typedef struct {
  const float *q, *k, *v;
  const void *mask;
  uint64_t key, step;  // of dropout
  float *y, *logarithms;  // [heads, queries], the logarithm of the sum of a row's exponentials
  const float *dy;        // this and what follows for the gradient only
  float *dq, *dk, *dv;
} hebb_attention_memory;

/// Scratch memory that a call needs.
int64_t hebb_attention_scratch_bytes(const hebb_attention *a, bool gradient, int threads);

/// Writes y and logarithms.
void hebb_attention_forward(const hebb_attention *a, const hebb_attention_layout *layout,
                            const hebb_attention_memory *memory, void *scratch, int threads);

/// Writes dq, dk and dv from y, logarithms and dy. The same bits for any number of threads, as forward.
void hebb_attention_gradient(const hebb_attention *a, const hebb_attention_layout *layout,
                             const hebb_attention_memory *memory, void *scratch, int threads);

#endif
