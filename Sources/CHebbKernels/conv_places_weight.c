// Gradients of the weights of convolutions as products: for each tap, the channels of the places that it reads times
// those of the results, [in, places] times [places, out]. Of small results, places whose windows reach beyond the border
// at the tap are left out; of large ones they are zeros, so that the results are copied once for all taps.
#include "hebb_conv_places.h"

#include "conv_weights.h"

enum { PANEL = HEBB_PRODUCT_COLUMNS };

// Places that are multiplied at a time: sums are read once for each block.
enum { MOST_PLACES = 256 };

// Places of a result that counts as small.
enum { FEW_PLACES = 36 };

static int64_t taps(const hebb_conv_places *g) { return g->height.kernel * g->width.kernel; }

// Numbers of a thread's scratch: sums, copies of x, copies of dy.
static int64_t sums_numbers(const hebb_conv_places *g, const hebb_conv_grid *l) { return taps(g) * l->sums_slice; }
static int64_t x_numbers(const hebb_conv_grid *l) { return MOST_PLACES * l->line; }

static int64_t own_numbers(const hebb_conv_places *g, const hebb_conv_grid *l) {
  const int64_t panels = hebb_ceiling(g->out, PANEL);
  return sums_numbers(g, l) + x_numbers(l) + panels * hebb_product_panel(MOST_PLACES);
}

int64_t hebb_conv_places_weight_scratch_bytes(const hebb_conv_places *g, int threads) {
  const hebb_conv_grid l = hebb_conv_grid_of(g->in, g->out, threads);
  return hebb_conv_grid_bytes(&l, own_numbers(g, &l));
}

#if defined(__x86_64__)

typedef struct {
  const hebb_conv_places *g;
  hebb_conv_grid grid;
  const float *x, *dy;
  float *dw, *own;
} call;

HEBB_AVX512_BEGIN

// MARK: Copies

// Whether places are left out that a tap does not read.
static bool leaves_out(const hebb_conv_places *g) { return g->height.out_size * g->width.out_size <= FEW_PLACES; }

// Copies `channels` of a place, or zeros if there is none.
HEBB_AVX512_INLINE void copy_channels(const float *from, hebb_range channels, float *to) {
  for (int64_t k = channels.begin; k < channels.end; k += 16) {
    const __mmask16 lanes = from ? hebb_avx512_lanes(channels.end - k) : 0;
    _mm512_store_ps(to, _mm512_maskz_loadu_ps(lanes, from + k));
    to += 16;
  }
}

// Copies a place of dy to panels.
HEBB_AVX512_INLINE void copy_result(const float *from, int64_t out, float *to) {
  for (int64_t k = 0; k < out; k += PANEL) {
    for (int64_t n = 0; n < PANEL && k + n < out; n += 16)
      _mm512_store_ps(to + n, _mm512_maskz_loadu_ps(hebb_avx512_lanes(out - k - n), from + k + n));
    to += hebb_product_panel(MOST_PLACES);
  }
}

static void copy_results(const call *c, hebb_range places, float *d) {
  for (int64_t place = places.begin; place < places.end; place++)
    copy_result(c->dy + place * c->g->out, c->g->out, d + (place - places.begin) * PANEL);
}

// Copies the channels that a tap reads at some places of the result, and these results where places are left out;
// returns how many places there are.
static int64_t copy_places(const call *c, int64_t tap, hebb_range places, hebb_range channels, float *x, float *d) {
  const hebb_conv_places *g = c->g;
  const bool leaves = leaves_out(g);
  const int64_t row = tap / g->width.kernel * g->height.dilation - g->height.pad;
  const int64_t column = tap % g->width.kernel * g->width.dilation - g->width.pad;
  int64_t v = places.begin % g->width.out_size, rest = places.begin / g->width.out_size;
  int64_t u = rest % g->height.out_size, image = rest / g->height.out_size, count = 0;
  for (int64_t place = places.begin; place < places.end; place++) {
    const int64_t i = u * g->height.stride + row, j = v * g->width.stride + column;
    const bool is_inside = (uint64_t)i < (uint64_t)g->height.size && (uint64_t)j < (uint64_t)g->width.size;
    if (is_inside || !leaves) {
      const float *const from = c->x + ((image * g->height.size + i) * g->width.size + j) * g->in;
      copy_channels(is_inside ? from : NULL, channels, x + count * c->grid.line);
      if (leaves) copy_result(c->dy + place * g->out, g->out, d + count * PANEL);
      count++;
    }
    if (++v < g->width.out_size) continue;
    v = 0;
    if (++u < g->height.out_size) continue;
    u = 0;
    image++;
  }
  return count;
}

