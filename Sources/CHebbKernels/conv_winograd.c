// Convolutions by minimal filtering, see conv_winograd.h. A thread transforms some tiles of the images, which stay in
// its second-level cache; for 64 columns of the result at a time it multiplies the 16 places of the transformed space
// and transforms the sums back.
#include "conv_winograd.h"

#include <stdatomic.h>

#include "activation.h"

enum { ROWS = HEBB_PRODUCT_ROWS, PANEL = HEBB_PRODUCT_COLUMNS, PLACES = HEBB_WINOGRAD_PLACES };

// Numbers of transformed tiles that a thread keeps, and tiles, whatever they need: weights are read once for each block.
enum { MOST_NUMBERS = 128 << 10, LEAST_TILES = 96, MOST_TILES = 192 };

static int64_t panels(const hebb_conv_winograd *g) { return hebb_ceiling(g->out, PANEL); }

// Tiles of a block: as many as fit into the cache.
static int64_t block_tiles(const hebb_conv_winograd *g) {
  const int64_t fitting = MOST_NUMBERS / (PLACES * hebb_winograd_line(g->in)) / ROWS * ROWS;
  return hebb_larger(LEAST_TILES, hebb_smaller(MOST_TILES, fitting));
}

static int64_t input_slice(const hebb_conv_winograd *g) {
  return hebb_winograd_slice(block_tiles(g), hebb_winograd_line(g->in));
}

static int64_t sum_slice(const hebb_conv_winograd *g) { return hebb_winograd_slice(block_tiles(g), PANEL); }

// The weight of a panel at a place: [in][64].
static int64_t panel_numbers(const hebb_conv_winograd *g) { return hebb_product_panel(g->in); }

hebb_conv_winograd hebb_conv_winograd_gradient(const hebb_conv_winograd *g) {
  return (hebb_conv_winograd){.batch = g->batch, .in = g->out, .out = g->in,
                              .height = g->out_height, .width = g->out_width,
                              .out_height = g->height, .out_width = g->width,
                              .pad_top = 2 - g->pad_top, .pad_left = 2 - g->pad_left};
}

int64_t hebb_conv_winograd_packed_bytes(const hebb_conv_winograd *g) {
  return 4 * PLACES * panels(g) * panel_numbers(g);
}

static int64_t own_bytes(const hebb_conv_winograd *g) { return 4 * PLACES * (input_slice(g) + sum_slice(g)); }

int64_t hebb_conv_winograd_scratch_bytes(const hebb_conv_winograd *g, int threads) {
  return 64 + own_bytes(g) * hebb_larger(threads, 1);
}

static atomic_bool forbidden;

bool hebb_winograd_allowed(void) { return !atomic_load_explicit(&forbidden, memory_order_relaxed); }

void hebb_set_winograd_allowed(bool allowed) {
  atomic_store_explicit(&forbidden, !allowed, memory_order_relaxed);
}

#if defined(__x86_64__)

HEBB_AVX512_BEGIN

// MARK: Weights

typedef struct {
  const hebb_conv_winograd *g;
  bool gradient;
  const float *weight;
  float *to;
} packing;

// G w G' for 16 filters.
HEBB_AVX512_INLINE void transform_weight(const __m512 w[9], __m512 u[PLACES]) {
  const __m512 half = _mm512_set1_ps(.5f);
  __m512 rows[4][3];
#pragma clang loop unroll(full)
  for (int j = 0; j < 3; j++) {
    const __m512 even = _mm512_mul_ps(half, _mm512_add_ps(w[j], w[6 + j])), odd = _mm512_mul_ps(half, w[3 + j]);
    rows[0][j] = w[j];
    rows[1][j] = _mm512_add_ps(even, odd);
    rows[2][j] = _mm512_sub_ps(even, odd);
    rows[3][j] = w[6 + j];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const __m512 even = _mm512_mul_ps(half, _mm512_add_ps(rows[i][0], rows[i][2]));
    const __m512 odd = _mm512_mul_ps(half, rows[i][1]);
    u[4 * i] = rows[i][0];
    u[4 * i + 1] = _mm512_add_ps(even, odd);
    u[4 * i + 2] = _mm512_sub_ps(even, odd);
    u[4 * i + 3] = rows[i][2];
  }
}

