// Convolutions of images that lie channels last, as products of the places that windows read and the weights,
// without a copy of the images; for processors with AVX-512.
#ifndef HEBB_CONV_PLACES_H
#define HEBB_CONV_PLACES_H

#include "hebb_products.h"

/// One axis of a convolution; position p of the result reads positions p stride - pad + t dilation, zeros outside.
typedef struct {
  int64_t size, out_size;  // of images, of results
  int64_t kernel, stride, pad, dilation;
} hebb_conv_axis;

/// x is [batch, height, width, in], y [batch, out height, out width, out], the weight [out, in, kernel height,
/// kernel width], all dense.
typedef struct {
  int64_t batch, in, out;
  hebb_conv_axis height, width;
  hebb_activation activation;
} hebb_conv_places;

/// Whether this processor computes them; gradients of a convolution with strides and dilation are left out.
bool hebb_conv_places_available(const hebb_conv_places *g);

/// Bytes of weights packed for either direction.
int64_t hebb_conv_places_packed_bytes(const hebb_conv_places *g, bool gradient);

/// Packs weights for y from x, or for dx from dy; `to` begins at a multiple of 64 bytes.
void hebb_conv_places_pack(const hebb_conv_places *g, bool gradient, const float *weight, float *to, int threads);

/// y = activation(scale (x * weight) + bias + residual), with weights packed for it.
void hebb_conv_places_forward(const hebb_conv_places *g, const float *x, const float *packed,
                              hebb_product_after after, float *y, int threads);

/// dx from dy, with weights packed for it. The activation plays no part.
void hebb_conv_places_input_gradient(const hebb_conv_places *g, const float *dy, const float *packed, float *dx,
                                     int threads);

/// Bytes of scratch memory for a gradient of the weight.
int64_t hebb_conv_places_weight_scratch_bytes(const hebb_conv_places *g, int threads);

/// dw from x and dy, where hebb_product_available(). The same number of threads gives the same bits.
void hebb_conv_places_weight_gradient(const hebb_conv_places *g, const float *x, const float *dy, float *dw,
                                      void *scratch, int threads);

#endif
