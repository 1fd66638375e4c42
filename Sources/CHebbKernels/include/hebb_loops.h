// Loops that are not elementwise: softmax, arg-reductions, pooling, gather and scatter, random bits,
// strided copies. Float pointers are float unless `double_precision`, which makes them double.
#ifndef HEBB_LOOPS_H
#define HEBB_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

/// y[i, :] = softmax(x[i, :]) (or log-softmax) over rows of length n, shifted by the row's maximum.
void hebb_softmax_rows(const void *x, void *y, int64_t rows, int64_t n, bool logarithm,
                       bool double_precision, int threads);

/// y[i] = the logarithm of the sum of e^x[i, :] over rows of length n, shifted by the row's maximum, less less[i],
/// unless that is null.
void hebb_log_sum_exp_rows(const void *x, const void *less, void *y, int64_t rows, int64_t n, bool double_precision,
                           int threads);

/// Rows less their mean over their deviation, y = (x - mean) / sqrt(variance + epsilon) * scale + shift.
void hebb_layer_norm(const void *x, const void *scale, const void *shift, void *y, int64_t rows, int64_t n,
                     double epsilon, bool double_precision, int threads);

/// Its gradients: those of the rows, and behind them in `result` the n of the scale and the n of the shift. They do not
/// depend on `threads`.
int64_t hebb_layer_norm_scratch_bytes(int64_t rows, int64_t n, bool double_precision);
void hebb_layer_norm_gradient(const void *dy, const void *x, const void *scale, void *result, int64_t rows, int64_t n,
                              double epsilon, bool double_precision, void *scratch, int threads);

/// out[o, i] = index along the middle axis of the largest (or smallest) x[o, :, i]; the first of equals,
/// and the first NaN if there is one. `dtype` is a hebb_dtype, any of them.
void hebb_arg_reduce(const void *x, int64_t *out, int64_t outer, int64_t n, int64_t inner, bool smallest,
                     int dtype, int threads);

/// A window that slides over two spatial axes. x is [batch, channels, height, width] in logical order;
/// with `channels_last` memory order is batch, height, width, channels, for x and for y.
typedef struct {
  int64_t batch, channels, height, width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t pad_top, pad_left, dilation_height, dilation_width;
  bool channels_last;
  bool count_padding;  // average pooling: divide by the whole window also at the border
} hebb_window;

/// Average pooling, and its gradient with respect to x (dx is overwritten).
void hebb_average_pool(const hebb_window *w, const void *x, void *y, bool double_precision, int threads);
void hebb_average_pool_gradient(const hebb_window *w, const void *dy, void *dx, bool double_precision,
                                int threads);

/// Maximum pooling. indices[...] (same layout as y) receives the position iy * width + ix of the maximum
/// within its image plane: the first of equals in row order, the first NaN if there is one.
/// `indices` may be null.
void hebb_max_pool(const hebb_window *w, const void *x, void *y, int32_t *indices, bool double_precision,
                   int threads);
/// dx = 0, then dx[plane, indices] += dy; and the reverse, y = x[plane, indices].
void hebb_pool_scatter(const hebb_window *w, const void *dy, const int32_t *indices, void *dx,
                       bool double_precision, int threads);
void hebb_pool_gather(const hebb_window *w, const void *x, const int32_t *indices, void *y,
                      bool double_precision, int threads);

/// Many small products C = A B + bias; steps are counted in floats, 0 along the batch repeats a factor. The
/// columns of B lie side by side (`b_column` 1), or A and B both run along the sum (`a_column` and `b_row` 1);
/// the columns of C lie side by side.
typedef struct {
  int64_t batch, rows, columns, depth;
  int64_t a_batch, a_row, a_column;
  int64_t b_batch, b_row, b_column;
  int64_t c_batch, c_row;
} hebb_small_product;

/// `bias` has one number for each column, or is null.
void hebb_product_small(const hebb_small_product *sizes, const float *a, const float *b, const float *bias,
                        float *c, int threads);

/// out[o, k, i] = x[o, index[k], i]: rows of `inner * element_size` bytes. Indices must lie in 0..<n: returns
/// the position of the first one that does not (and writes zeros there), or -1.
int64_t hebb_gather(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n, int64_t count,
                    int64_t inner, int64_t element_size, int threads);
/// out[o, j, i] = sum over k with index[k] = j of x[o, k, i] (out is overwritten). float or double.
int64_t hebb_scatter_add(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                         int64_t count, int64_t inner, bool double_precision, int threads);

/// out[o, k, i] = x[o, index[o, k, i], i] (take along axis) and its transpose, which adds.
int64_t hebb_take_along(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                        int64_t count, int64_t inner, int64_t element_size, int threads);
int64_t hebb_put_along_add(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n,
                           int64_t count, int64_t inner, bool double_precision, int threads);