// Columns of the result are filters of the weight, 9 in numbers apart; for a gradient channels, 9 apart, with
// windows turned by half a circle.
static void pack_body(void *context, int index, int count) {
  const packing *c = context;
  const hebb_conv_winograd *g = c->g;
  const int64_t column_step = 9 * (c->gradient ? 1 : g->in), depth_step = 9 * (c->gradient ? g->out : 1);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i places = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)column_step));
  const hebb_range columns = hebb_part(panels(g) * PANEL, 16, index, count);
  for (int64_t column = columns.begin; column < columns.end; column += 16) {
    const __mmask16 mask = hebb_avx512_lanes(g->out - column);
    float *const to = c->to + column / PANEL * PLACES * panel_numbers(g) + column % PANEL;
    for (int64_t k = 0; k < g->in; k++) {
      const float *const from = c->weight + column * column_step + k * depth_step;
      __m512 w[9], u[PLACES];
      for (int tap = 0; tap < 9; tap++)
        w[tap] = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask, places, from + (c->gradient ? 8 - tap : tap), 4);
      transform_weight(w, u);
      for (int p = 0; p < PLACES; p++) _mm512_store_ps(to + p * panel_numbers(g) + k * PANEL, u[p]);
    }
  }
}

// MARK: Results

// A' m A: 2 x 2 numbers.
HEBB_AVX512_INLINE void transform_sums(const float *m, int64_t slice, __m512 y[4]) {
  __m512 rows[2][4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const __m512 a = _mm512_load_ps(m + j * slice), b = _mm512_load_ps(m + (4 + j) * slice);
    const __m512 c = _mm512_load_ps(m + (8 + j) * slice), d = _mm512_load_ps(m + (12 + j) * slice);
    rows[0][j] = _mm512_add_ps(_mm512_add_ps(a, b), c);
    rows[1][j] = _mm512_sub_ps(_mm512_sub_ps(b, c), d);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    y[2 * i] = _mm512_add_ps(_mm512_add_ps(rows[i][0], rows[i][1]), rows[i][2]);
    y[2 * i + 1] = _mm512_sub_ps(_mm512_sub_ps(rows[i][1], rows[i][2]), rows[i][3]);
  }
}

typedef struct {
  const hebb_conv_winograd *g;
  const float *x, *packed;
  hebb_product_after after;
  float *y;
  uint8_t *own;
  int down;  // threads are a grid of `down` times count / down rectangles
} call;

// Writes the columns of a panel of some tiles from `first` on.
static void store_tiles(const call *c, int64_t first, int64_t tiles, int64_t panel, const float *m) {
  const hebb_conv_winograd *g = c->g;
  const int64_t slice = sum_slice(g), columns = hebb_smaller(PANEL, g->out - panel * PANEL);
  hebb_winograd_tile t = hebb_winograd_tile_at(g, first);
  for (int64_t i = 0; i < tiles; i++) {
    const bool is_right = t.x + 1 < g->out_width, is_below = t.y + 1 < g->out_height;
    const int64_t place = ((t.image * g->out_height + t.y) * g->out_width + t.x) * g->out + panel * PANEL;
    const int64_t places[4] = {place, place + g->out, place + g->out_width * g->out,
                               place + g->out_width * g->out + g->out};
    const bool exists[4] = {true, is_right, is_below, is_right && is_below};
    for (int64_t column = 0; column < columns; column += 16) {
      const __mmask16 lanes = hebb_avx512_lanes(columns - column);
      __m512 y[4];
      transform_sums(m + i * PANEL + column, slice, y);
      const hebb_product_columns after = hebb_product_load_columns(&c->after, panel * PANEL + column, lanes);
#pragma clang loop unroll(full)
      for (int p = 0; p < 4; p++)
        if (exists[p])
          hebb_product_finish(y[p], &c->after, &after, g->activation == HEBB_ACTIVATION_RELU, c->y,
                              places[p] + column);
    }
    if (g->activation > HEBB_ACTIVATION_RELU)
      for (int p = 0; p < 4; p++)
        if (exists[p]) hebb_activate(c->y + places[p], columns, g->activation);
    hebb_winograd_next(g, &t);
  }
}

