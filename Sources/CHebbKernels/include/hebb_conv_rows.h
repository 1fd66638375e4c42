// Convolutions of few channels with stride 1, for which blocked layouts of 16 channels waste most of
// their work: images stay row-major, and vectors run along their rows, or across sixteen images where
// that fills them better.
#ifndef HEBB_CONV_ROWS_H
#define HEBB_CONV_ROWS_H

#include "hebb_activation.h"
#include <stdbool.h>
#include <stdint.h>

/// x is [batch, in, height, width], the weight [out, in, kernel_height, kernel_width], y is
/// [batch, out, out_height, out_width], all dense; out_height = height + 2 pad_top - kernel_height + 1.
typedef struct {
  int64_t batch, in, out, height, width, out_height, out_width;
  int64_t kernel_height, kernel_width, pad_top, pad_left;
} hebb_conv_rows;

typedef enum {
  HEBB_CONV_ROWS_FORWARD = 0,
  HEBB_CONV_ROWS_INPUT_GRADIENT,
  HEBB_CONV_ROWS_WEIGHT_GRADIENT
} hebb_conv_rows_kind;

/// Scratch memory, 64-byte aligned, that a call of this kind needs.
int64_t hebb_conv_rows_scratch_bytes(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads);

/// y = activation(x * w + bias); bias may be null.
void hebb_conv_rows_forward(const hebb_conv_rows *g, const float *x, const float *w,
                             const float *bias, hebb_activation activation, float *y, void *scratch,
                             int threads);

/// dx from dy and w; the padding must be smaller than the kernel.
void hebb_conv_rows_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads);

/// dw from x and dy: each thread sums over its images, the sums are added in thread order.
void hebb_conv_rows_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads);

#endif
