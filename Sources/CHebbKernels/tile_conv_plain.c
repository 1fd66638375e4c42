// Convolutions in plain loops, channels last, for the numbers that the tiles cannot take.
#include "activation.h"
#include "tile_conv_internal.h"

typedef struct {
  const hebb_tile_conv *g;
  const float *x, *dy, *weight;  // the weight as [tap][from][to]
  hebb_product_after after;
  float *result;
  hebb_activation activation;
} plain_call;

/// Writes the weight [out, in, taps] as [tap][in][out], or [tap][out][in] if `reverse`.
static void arrange(const hebb_tile_conv *g, const float *w, bool reverse, float *to) {
  const int64_t taps = g->kernel_height * g->kernel_width;
  for (int64_t o = 0; o < g->out; o++)
    for (int64_t c = 0; c < g->in; c++)
      for (int64_t t = 0; t < taps; t++) {
        const int64_t at = reverse ? (t * g->out + o) * g->in + c : (t * g->in + c) * g->out + o;
        to[at] = w[(o * g->in + c) * taps + t];
      }
}

/// to[j] += sum over i of from[i] * weight[i][j].
static void add_product(const float *from, int64_t count, const float *weight, float *to, int64_t width) {
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = 0; j < width; j++) to[j] += from[i] * weight[i * width + j];
}

static void plain_forward_body(void *context, int index, int count) {
  const plain_call *call = context;
  const hebb_tile_conv *g = call->g;
  const hebb_range rows = hebb_part(g->batch * g->out_height, 1, index, count);
  for (int64_t row = rows.begin; row < rows.end; row++)
    for (int64_t j = 0; j < g->out_width; j++) {
      const int64_t n = row / g->out_height, i = row % g->out_height;
      float *y = call->result + (row * g->out_width + j) * g->out;
      for (int64_t o = 0; o < g->out; o++) y[o] = 0;
      for (int64_t u = 0; u < g->kernel_height; u++)
        for (int64_t v = 0; v < g->kernel_width; v++) {
          const int64_t iy = i * g->stride_y - g->pad_top + u * g->dilation_y;
          const int64_t ix = j * g->stride_x - g->pad_left + v * g->dilation_x;
          if (iy < 0 || iy >= g->height || ix < 0 || ix >= g->width) continue;
          add_product(call->x + ((n * g->height + iy) * g->width + ix) * g->in, g->in,
                      call->weight + (u * g->kernel_width + v) * g->in * g->out, y, g->out);
        }
      const hebb_product_after after = call->after;
      for (int64_t o = 0; o < g->out; o++) {
        if (after.scale) y[o] *= after.scale[o];
        if (after.bias) y[o] += after.bias[o];
        if (after.residual) y[o] += after.residual[y + o - call->result];
      }
      hebb_activate(y, g->out, call->activation);
    }
}

static void plain_input_body(void *context, int index, int count) {
  const plain_call *call = context;
  const hebb_tile_conv *g = call->g;
  const hebb_range rows = hebb_part(g->batch * g->height, 1, index, count);
  for (int64_t row = rows.begin; row < rows.end; row++)
    for (int64_t x = 0; x < g->width; x++) {
      const int64_t n = row / g->height, y = row % g->height;
      float *dx = call->result + (row * g->width + x) * g->in;
      for (int64_t c = 0; c < g->in; c++) dx[c] = 0;
      for (int64_t u = 0; u < g->kernel_height; u++)
        for (int64_t v = 0; v < g->kernel_width; v++) {
          const int64_t i = y + g->pad_top - u * g->dilation_y, j = x + g->pad_left - v * g->dilation_x;
          if (i < 0 || j < 0 || i % g->stride_y != 0 || j % g->stride_x != 0) continue;
          if (i / g->stride_y >= g->out_height || j / g->stride_x >= g->out_width) continue;
          const int64_t pixel = (n * g->out_height + i / g->stride_y) * g->out_width + j / g->stride_x;
          add_product(call->dy + pixel * g->out, g->out,
                      call->weight + (u * g->kernel_width + v) * g->in * g->out, dx, g->in);
        }
    }
}

static void plain_weight_body(void *context, int index, int count) {
  const plain_call *call = context;
  const hebb_tile_conv *g = call->g;
  const int64_t taps = g->kernel_height * g->kernel_width;
  const hebb_range outputs = hebb_part(g->out, 1, index, count);
  for (int64_t o = outputs.begin; o < outputs.end; o++) {
    float *dw = call->result + o * g->in * taps;
    for (int64_t i = 0; i < g->in * taps; i++) dw[i] = 0;
    for (int64_t row = 0; row < g->batch * g->out_height; row++)
      for (int64_t j = 0; j < g->out_width; j++) {
        const int64_t n = row / g->out_height, i = row % g->out_height;
        const float d = call->dy[(row * g->out_width + j) * g->out + o];
        for (int64_t t = 0; t < taps; t++) {
          const int64_t iy = i * g->stride_y - g->pad_top + t / g->kernel_width * g->dilation_y;
          const int64_t ix = j * g->stride_x - g->pad_left + t % g->kernel_width * g->dilation_x;
          if (iy < 0 || iy >= g->height || ix < 0 || ix >= g->width) continue;
          const float *x = call->x + ((n * g->height + iy) * g->width + ix) * g->in;
          for (int64_t c = 0; c < g->in; c++) dw[c * taps + t] += d * x[c];
        }
      }
  }
}

void conv_plain_forward(const hebb_tile_conv *g, const float *x, const float *w, hebb_product_after after,
                        hebb_activation activation, float *y, float *weight, int threads) {
  arrange(g, w, false, weight);
  plain_call call = {.g = g, .x = x, .weight = weight, .after = after, .result = y, .activation = activation};
  hebb_parallel(threads, plain_forward_body, &call);
}

void conv_plain_input_gradient(const hebb_tile_conv *g, const float *dy, const float *w, float *dx,
                               float *weight, int threads) {
  arrange(g, w, true, weight);
  plain_call call = {.g = g, .dy = dy, .weight = weight, .result = dx};
  hebb_parallel(threads, plain_input_body, &call);
}

void conv_plain_weight_gradient(const hebb_tile_conv *g, const float *x, const float *dy, float *dw,
                                int threads) {
  plain_call call = {.g = g, .x = x, .dy = dy, .result = dw};
  hebb_parallel(threads, plain_weight_body, &call);
}
