// What the files tile_conv_*.c share. The image that the tiles read ("packed image") lies in scratch
// memory as bfloat16 parts, in copies ("classes") of which each serves some taps of the kernel: a tap
// reads a class from a fixed position on, and neighbouring outputs read neighbouring pixels.
#ifndef HEBB_TILE_CONV_INTERNAL_H
#define HEBB_TILE_CONV_INTERNAL_H

#include "hebb_tile_conv.h"
#include "loops_support.h"

/// One axis of a window: output i reads, for tap k, the input at i * step + offset[k], which is
/// position i + shift[k] of class class_of[k]; class c begins at input origin[c].
typedef struct {
  int64_t taps, step, classes, extra;  // extra: the largest shift
  int64_t low, high;                   // the smallest and largest origin
  int64_t *offset, *class_of, *shift, *origin;
} conv_axis;

/// Which outputs are computed together: all of a forward pass, or those of an input gradient that
/// read the same taps. Its outputs lie at (i * out_step + out_y, j * out_step + out_x).
typedef struct {
  int64_t out_y, out_x, taps;
  int64_t steps;           // of 32 along the summed dimension, per block of 32 channels (or in all)
  int64_t *tap_y, *tap_x;  // indices of the taps
  int32_t *step_offset;    // where the tiles of a step begin in the packed image
  int64_t weight_offset;   // bytes into the packed weights
} conv_phase;

struct hebb_tile_conv_plan {
  hebb_tile_conv g;
  hebb_tile_conv_kind kind;
  int parts, threads;
  // The image that is read, the image that is written, and how they hang together.
  int64_t channels, outputs, height, width, out_height, out_width;
  int64_t grid_height, grid_width, out_step_y, out_step_x;
  conv_axis y, x;
  int64_t phase_count;
  conv_phase *phases;
  // Units of work: so many images and rows of the grid.
  int64_t images, rows, image_units, row_units, parts_of_outputs;
  bool gathers;  // few channels: taps and channels together along the summed dimension
  int64_t channel_blocks, chunk;  // blocks of 32 channels: in all, packed at a time
  // The packed image: rows of a class hold the pixels of all images side by side, so that tiles run on
  // from image to image and from row to row. Sizes in bytes: a class, a channel block, a part.
  int64_t row_pixels, class_rows, class_bytes, block_bytes, part_bytes, tile_row_bytes;
  int64_t span, stage_rows, stage_row_bytes, stage_bytes;
  int64_t tiles;            // of 16 pixels in a unit, rounded up to four
  int64_t output_blocks, weight_block_bytes, weight_bytes, sums_bytes, thread_bytes;
  // Weight gradients only: the packed image is transposed, a row for each channel.
  int64_t pitch, stage_pitch, residues, pixel_steps, list_pixels, group, sum_tiles, sums_block_bytes;
  int64_t image_buffer_bytes, cotangent_bytes;
  bool is_direct, by_channels;
};

static inline int64_t conv_rounded(int64_t count, int64_t step) { return (count + step - 1) / step * step; }
static inline int64_t conv_floor_mod(int64_t a, int64_t b) { return (a % b + b) % b; }

/// Fills the classes of an axis; merged: taps share a class where their positions are close.
bool conv_axis_make(conv_axis *axis, int64_t taps, int64_t step, const int64_t *offsets, bool merged);
void conv_axis_free(conv_axis *axis);

bool conv_pass_plan(hebb_tile_conv_plan *plan);
void conv_pass_run(const hebb_tile_conv_plan *plan, const float *image, const float *w, hebb_product_after after,
                   hebb_activation activation, float *result, void *scratch, bool *is_special);
bool conv_weight_plan(hebb_tile_conv_plan *plan);
void conv_weight_run(const hebb_tile_conv_plan *plan, const float *x, const float *dy, float *dw,
                     void *scratch, bool *is_special);

/// Plain loops, for numbers that parts cannot represent: infinities, NaN, the largest and the smallest.
/// `weight` is memory for as many floats as the weight has.
void conv_plain_forward(const hebb_tile_conv *g, const float *x, const float *w, hebb_product_after after,
                        hebb_activation activation, float *y, float *weight, int threads);
void conv_plain_input_gradient(const hebb_tile_conv *g, const float *dy, const float *w, float *dx,
                               float *weight, int threads);
void conv_plain_weight_gradient(const hebb_tile_conv *g, const float *x, const float *dy, float *dw,
                                int threads);

#endif