// MARK: Sums

// What the block after `places` reads of x.
static hebb_conv_soon next_places(const call *c, hebb_range places, hebb_range channels, int64_t end) {
  const hebb_conv_places *g = c->g;
  if (places.end >= end) return (hebb_conv_soon){0};
  const int64_t row = places.end / g->width.out_size, image = row / g->height.out_size;
  const int64_t u = hebb_larger(0, row % g->height.out_size * g->height.stride - g->height.pad);
  const float *const from = c->x + (image * g->height.size + u) * g->width.size * g->in;
  const int64_t numbers = (places.end - places.begin) * g->height.stride * g->width.stride * g->in;
  const int64_t left = ((g->batch - image) * g->height.size - u) * g->width.size * g->in;
  const float *const to = from + hebb_smaller(numbers, left);
  const int64_t kernels = taps(g) * hebb_ceiling(g->out, PANEL) * hebb_ceiling(channels.end - channels.begin, HEBB_PRODUCT_ROWS);
  return (hebb_conv_soon){(const char *)from, (const char *)to, (int)hebb_ceiling(numbers / 16, kernels * HEBB_PRODUCT_ROWS)};
}

static void multiply_body(void *context, int index, int count) {
  const call *c = context;
  const hebb_conv_places *g = c->g;
  (void)count;
  const hebb_range channels = hebb_conv_grid_channels(&c->grid, g->in, index);
  const hebb_range part =
      hebb_conv_grid_places(&c->grid, g->batch * g->height.out_size * g->width.out_size, index);
  float *const sums = c->own + index * own_numbers(g, &c->grid);
  float *const x = sums + sums_numbers(g, &c->grid), *const d = x + x_numbers(&c->grid);
  memset(sums, 0, 4 * sums_numbers(g, &c->grid));
  const int64_t blocks = hebb_ceiling(part.end - part.begin, MOST_PLACES);
  for (int64_t block = 0; block < blocks && channels.begin < channels.end; block++) {
    const hebb_range some = hebb_part(part.end - part.begin, 1, (int)block, (int)blocks);
    const hebb_range places = {part.begin + some.begin, part.begin + some.end};
    hebb_conv_soon soon = next_places(c, places, channels, part.end);
    if (!leaves_out(g)) copy_results(c, places, d);
    for (int64_t tap = 0; tap < taps(g); tap++) {
      const int64_t read = copy_places(c, tap, places, channels, x, d);
      if (read > 0)
        hebb_conv_multiply_places(&c->grid, x, d, hebb_product_panel(MOST_PLACES), read,
                                  channels.end - channels.begin, g->out, false,
                                  sums + tap * c->grid.sums_slice, &soon);
    }
  }
}

// MARK: Weights

// Adds what threads have, and turns it: dw[out][in][taps].
static void weight_body(void *context, int index, int count) {
  const call *c = context;
  const int64_t in = c->g->in, out = c->g->out, all = taps(c->g);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i filters = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)(all * in)));
  const hebb_range columns = hebb_part(out, 16, index, count);
  for (int64_t column = columns.begin; column < columns.end; column += 16) {
    const __mmask16 mask = hebb_avx512_lanes(out - column);
    for (int64_t channel = 0; channel < in; channel++)
      for (int64_t tap = 0; tap < all; tap++) {
        const __m512 sum = hebb_conv_total(&c->grid, c->own, own_numbers(c->g, &c->grid), channel,
                                           tap * c->grid.sums_slice + column);
        _mm512_mask_i32scatter_ps(c->dw + (column * in + channel) * all + tap, mask, filters, sum, 4);
      }
  }
}

HEBB_AVX512_END

void hebb_conv_places_weight_gradient(const hebb_conv_places *g, const float *x, const float *dy, float *dw,
                                      void *scratch, int threads) {
  call c = {g, hebb_conv_grid_of(g->in, g->out, threads), x, dy, dw,
            (float *)hebb_line_of(scratch)};
  hebb_parallel(c.grid.down * c.grid.across, multiply_body, &c);
  hebb_parallel(c.grid.down * c.grid.across, weight_body, &c);
}

#else

// Never called where hebb_product_available() says no.
void hebb_conv_places_weight_gradient(const hebb_conv_places *g, const float *x, const float *dy, float *dw,
                                      void *scratch, int threads) {
  (void)g, (void)x, (void)dy, (void)dw, (void)scratch, (void)threads;
}

#endif