/// out[o, k, i] = index of the k-th element of x[o, :, i] in ascending (or descending) order, for k below
/// `count`: stable, both zeros equal, NaN last either way. `dtype` is a hebb_dtype, any of them; `scratch` has
/// as many bytes as the second function says. n must be below 2^32.
void hebb_arg_sort(const void *x, int64_t *out, void *scratch, int64_t outer, int64_t n, int64_t inner,
                   int64_t count, bool descending, int dtype, int threads);
int64_t hebb_arg_sort_scratch(int64_t n, int dtype, int threads);
/// out[r, k] = how many of the n ascending edges[r, :] come before x[r, k], or before or equal to it (`right`);
/// NaN comes last. `dtype` is float32, float64, int32 or int64: false for others.
bool hebb_search_sorted(const void *edges, const void *x, int64_t *out, int64_t rows, int64_t n, int64_t count,
                        bool right, int dtype, int threads);

/// Running values along the middle axis of x[outer, n, inner], from its end with `reverse`. Maximum and
/// minimum give int64 indices instead: the last of equals so far, NaN before all. Sums of float32 run in
/// double precision. float32 and float64; int32, int64 and uint8 except for log-sum-exp: false for others.
typedef enum {
  HEBB_SCAN_SUM = 0, HEBB_SCAN_PRODUCT, HEBB_SCAN_LOG_SUM_EXP, HEBB_SCAN_MAXIMUM, HEBB_SCAN_MINIMUM
} hebb_scan_kind;
bool hebb_scan(const void *x, void *out, int64_t outer, int64_t n, int64_t inner, hebb_scan_kind kind,
               bool reverse, int dtype, int threads);
/// out[t] = a[t] out[t - 1] + x[t] along the middle axis, out[0] = x[0]; backwards with `reverse`. float32 and
/// float64: false for others.
bool hebb_linear_recurrence(const void *a, const void *x, void *out, int64_t outer, int64_t n, int64_t inner,
                            bool reverse, int dtype, int threads);

/// Combines x[o, k, i] into out[o, index[k], i], or out[o, index[o, k, i], i] (`along`), in the order of k.
/// Indices must lie in 0..<n: returns the position of the first one that does not, and combines nothing
/// then, or -1. `dtype` is a hebb_dtype; the 16-bit floats can only be set.
typedef enum {
  HEBB_SCATTER_SET = 0, HEBB_SCATTER_ADD, HEBB_SCATTER_MULTIPLY, HEBB_SCATTER_MAXIMUM, HEBB_SCATTER_MINIMUM
} hebb_scatter_kind;
int64_t hebb_scatter(const void *x, const int64_t *index, void *out, int64_t outer, int64_t n, int64_t count,
                     int64_t inner, bool along, hebb_scatter_kind kind, int dtype, int threads);

/// Copies a strided array of `rank` dimensions (strides in elements, any sign) into a strided destination.
/// Tiled where the innermost source and destination axes differ (transposes).
void hebb_copy_strided(const void *source, const int64_t *source_strides, void *destination,
                       const int64_t *destination_strides, const int64_t *dimensions, int rank,
                       int64_t element_size, int threads);

/// Philox 4x32-10 (Salmon et al. 2011). Block j of the stream is philox(counter = {j low, j high, step low,
/// step high}, key = {key low, key high}) and gives the four numbers 4j ... 4j+3, so element i never
/// depends on the thread count.
void hebb_philox_bits(uint64_t key, uint64_t step, int64_t first, uint32_t *out, int64_t count, int threads);
/// Uniform in [0, 1): float takes the upper 24 bits of each number. Double takes 53 bits of two numbers
/// (element i uses numbers 2i and 2i + 1).
void hebb_philox_uniform(uint64_t key, uint64_t step, void *out, int64_t count, bool double_precision,
                         int threads);
/// Normal(0, 1) by Box-Muller in double precision steps where needed for float accuracy: elements 2i and
/// 2i + 1 come from uniforms u1 = (n_{2i} + 1) / 2^32 in (0, 1], u2 = n_{2i+1} / 2^32:
/// sqrt(-2 ln u1) cos(2 pi u2), sqrt(-2 ln u1) sin(2 pi u2); for double, 53-bit uniforms from four numbers.
void hebb_philox_normal(uint64_t key, uint64_t step, void *out, int64_t count, bool double_precision,
                        int threads);
/// Keep masks of dropout, one byte each: 1 where number i of 16 bits, eight to a block and the lower half of a
/// word first, is not below the threshold, 0...65536.
void hebb_philox_keep(uint64_t key, uint64_t step, uint32_t threshold, void *out, int64_t count, int threads);

#endif
