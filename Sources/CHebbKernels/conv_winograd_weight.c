// Gradients of the weights of convolutions by minimal filtering, see conv_winograd.h. The sums of the transformed space
// are bilinear, so that
//   dw = G' [sum over tiles of (B' d B) . (A dy A')] G
// with 16 products of matrices, [in, tiles] times [tiles, out].
#include "conv_weights.h"
#include "conv_winograd.h"

enum { PANEL = HEBB_PRODUCT_COLUMNS, PLACES = HEBB_WINOGRAD_PLACES };

// Numbers of transformed tiles that a thread keeps, and tiles, whatever they need: sums are read once for each block.
enum { MOST_NUMBERS = 256 << 10, LEAST_TILES = 96, MOST_TILES = 192 };

/// What a thread computes at a time.
typedef struct {
  hebb_conv_grid grid;
  int64_t tiles;             // of a block
  int64_t v_slice, d_slice;  // numbers of a place of x and of dy in the transformed space
} layout;

static layout layout_of(const hebb_conv_winograd *g, int threads) {
  layout l = {.grid = hebb_conv_grid_of(g->in, g->out, threads)};
  const int64_t fitting = MOST_NUMBERS / (PLACES * (l.grid.channels + g->out)) / 16 * 16;
  l.tiles = hebb_larger(LEAST_TILES, hebb_smaller(MOST_TILES, fitting));
  l.v_slice = hebb_winograd_slice(l.tiles, l.grid.line);
  l.d_slice = hebb_ceiling(g->out, PANEL) * hebb_product_panel(l.tiles);
  return l;
}

static int64_t own_numbers(const layout *l) { return PLACES * (l->grid.sums_slice + l->v_slice + l->d_slice); }

int64_t hebb_conv_winograd_weight_scratch_bytes(const hebb_conv_winograd *g, int threads) {
  const layout l = layout_of(g, threads);
  return hebb_conv_grid_bytes(&l.grid, own_numbers(&l));
}

#if defined(__x86_64__)

typedef struct {
  const hebb_conv_winograd *g;
  layout l;
  const float *x, *dy;
  float *dw, *own;
} call;

HEBB_AVX512_BEGIN

