// Gradients of the weights of convolutions as products: for each tap, the channels of the places that it reads times
// those of the results, [in, places] times [places, out]. Of small results, places whose windows reach beyond the border
// at the tap are left out; of large ones they are zeros, so that the results are copied once for all taps.
#include "hebb_conv_places.h"

#include "product_kernel.h"

enum { ROWS = HEBB_PRODUCT_ROWS, PANEL = HEBB_PRODUCT_COLUMNS };

// Places that are multiplied at a time: sums are read once for each block.
enum { MOST_PLACES = 256 };

// Places of a result that counts as small.
enum { FEW_PLACES = 36 };

/// How the work falls into parts: threads are a grid of `down` ranges of places and `across` of channels.
typedef struct {
  int down, across;
  int64_t channels;                        // at most, of a part
  int64_t line;                            // of a place's channels, an odd number of cache lines
  int64_t places;                          // numbers of a part's copies of x
  int64_t panels;                          // and of dy
  int64_t sums_line, sums_slice, sums;     // of the sums: [taps][channels][out]
} layout;

static int64_t taps(const hebb_conv_places *g) { return g->height.kernel * g->width.kernel; }

// Threads have sums of their own where these are small, otherwise channels of their own.
static layout layout_of(const hebb_conv_places *g, int threads) {
  const int count = threads < 1 ? 1 : threads;
  layout l = {.down = count, .across = 1};
  while (l.down % 2 == 0 && g->in / l.across >= 2 * PANEL && g->in / l.across * g->out > 128 * 128) {
    l.down /= 2;
    l.across *= 2;
  }
  l.channels = hebb_ceiling(hebb_ceiling(g->in, 16), l.across) * 16;
  l.line = (l.channels / 16 | 1) * 16;
  l.places = MOST_PLACES * l.line;
  l.panels = hebb_ceiling(g->out, PANEL) * hebb_product_panel(MOST_PLACES);
  l.sums_line = hebb_ceiling(g->out, 16) * 16;
  l.sums_slice = (l.channels * l.sums_line / 16 | 1) * 16;
  l.sums = taps(g) * l.sums_slice;
  return l;
}

static int64_t own_numbers(const layout *l) { return l->places + l->panels + l->sums; }

int64_t hebb_conv_places_weight_scratch_bytes(const hebb_conv_places *g, int threads) {
  const layout l = layout_of(g, threads);
  return 64 + 4 * own_numbers(&l) * l.down * l.across;
}

#if defined(__x86_64__)

bool hebb_conv_places_weight_available(void) { return hebb_vector_level() >= 3; }

