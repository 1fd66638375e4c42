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
                             const float *bias, hebb_activation activation, float *y,
                             void *scratch, int threads);
void hebb_conv_lanes_input_gradient(const hebb_conv_rows *g, const float *dy, const float *w,
                                    float *dx, void *scratch, int threads);
void hebb_conv_lanes_weight_gradient(const hebb_conv_rows *g, const float *x, const float *dy,
                                     float *dw, void *scratch, int threads);

// What both ways share.

/// The convolution that computes the input gradient of `g`.
static inline hebb_conv_rows hebb_conv_rows_reversed(const hebb_conv_rows *g) {
  return (hebb_conv_rows){.batch = g->batch, .in = g->out, .out = g->in,
                           .height = g->out_height, .width = g->out_width,
                           .out_height = g->height, .out_width = g->width,
                           .kernel_height = g->kernel_height, .kernel_width = g->kernel_width,
                           .pad_top = g->kernel_height - 1 - g->pad_top,
                           .pad_left = g->kernel_width - 1 - g->pad_left};
}

/// Weights in the order in which a tile reads them: [block][in][kernel row][kernel column][filter].
static inline void hebb_conv_rows_pack_weight(const hebb_conv_rows *g, const float *w, bool reverse,
                                              int64_t block, float *to) {
  const int64_t height = g->kernel_height, width = g->kernel_width;
  for (int64_t first = 0; first < g->out; first += block)
    for (int64_t i = 0; i < g->in; i++)
      for (int64_t u = 0; u < height; u++)
        for (int64_t v = 0; v < width; v++)
          for (int64_t o = first; o < first + block; o++) {
            const int64_t here = ((o * g->in + i) * height + u) * width + v;
            // The reversed convolution reads the weight of the other channels, turned by half.
            const int64_t there = ((i * g->out + o) * height + height - 1 - u) * width + width - 1 - v;
            *to++ = o < g->out ? w[reverse ? there : here] : 0;
          }
}

#endif