// A dy A' of 2 x 2 numbers: 4 x 4.
HEBB_AVX512_INLINE void transform_result(const __m512 e[4], __m512 d[PLACES]) {
  const __m512 zero = _mm512_setzero_ps();
  __m512 rows[4][2];
#pragma clang loop unroll(full)
  for (int j = 0; j < 2; j++) {
    rows[0][j] = e[j];
    rows[1][j] = _mm512_add_ps(e[j], e[2 + j]);
    rows[2][j] = _mm512_sub_ps(e[j], e[2 + j]);
    rows[3][j] = _mm512_sub_ps(zero, e[2 + j]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    d[4 * i] = rows[i][0];
    d[4 * i + 1] = _mm512_add_ps(rows[i][0], rows[i][1]);
    d[4 * i + 2] = _mm512_sub_ps(rows[i][0], rows[i][1]);
    d[4 * i + 3] = _mm512_sub_ps(zero, rows[i][1]);
  }
}

// d[place][panel][tile][64] of some tiles.
static void transform_results(const call *c, int64_t first, int64_t tiles, float *d) {
  const hebb_conv_winograd *g = c->g;
  const int64_t panel = hebb_product_panel(c->l.tiles);
  hebb_winograd_tile t = hebb_winograd_tile_at(g, first);
  for (int64_t i = 0; i < tiles; i++) {
    const bool is_right = t.x + 1 < g->out_width, is_below = t.y + 1 < g->out_height;
    const float *const from = c->dy + ((t.image * g->out_height + t.y) * g->out_width + t.x) * g->out;
    const int64_t right = is_right ? g->out : 0, below = is_below ? g->out_width * g->out : 0;
    for (int64_t column = 0; column < g->out; column += 16) {
      const __mmask16 lanes = hebb_avx512_lanes(g->out - column);
      const float *const at = from + column;
      const __m512 e[4] = {_mm512_maskz_loadu_ps(lanes, at), _mm512_maskz_loadu_ps(is_right ? lanes : 0, at + right),
                           _mm512_maskz_loadu_ps(is_below ? lanes : 0, at + below),
                           _mm512_maskz_loadu_ps(is_right && is_below ? lanes : 0, at + below + right)};
      __m512 v[PLACES];
      transform_result(e, v);
      float *const to = d + column / PANEL * panel + i * PANEL + column % PANEL;
#pragma clang loop unroll(full)
      for (int p = 0; p < PLACES; p++) _mm512_store_ps(to + p * c->l.d_slice, v[p]);
    }
    hebb_winograd_next(g, &t);
  }
}

static void multiply_body(void *context, int index, int count) {
  const call *c = context;
  const hebb_conv_winograd *g = c->g;
  const layout *l = &c->l;
  (void)count;
  const hebb_range channels = hebb_conv_grid_channels(&l->grid, g->in, index);
  const hebb_range tiles = hebb_conv_grid_places(&l->grid, hebb_winograd_tiles(g), index);
  float *const sums = c->own + index * own_numbers(l), *const v = sums + PLACES * l->grid.sums_slice;
  float *const d = v + PLACES * l->v_slice;
  const int64_t width = channels.end - channels.begin, blocks = hebb_ceiling(tiles.end - tiles.begin, l->tiles);
  if (width <= 0) return;
  if (blocks == 0) memset(sums, 0, 4 * PLACES * l->grid.sums_slice);
  for (int64_t block = 0; block < blocks; block++) {
    const hebb_range some = hebb_part(tiles.end - tiles.begin, 1, (int)block, (int)blocks);
    const int64_t first = tiles.begin + some.begin, size = some.end - some.begin;
    hebb_winograd_inputs(g, c->x, first, size, channels, v, l->v_slice, l->grid.line);
    transform_results(c, first, size, d);
    hebb_conv_soon nothing = {0};
    for (int p = 0; p < PLACES; p++)
      hebb_conv_multiply_places(&l->grid, v + p * l->v_slice, d + p * l->d_slice, hebb_product_panel(l->tiles), size,
                                width, g->out, block == 0, sums + p * l->grid.sums_slice, &nothing);
  }
}

// MARK: Weights

// G' u G: 3 x 3 numbers.
HEBB_AVX512_INLINE void transform_sums(const __m512 u[PLACES], __m512 w[9]) {
  const __m512 half = _mm512_set1_ps(.5f);
  __m512 rows[3][4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const __m512 even = _mm512_mul_ps(half, _mm512_add_ps(u[4 + j], u[8 + j]));
    rows[0][j] = _mm512_add_ps(u[j], even);
    rows[1][j] = _mm512_mul_ps(half, _mm512_sub_ps(u[4 + j], u[8 + j]));
    rows[2][j] = _mm512_add_ps(even, u[12 + j]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 3; i++) {
    const __m512 even = _mm512_mul_ps(half, _mm512_add_ps(rows[i][1], rows[i][2]));
    w[3 * i] = _mm512_add_ps(rows[i][0], even);
    w[3 * i + 1] = _mm512_mul_ps(half, _mm512_sub_ps(rows[i][1], rows[i][2]));
    w[3 * i + 2] = _mm512_add_ps(even, rows[i][3]);
  }
}

static void weight_body(void *context, int index, int count) {
  const call *c = context;
  const layout *l = &c->l;
  const int64_t in = c->g->in, out = c->g->out;
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i filters = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)(9 * in)));
  const hebb_range columns = hebb_part(out, 16, index, count);
  for (int64_t column = columns.begin; column < columns.end; column += 16) {
    const __mmask16 mask = hebb_avx512_lanes(out - column);
    for (int64_t channel = 0; channel < in; channel++) {
      __m512 u[PLACES], w[9];
#pragma clang loop unroll(full)
      for (int p = 0; p < PLACES; p++)
        u[p] = hebb_conv_total(&l->grid, c->own, own_numbers(l), channel, p * l->grid.sums_slice + column);
      transform_sums(u, w);
      float *const to = c->dw + (column * in + channel) * 9;
#pragma clang loop unroll(full)
      for (int tap = 0; tap < 9; tap++) _mm512_mask_i32scatter_ps(to + tap, mask, filters, w[tap], 4);
    }
  }
}

HEBB_AVX512_END

void hebb_conv_winograd_weight_gradient(const hebb_conv_winograd *g, const float *x, const float *dy, float *dw,
                                        void *scratch, int threads) {
  call c = {g, layout_of(g, threads), x, dy, dw, (float *)hebb_line_of(scratch)};
  hebb_parallel(c.l.grid.down * c.l.grid.across, multiply_body, &c);
  hebb_parallel(c.l.grid.down * c.l.grid.across, weight_body, &c);
}

#else

// Never called where hebb_product_available() says no.
void hebb_conv_winograd_weight_gradient(const hebb_conv_winograd *g, const float *x, const float *dy, float *dw,
                                        void *scratch, int threads) {
  (void)g, (void)x, (void)dy, (void)dw, (void)scratch, (void)threads;
}

#endif