// The sums of a panel at all places: m[place][tile][64].
static void multiply_tiles(const hebb_conv_winograd *g, const float *v, const float *packed, int64_t tiles,
                           int64_t columns, float *m) {
  const int64_t line = hebb_winograd_line(g->in), count = hebb_ceiling(tiles, ROWS);
  hebb_product_block to = {.is_first = true, .vectors = (int)hebb_ceiling(columns, 16), .last = 0xffff};
  // The weight of the next place comes meanwhile.
  const int lines = (int)hebb_ceiling(4 * g->in, count * ROWS);
  const char *next = (const char *)(packed + panel_numbers(g));
  for (int p = 0; p < PLACES; p++) {
    const float *const b = packed + p * panel_numbers(g);
    for (int64_t i = 0; i < count; i++) {
      const hebb_range rows = hebb_part(tiles, 1, (int)i, (int)count);
      const int height = (int)(rows.end - rows.begin);
      to.c = m + p * sum_slice(g) + rows.begin * PANEL;
      for (int r = 0; r < height; r++) {
        to.rows[r] = r * PANEL;
        to.next[r] = next;
        to.lines[r] = lines;
        next += 64 * lines;
      }
      hebb_product_kernels[height - 1][to.vectors - 1](v + p * input_slice(g) + rows.begin * line, line, 1, b, g->in,
                                                        &to);
    }
  }
}

static void compute_body(void *context, int index, int count) {
  const call *c = context;
  const hebb_conv_winograd *g = c->g;
  const int across = count / c->down;
  const hebb_range tiles = hebb_part(hebb_winograd_tiles(g), 1, index / across, c->down);
  const hebb_range columns = hebb_part(panels(g), 1, index % across, across);
  if (columns.begin == columns.end) return;
  float *const v = (float *)(c->own + index * own_bytes(g)), *const m = v + PLACES * input_slice(g);
  const int64_t blocks = hebb_ceiling(tiles.end - tiles.begin, block_tiles(g));
  for (int64_t block = 0; block < blocks; block++) {
    const hebb_range some = hebb_part(tiles.end - tiles.begin, 1, (int)block, (int)blocks);
    const int64_t first = tiles.begin + some.begin, size = some.end - some.begin;
    hebb_winograd_inputs(g, c->x, first, size, (hebb_range){0, g->in}, v, input_slice(g),
                         hebb_winograd_line(g->in));
    for (int64_t n = columns.begin; n < columns.end; n++) {
      multiply_tiles(g, v, c->packed + n * PLACES * panel_numbers(g), size, hebb_smaller(PANEL, g->out - n * PANEL), m);
      store_tiles(c, first, size, n, m);
    }
  }
}

HEBB_AVX512_END

void hebb_conv_winograd_pack(const hebb_conv_winograd *g, bool gradient, const float *weight, float *to, int threads) {
  packing c = {g, gradient, weight, to};
  hebb_parallel(threads < 1 ? 1 : threads, pack_body, &c);
}

void hebb_conv_winograd_run(const hebb_conv_winograd *g, const float *x, const float *packed,
                            hebb_product_after after, float *y, void *scratch, int threads) {
  const int count = threads < 1 ? 1 : threads;
  call c = {g, x, packed, after, y, hebb_line_of(scratch)};
  c.down = hebb_product_threads_down(hebb_winograd_tiles(g), g->out, count);
  hebb_parallel(count, compute_body, &c);
}

#else

// Never called where hebb_product_available() says no.
void hebb_conv_winograd_pack(const hebb_conv_winograd *g, bool gradient, const float *weight, float *to, int threads) {
  (void)g, (void)gradient, (void)weight, (void)to, (void)threads;
}

void hebb_conv_winograd_run(const hebb_conv_winograd *g, const float *x, const float *packed,
                            hebb_product_after after, float *y, void *scratch, int threads) {
  (void)g, (void)x, (void)packed, (void)after, (void)y, (void)scratch, (void)threads;
}

#endif
