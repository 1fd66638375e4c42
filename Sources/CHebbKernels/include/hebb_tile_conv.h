// Convolutions of float tensors, channels last, on the matrix tiles (AMX): each number is split into
// bfloat16 parts whose products are added in float32. No im2col buffer: blocks of rows are split into
// the processor's cache, and the tiles read them there for every tap of the kernel.
#ifndef HEBB_TILE_CONV_H
#define HEBB_TILE_CONV_H

#include "hebb_products.h"

/// x is [batch, height, width, in], y is [batch, out_height, out_width, out], the weight
/// [out, in, kernel_height, kernel_width], all dense. What the window reads outside of x is zero.
typedef struct {
  int64_t batch, in, out, height, width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_y, stride_x;
  int64_t pad_top, pad_left, dilation_y, dilation_x;
} hebb_tile_conv;

typedef enum {
  HEBB_TILE_CONV_FORWARD = 0,
  HEBB_TILE_CONV_INPUT_GRADIENT,
  HEBB_TILE_CONV_WEIGHT_GRADIENT
} hebb_tile_conv_kind;

/// How an operation of one geometry is computed: blocks, tables of addresses, scratch memory.
typedef struct hebb_tile_conv_plan hebb_tile_conv_plan;

/// Whether tiles are expected to be faster than vectors, by a model of the cycles that products, packing
/// and results take; false, too, where so little is summed that tiles would be less accurate.
bool hebb_tile_conv_wins(const hebb_tile_conv *g, hebb_tile_conv_kind kind, int parts);

/// Plans an operation; null where memory is short or the processor has no tiles.
/// `parts` is the number of bfloat16 parts: 3 is not less accurate than float32 products, 2 has errors
/// of some 4e-6, 1 is a product of bfloat16.
hebb_tile_conv_plan *hebb_tile_conv_create(const hebb_tile_conv *g, hebb_tile_conv_kind kind, int parts,
                                           int threads);
void hebb_tile_conv_destroy(hebb_tile_conv_plan *plan);

/// Scratch memory, 64-byte aligned, that a run needs.
int64_t hebb_tile_conv_scratch_bytes(const hebb_tile_conv_plan *plan);

/// y = activation(scale (x * w) + bias + residual).
void hebb_tile_conv_forward(const hebb_tile_conv_plan *plan, const float *x, const float *w,
                            hebb_product_after after, hebb_activation activation, float *y, void *scratch);

/// dx from dy and w.
void hebb_tile_conv_input_gradient(const hebb_tile_conv_plan *plan, const float *dy, const float *w,
                                   float *dx, void *scratch);

/// dw from x and dy; sums of threads are added in the order of the threads.
void hebb_tile_conv_weight_gradient(const hebb_tile_conv_plan *plan, const float *x, const float *dy,
                                    float *dw, void *scratch);

#endif
