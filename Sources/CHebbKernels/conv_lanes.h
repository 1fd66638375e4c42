// Convolutions of few channels, sixteen images at a time: each pixel is a vector with a lane for each image,
// so that rows of any length fill it. The other way of conv_rows.c, for batches.
#ifndef HEBB_CONV_LANES_H
#define HEBB_CONV_LANES_H

#include "hebb_conv_rows.h"

/// Whether these loops are the faster ones: never without vectors of 512 bits.
bool hebb_conv_lanes_wins(const hebb_conv_rows *g, hebb_conv_rows_kind kind);

// As those of hebb_conv_rows.h.
int64_t hebb_conv_lanes_scratch_bytes(const hebb_conv_rows *g, hebb_conv_rows_kind kind, int threads);
void hebb_conv_lanes_forward(const hebb_conv_rows *g, const float *x, const float *w,
                             const float *bias, hebb_conv_rows_activation activation, float *y,
                             void *scratch, int threads);
void hebb_conv_lanes_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads);
void hebb_conv_lanes_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads);

#endif