typedef struct {
  const hebb_conv_places *g;
  layout l;
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
      copy_channels(is_inside ? from : NULL, channels, x + count * c->l.line);
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

// Memory that the next block reads, and how much of it is asked for with each row of a product.
typedef struct {
  const char *at, *end;
  int lines;
} soon;

// sums[channel][out] += x' d.
static void multiply_places(const call *c, const float *x, const float *d, int64_t places, int64_t channels,
                            float *sums, soon *s) {
  const layout *l = &c->l;
  const int64_t out = c->g->out, count = hebb_ceiling(channels, ROWS);
  hebb_product_block to = {.is_first = false};
  for (int64_t column = 0; column < out; column += PANEL) {
    const int64_t columns = hebb_smaller(PANEL, out - column);
    to.vectors = (int)hebb_ceiling(columns, 16);
    to.last = hebb_avx512_lanes(columns - 16 * (to.vectors - 1));
    const float *const b = d + column / PANEL * hebb_product_panel(MOST_PLACES);
    for (int64_t i = 0; i < count; i++) {
      const hebb_range rows = hebb_part(channels, 1, (int)i, (int)count);
      const int height = (int)(rows.end - rows.begin);
      to.c = sums + rows.begin * l->sums_line + column;
      to.lines = s->at < s->end ? s->lines : 0;
      for (int r = 0; r < height; r++) {
        to.rows[r] = r * l->sums_line;
        to.next[r] = s->at;
        s->at += 64 * to.lines;
      }
      hebb_product_kernels[height - 1][to.vectors - 1](x + rows.begin, 1, l->line, b, places, &to);
    }
  }
}

// What the block after `places` reads of x.
static soon next_places(const call *c, hebb_range places, hebb_range channels, int64_t end) {
  const hebb_conv_places *g = c->g;
  if (places.end >= end) return (soon){0};
  const int64_t row = places.end / g->width.out_size, image = row / g->height.out_size;
  const int64_t u = hebb_larger(0, row % g->height.out_size * g->height.stride - g->height.pad);
  const float *const from = c->x + (image * g->height.size + u) * g->width.size * g->in;
  const int64_t numbers = (places.end - places.begin) * g->height.stride * g->width.stride * g->in;
  const int64_t left = ((g->batch - image) * g->height.size - u) * g->width.size * g->in;
  const float *const to = from + hebb_smaller(numbers, left);
  const int64_t kernels = taps(g) * hebb_ceiling(g->out, PANEL) * hebb_ceiling(channels.end - channels.begin, ROWS);
  return (soon){(const char *)from, (const char *)to, (int)hebb_ceiling(numbers / 16, kernels * ROWS)};
}

static float *sums_of(const call *c, int index) { return c->own + index * own_numbers(&c->l); }

static void multiply_body(void *context, int index, int count) {
  const call *c = context;
  const hebb_conv_places *g = c->g;
  const layout *l = &c->l;
  (void)count;
  const int64_t first = hebb_smaller(index % l->across * l->channels, g->in);
  const hebb_range channels = {first, hebb_smaller(first + l->channels, g->in)};
  const int64_t all = g->batch * g->height.out_size * g->width.out_size;
  const hebb_range part = hebb_part(all, 1, index / l->across, l->down);
  float *const sums = sums_of(c, index), *const x = sums + l->sums, *const d = x + l->places;
  memset(sums, 0, 4 * l->sums);
  const int64_t blocks = hebb_ceiling(part.end - part.begin, MOST_PLACES);
  for (int64_t block = 0; block < blocks && channels.begin < channels.end; block++) {
    const hebb_range some = hebb_part(part.end - part.begin, 1, (int)block, (int)blocks);
    const hebb_range places = {part.begin + some.begin, part.begin + some.end};
    soon s = next_places(c, places, channels, part.end);
    if (!leaves_out(g)) copy_results(c, places, d);
    for (int64_t tap = 0; tap < taps(g); tap++) {
      const int64_t read = copy_places(c, tap, places, channels, x, d);
      if (read > 0)
        multiply_places(c, x, d, read, channels.end - channels.begin, sums + tap * l->sums_slice, &s);
    }
  }
}

// MARK: Weights

// Adds what threads have, and turns it: dw[out][in][taps].
static void weight_body(void *context, int index, int count) {
  const call *c = context;
  const layout *l = &c->l;
  const int64_t in = c->g->in, out = c->g->out, all = taps(c->g);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i filters = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)(all * in)));
  const hebb_range columns = hebb_part(out, 16, index, count);
  for (int64_t column = columns.begin; column < columns.end; column += 16) {
    const __mmask16 mask = hebb_avx512_lanes(out - column);
    for (int64_t channel = 0; channel < in; channel++) {
      const int part = (int)(channel / l->channels);
      for (int64_t tap = 0; tap < all; tap++) {
        const int64_t place = tap * l->sums_slice + channel % l->channels * l->sums_line + column;
        __m512 sum = _mm512_load_ps(sums_of(c, part) + place);
        for (int row = 1; row < l->down; row++)
          sum = _mm512_add_ps(sum, _mm512_load_ps(sums_of(c, row * l->across + part) + place));
        _mm512_mask_i32scatter_ps(c->dw + (column * in + channel) * all + tap, mask, filters, sum, 4);
      }
    }
  }
}

HEBB_AVX512_END

void hebb_conv_places_weight_gradient(const hebb_conv_places *g, const float *x, const float *dy, float *dw,
                                      void *scratch, int threads) {
  call c = {g, layout_of(g, threads), x, dy, dw, (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63)};
  hebb_parallel(c.l.down * c.l.across, multiply_body, &c);
  hebb_parallel(c.l.down * c.l.across, weight_body, &c);
}

#else

bool hebb_conv_places_weight_available(void) { return false; }

// Never called where hebb_conv_places_weight_available() says no.
void hebb_conv_places_weight_gradient(const hebb_conv_places *g, const float *x, const float *dy, float *dw,
                                      void *scratch, int threads) {
  (void)g, (void)x, (void)dy, (void)dw, (void)scratch, (void)threads;
}

#endif
