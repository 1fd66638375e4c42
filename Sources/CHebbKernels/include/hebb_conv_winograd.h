// Convolutions with windows of 3 x 3 by Winograd's minimal filtering: 16 multiplications where sums of products take 36.
// For images that lie channels last, where hebb_product_available().
#ifndef HEBB_CONV_WINOGRAD_H
#define HEBB_CONV_WINOGRAD_H

#include "hebb_products.h"

/// x is [batch, height, width, in], y [batch, out height, out width, out], the weight [out, in, 3, 3], all dense.
/// Windows move by 1; place (i, j) of y reads rows from i - pad top and columns from j - pad left on, zeros outside.
typedef struct {
  int64_t batch, in, out;
  int64_t height, width, out_height, out_width;
  int64_t pad_top, pad_left;
  hebb_activation activation;
} hebb_conv_winograd;

/// Whether plans may choose them; true unless set.
bool hebb_winograd_allowed(void);
void hebb_set_winograd_allowed(bool allowed);

/// The convolution of dy that gives dx; its weight is packed as a gradient's.
hebb_conv_winograd hebb_conv_winograd_gradient(const hebb_conv_winograd *g);

/// Bytes of packed weights.
int64_t hebb_conv_winograd_packed_bytes(const hebb_conv_winograd *g);

/// Packs weights for y from x, or, if `gradient`, weights [in, out, 3, 3] of the convolution whose gradient `g` is.
/// `to` begins at a multiple of 64 bytes.
void hebb_conv_winograd_pack(const hebb_conv_winograd *g, bool gradient, const float *weight, float *to, int threads);

/// Bytes of scratch memory for a run.
int64_t hebb_conv_winograd_scratch_bytes(const hebb_conv_winograd *g, int threads);

/// y = activation(scale (x * weight) + bias + residual), with packed weights. The result does not depend on the
/// number of threads.
void hebb_conv_winograd_run(const hebb_conv_winograd *g, const float *x, const float *packed,
                            hebb_product_after after, float *y, void *scratch, int threads);

/// Bytes of scratch memory for a gradient of the weight.
int64_t hebb_conv_winograd_weight_scratch_bytes(const hebb_conv_winograd *g, int threads);

/// dw [out, in, 3, 3] from x and dy. The same number of threads gives the same bits.
void hebb_conv_winograd_weight_gradient(const hebb_conv_winograd *g, const float *x, const float *dy, float *dw,
                                        void *scratch, int threads);

#endif
