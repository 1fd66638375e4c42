// Direct convolutions for few channels, where the general library pads the channels to whole vectors:
// float, stride 1, no dilation, one group, planes (batch, channels, height, width) with the width
// varying fastest, weights [out_channels, channels, kernel_height, kernel_width].
#ifndef HEBB_CONV_SMALL_H
#define HEBB_CONV_SMALL_H

#include <stdbool.h>
#include <stdint.h>

/// Sizes of a convolution: y[b, o, i, j] = sum over c, k, l of
/// w[o, c, k, l] x[b, c, i + k - pad_top, j + l - pad_left], with x zero outside its planes.
typedef struct {
  int64_t batch, channels, height, width;
  int64_t out_channels, out_height, out_width;
  int64_t kernel_height, kernel_width, pad_top, pad_left;
} hebb_conv_small;

typedef enum {
  HEBB_CONV_NO_ACTIVATION = 0,
  HEBB_CONV_RELU = 1,
  HEBB_CONV_SIGMOID = 2,
  HEBB_CONV_TANH = 3,
} hebb_conv_activation;

/// Whether the functions below can compute this convolution: 1 to 32 channels on both sides, kernels
/// of 1 to 7 rows and columns, padding below the kernel's size on each side, images of some MB.
bool hebb_conv_small_supports(const hebb_conv_small *conv);

/// Bytes of scratch memory, 64-byte aligned, that any of the functions below needs.
int64_t hebb_conv_small_scratch_bytes(const hebb_conv_small *conv, int threads);

/// y = activation(convolution(x, w) + bias[o]); `bias` may be null.
void hebb_conv_small_forward(const hebb_conv_small *conv, const float *x, const float *w,
                             const float *bias, hebb_conv_activation activation, float *y,
                             void *scratch, int threads);

/// dx = the gradient with respect to x (overwritten).
void hebb_conv_small_input_gradient(const hebb_conv_small *conv, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads);

/// dw = the gradient with respect to w, and dbias = the sum of dy over all but the channels (both
/// overwritten; `dbias` may be null). Each thread sums over its part of the batch, then the parts are
/// added in the order of the threads, so that the result depends on `threads` but not on chance.
void hebb_conv_small_weight_gradient(const hebb_conv_small *conv, const float *x, const float *dy,
                                     float *dw, float *dbias, void *scratch, int threads);

#endif
