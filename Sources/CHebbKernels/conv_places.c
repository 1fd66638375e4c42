// Convolutions as products: a row of A is a place of the result, its depths the channels of the places that its
// window reads, tap after tap; B is the packed weight. The kernel is that of product.c with rows that lie anywhere.
#include "hebb_conv_places.h"

#include "activation.h"
#include "product_kernel.h"

/// One axis of a pass: place p of those computed reads positions start + p step + t tap.
typedef struct {
  int64_t size, start, step, tap, taps;
  int64_t first_tap, next_tap;         // of the weight
  int64_t count;                       // places
  int64_t to_size, to_start, to_step;  // where they are written
} pass_axis;

/// Places that are computed with the same taps.
typedef struct {
  int64_t batch, channels, columns;
  pass_axis y, x;
  hebb_activation activation;
} pass;

static pass forward_pass(const hebb_conv_places *g) {
  const hebb_conv_axis *axes[2] = {&g->height, &g->width};
  pass_axis to[2];
  for (int i = 0; i < 2; i++)
    to[i] = (pass_axis){.size = axes[i]->size, .start = -axes[i]->pad, .step = axes[i]->stride,
                        .tap = axes[i]->dilation, .taps = axes[i]->kernel, .first_tap = 0, .next_tap = 1,
                        .count = axes[i]->out_size, .to_size = axes[i]->out_size, .to_start = 0, .to_step = 1};
  return (pass){g->batch, g->in, g->out, to[0], to[1], g->activation};
}

// The positions of x from `phase` on, a stride apart, meet the same taps.
static pass_axis gradient_axis(const hebb_conv_axis *g, int64_t phase) {
  const int64_t tap = (phase + g->pad) % g->stride;
  return (pass_axis){.size = g->out_size, .start = (phase + g->pad - tap) / g->stride, .step = 1,
                     .tap = g->stride == 1 ? -g->dilation : -1,
                     .taps = g->kernel > tap ? hebb_ceiling(g->kernel - tap, g->stride) : 0,
                     .first_tap = tap, .next_tap = g->stride,
                     .count = g->size > phase ? hebb_ceiling(g->size - phase, g->stride) : 0,
                     .to_size = g->size, .to_start = phase, .to_step = g->stride};
}

static int64_t phases(const hebb_conv_places *g) { return g->height.stride * g->width.stride; }

static pass gradient_pass(const hebb_conv_places *g, int64_t phase) {
  return (pass){g->batch, g->out, g->in, gradient_axis(&g->height, phase / g->width.stride),
                gradient_axis(&g->width, phase % g->width.stride), HEBB_ACTIVATION_NONE};
}

enum { ROWS = HEBB_PRODUCT_ROWS, PANEL = HEBB_PRODUCT_COLUMNS, MOST_DEPTHS = 576, MOST_TAPS = 64 };

// Pairs of depths for which a kernel asks for memory, at least one for each row.
enum { PAIRS = 8 };

static int64_t taps(const pass *p) { return p->y.taps * p->x.taps; }
static int64_t places(const pass *p) { return p->batch * p->y.count * p->x.count; }
static int64_t panels(const pass *p) { return hebb_ceiling(p->columns, PANEL); }
static int64_t panel_numbers(const pass *p) { return hebb_product_panel(taps(p) * p->channels); }
static int64_t packed_numbers(const pass *p) { return panels(p) * panel_numbers(p); }

int64_t hebb_conv_places_packed_bytes(const hebb_conv_places *g, bool gradient) {
  if (!gradient) {
    const pass p = forward_pass(g);
    return 4 * packed_numbers(&p);
  }
  int64_t numbers = 0;
  for (int64_t i = 0; i < phases(g); i++) {
    const pass p = gradient_pass(g, i);
    numbers += packed_numbers(&p);
  }
  return 4 * numbers;
}

#if defined(__x86_64__)

bool hebb_conv_places_available(const hebb_conv_places *g) {
  const bool strides = g->height.stride > 1 || g->width.stride > 1;
  const bool dilates = g->height.dilation > 1 || g->width.dilation > 1;
  return hebb_vector_level() >= 3 && !(strides && dilates);
}

/// Depths that are multiplied at a time: some taps with all channels, or some channels of one tap.
typedef struct {
  int64_t taps, channels;
} chunk;

static chunk chunk_of(const pass *p) {
  const int64_t ranges = hebb_ceiling(p->channels, MOST_DEPTHS), all = hebb_larger(1, taps(p));
  if (ranges > 1) return (chunk){1, hebb_ceiling(p->channels, ranges)};
  const int64_t most = hebb_smaller(MOST_TAPS, MOST_DEPTHS / p->channels);
  return (chunk){hebb_ceiling(all, hebb_ceiling(all, most)), p->channels};
}

HEBB_AVX512_BEGIN

// MARK: Kernel

/// The rows of a block for each tap of a chunk that any of them reads.
typedef struct {
  int64_t taps;
  const float *at[MOST_TAPS][PAIRS];  // zeros beyond the block's rows
  int64_t depth[MOST_TAPS];  // where the tap's depths begin in the chunk
} block_rows;

/// What is multiplied: depths of A in segments, one for each tap, and B after one another.
typedef struct {
  const block_rows *rows, *next;  // and the rows that come after, or null
  int64_t depth;                  // of each segment
  const float *b;
  const char *soon;   // B that comes after
  int64_t soon_step;  // of which as many bytes are asked for with each pair of depths
} operands;

HEBB_AVX512_INLINE void multiply(const operands *x, int rows, int vectors, const hebb_product_block *to) {
  __m512 sums[ROWS][4];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  const char *soon = x->soon;
  int asked = 0;
#pragma clang loop unroll(disable)
  for (int64_t s = 0; s < x->rows->taps; s++) {
    const float *b = x->b + x->rows->depth[s] * PANEL;
    const float *const *const next = x->next && s < x->next->taps ? x->next->at[s] : x->rows->at[s];
    const float *from[ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) from[r] = x->rows->at[s][r];
    int64_t k = 0;
    for (; k + 2 * PAIRS <= x->depth; k += 2 * PAIRS) {
      if (asked < rows) hebb_product_ask(to, asked++, vectors);
      // One line after the other: the queues are short.
#pragma clang loop unroll(disable)
      for (int pair = 0; pair < PAIRS; pair++) {
        _mm_prefetch(soon, _MM_HINT_T1);
        _mm_prefetch((const char *)(next[pair] + k), _MM_HINT_T1);
        soon += x->soon_step;
        hebb_product_add(sums, from, k + 2 * pair, b, rows, vectors);
        hebb_product_add(sums, from, k + 2 * pair + 1, b + PANEL, rows, vectors);
        b += 2 * PANEL;
      }
    }
    for (; k < x->depth; k++) {
      hebb_product_add(sums, from, k, b, rows, vectors);
      b += PANEL;
    }
  }
  hebb_product_store(sums, rows, vectors, to);
}

#define KERNEL(rows, vectors)                                                                       \
  static __attribute__((noinline)) void multiply_##rows##_##vectors(const operands *x,              \
                                                                    const hebb_product_block *to) { \
    multiply(x, rows, vectors, to);                                                                 \
  }
#define KERNELS(rows) KERNEL(rows, 1) KERNEL(rows, 2) KERNEL(rows, 3) KERNEL(rows, 4)
KERNELS(1) KERNELS(2) KERNELS(3) KERNELS(4) KERNELS(5) KERNELS(6)

typedef void (*kernel)(const operands *x, const hebb_product_block *to);
#define ROW(rows) {multiply_##rows##_1, multiply_##rows##_2, multiply_##rows##_3, multiply_##rows##_4}
static const kernel kernels[ROWS][4] = {ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6)};
#undef KERNEL
#undef KERNELS
#undef ROW

// MARK: Rows

typedef struct {
  const pass *p;
  const float *x, *packed;
  hebb_product_after after;
  float *y;
} task;

static const float zeros[MOST_DEPTHS];

/// Places of a block: their images, and the positions that tap 0 reads.
typedef struct {
  int count;
  int64_t image[ROWS], y[ROWS], x[ROWS];
  int64_t to[ROWS];  // where they are written
} block_places;

// Places go image by image at the same position, so that whole blocks leave out what lies beyond the borders.
static void find_places(const pass *p, int64_t first, int count, block_places *b) {
  b->count = count;
  int64_t image = first % p->batch, x = first / p->batch % p->x.count, y = first / (p->batch * p->x.count);
  for (int r = 0; r < count; r++) {
    b->image[r] = image * p->y.size * p->x.size;
    b->y[r] = p->y.start + y * p->y.step;
    b->x[r] = p->x.start + x * p->x.step;
    const int64_t line = image * p->y.to_size + p->y.to_start + y * p->y.to_step;
    b->to[r] = (line * p->x.to_size + p->x.to_start + x * p->x.to_step) * p->columns;
    if (++image < p->batch) continue;
    image = 0;
    if (++x < p->x.count) continue;
    x = 0;
    y++;
  }
}

// Where the channels from `channel` on lie for some taps; zeros beyond the borders.
static void find_rows(const task *t, const block_places *b, hebb_range some, int64_t channel, block_rows *to) {
  const pass *p = t->p;
  to->taps = 0;
  for (int64_t tap = some.begin; tap < some.end; tap++) {
    const int64_t u = (int32_t)tap / (int32_t)p->x.taps, v = tap - u * p->x.taps;
    const float **const at = to->at[to->taps];
    bool is_read = false;
    for (int r = 0; r < b->count; r++) {
      const int64_t y = b->y[r] + u * p->y.tap, x = b->x[r] + v * p->x.tap;
      const bool is_inside = (uint64_t)y < (uint64_t)p->y.size && (uint64_t)x < (uint64_t)p->x.size;
      at[r] = is_inside ? t->x + (b->image[r] + y * p->x.size + x) * p->channels + channel : zeros;
      is_read |= is_inside;
    }
    for (int r = b->count; r < PAIRS; r++) at[r] = zeros;
    to->depth[to->taps] = (tap - some.begin) * p->channels;
    to->taps += is_read;
  }
}

// MARK: Blocks

/// Depths of B that are used together.
typedef struct {
  hebb_range taps;
  int64_t channel, channels;  // the first of them, and how many
  int64_t depth;              // where they begin in a panel
  bool is_first, is_last;
} depths;

/// Rows of the result times panels of B, for some depths; `soon` comes after these of B.
static void compute_block(const task *t, hebb_range rows, hebb_range n, const depths *d, const float *soon) {
  const pass *p = t->p;
  // Blocks of nearly the same number of rows.
  const int64_t count = hebb_ceiling(rows.end - rows.begin, ROWS);
  hebb_product_block to = {.is_first = d->is_first};
  to.relu = d->is_last && p->activation == HEBB_ACTIVATION_RELU;
  operands x = {.depth = d->channels, .soon = (const char *)(soon ? soon : t->packed)};
  x.soon_step = soon ? 64 : 0;
  const int64_t asked = d->channels / (2 * PAIRS) * PAIRS;
  const char *const enough = x.soon + 4 * PANEL * (d->taps.end - d->taps.begin) * d->channels;
  block_rows rooms[2];
  block_places blocks[2];
  for (int64_t i = -1; i < count; i++) {
    const int here = i & 1, there = !here;
    if (i + 1 < count) {
      const hebb_range some = hebb_part(rows.end - rows.begin, 1, (int)i + 1, (int)count);
      find_places(p, rows.begin + some.begin, (int)(some.end - some.begin), &blocks[there]);
      find_rows(t, &blocks[there], d->taps, d->channel, &rooms[there]);
    }
    if (i < 0) continue;
    const block_places *const now = &blocks[here];
    x.rows = &rooms[here];
    if (x.rows->taps == 0 && !d->is_first && !d->is_last) continue;
    for (int r = 0; r < now->count; r++) to.rows[r] = now->to[r];
    for (int64_t j = n.begin; j < n.end; j++) {
      const int64_t column = j * PANEL, columns = hebb_smaller(PANEL, p->columns - column);
      x.b = t->packed + j * panel_numbers(p) + d->depth * PANEL;
      x.next = j == n.begin && i + 1 < count ? &rooms[there] : NULL;
      to.c = t->y + column;
      to.vectors = (int)hebb_ceiling(columns, 16);
      to.last = hebb_avx512_lanes(columns - 16 * (to.vectors - 1));
      if (d->is_last) to.after = hebb_product_after_from(t->after, 0, column);
      kernels[now->count - 1][to.vectors - 1](&x, &to);
      x.soon += x.soon_step * asked * x.rows->taps;
      if (x.soon >= enough) x.soon_step = 0;
      if (d->is_last && p->activation > HEBB_ACTIVATION_RELU)
        for (int r = 0; r < now->count; r++) hebb_activate(to.c + to.rows[r], columns, p->activation);
    }
  }
}

/// The depths after `d`.
static depths next_depths(const pass *p, const depths *d, chunk c) {
  depths next = *d;
  next.is_first = false;
  next.channel = d->channel + d->channels;
  if (next.channel >= p->channels) {
    next.channel = 0;
    next.taps.begin = d->taps.end;
    next.taps.end = hebb_smaller(next.taps.begin + c.taps, taps(p));
  }
  next.channels = hebb_smaller(c.channels, p->channels - next.channel);
  next.depth = next.taps.begin * p->channels + next.channel;
  next.is_last = next.taps.end == taps(p) && next.channel + next.channels == p->channels;
  return next;
}

static void compute(const task *t, hebb_range rows, hebb_range columns) {
  const pass *p = t->p;
  if (rows.begin >= rows.end || columns.begin >= columns.end) return;
  const chunk c = chunk_of(p);
  // While A stays in the second-level cache, each panel of B by itself.
  const int64_t numbers = c.taps * c.channels * PANEL;
  const bool is_small = (rows.end - rows.begin) * c.channels <= 96 << 10;
  const int64_t wide = is_small ? 1 : hebb_larger(1, (192 << 10) / numbers);
  for (int64_t n0 = columns.begin; n0 < columns.end; n0 += wide) {
    const hebb_range n = {n0, hebb_smaller(n0 + wide, columns.end)};
    depths d = {.taps = {0, hebb_smaller(c.taps, taps(p))}, .channels = c.channels, .is_first = true};
    d.is_last = d.taps.end == taps(p) && d.channels == p->channels;
    for (;;) {
      const depths next = next_depths(p, &d, c);
      const float *soon = t->packed + n.begin * panel_numbers(p) + next.depth * PANEL;
      if (d.is_last) soon = n.end < columns.end ? t->packed + n.end * panel_numbers(p) : NULL;
      compute_block(t, rows, n, &d, wide == 1 ? soon : NULL);
      if (d.is_last) break;
      d = next;
    }
  }
}

// MARK: Packing

typedef struct {
  const pass *p;
  const float *weight;
  bool gradient;
  int64_t kernel, width;  // taps of the whole weight
  float *to;
} packing;

static void pack_forward(const packing *c, hebb_range some) {
  const pass *p = c->p;
  const int64_t line = p->channels * c->kernel;
  for (int64_t column = 0; column < panels(p) * PANEL; column += 16) {
    float *const to = c->to + column / PANEL * panel_numbers(p) + column % PANEL;
    const float *const from = c->weight + column * line;
    const int count = (int)hebb_larger(0, hebb_smaller(16, p->columns - column));
    int64_t tap = some.begin % c->kernel, channel = some.begin / c->kernel;
    for (int64_t k = some.begin; k < some.end; k += 16) {
      const int64_t depths = hebb_smaller(16, some.end - k);
      const __mmask16 lanes = hebb_avx512_lanes(depths);
      __m512 v[16];
      for (int i = 0; i < 16; i++)
        v[i] = i < count ? _mm512_maskz_loadu_ps(lanes, from + i * line + k) : _mm512_setzero_ps();
      hebb_avx512_transpose((__m512i *)v);
      for (int i = 0; i < depths; i++) {
        _mm512_store_ps(to + (tap * p->channels + channel) * PANEL, v[i]);
        if (++tap < c->kernel) continue;
        tap = 0;
        channel++;
      }
    }
  }
}

static void pack_gradient(const packing *c, hebb_range channels) {
  const pass *p = c->p;
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i places = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)c->kernel));
  for (int64_t channel = channels.begin; channel < channels.end; channel++)
    for (int64_t column = 0; column < panels(p) * PANEL; column += 16) {
      const __mmask16 mask = hebb_avx512_lanes(p->columns - column);
      const float *const from = c->weight + (channel * p->columns + column) * c->kernel;
      float *const to = c->to + column / PANEL * panel_numbers(p) + column % PANEL;
      for (int64_t u = 0; u < p->y.taps; u++)
        for (int64_t v = 0; v < p->x.taps; v++) {
          const int64_t tap =
              (p->y.first_tap + u * p->y.next_tap) * c->width + p->x.first_tap + v * p->x.next_tap;
          const __m512 all = c->kernel == 1 ? _mm512_maskz_loadu_ps(mask, from)
                                            : _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask, places,
                                                                       from + tap, 4);
          _mm512_store_ps(to + ((u * p->x.taps + v) * p->channels + channel) * PANEL, all);
        }
    }
}

static void pack_body(void *context, int index, int count) {
  const packing *c = context;
  if (c->gradient)
    pack_gradient(c, hebb_part(c->p->channels, 1, index, count));
  else
    pack_forward(c, hebb_part(c->p->channels * c->kernel, 16, index, count));
}

// MARK: Threads

typedef struct {
  task t;
  int down;  // threads are a grid of `down` times count / down rectangles
} call;

static void compute_body(void *context, int index, int count) {
  const call *x = context;
  const pass *p = x->t.p;
  const int across = count / x->down;
  compute(&x->t, hebb_part(places(p), 1, index / across, x->down),
          hebb_part(panels(p), 1, index % across, across));
}

HEBB_AVX512_END

static void run(const pass *p, const float *x, const float *packed, hebb_product_after after, float *y,
                int threads) {
  const int count = threads < 1 ? 1 : threads;
  call c = {{p, x, packed, after, y}, hebb_product_threads_down(places(p), p->columns, count)};
  hebb_parallel(count, compute_body, &c);
}

void hebb_conv_places_pack(const hebb_conv_places *g, bool gradient, const float *weight, float *to, int threads) {
  for (int64_t i = 0; i < (gradient ? phases(g) : 1); i++) {
    const pass p = gradient ? gradient_pass(g, i) : forward_pass(g);
    packing c = {&p, weight, gradient, g->height.kernel * g->width.kernel, g->width.kernel, to};
    hebb_parallel(threads < 1 ? 1 : threads, pack_body, &c);
    to += packed_numbers(&p);
  }
}

void hebb_conv_places_forward(const hebb_conv_places *g, const float *x, const float *packed,
                              hebb_product_after after, float *y, int threads) {
  const pass p = forward_pass(g);
  run(&p, x, packed, after, y, threads);
}

void hebb_conv_places_input_gradient(const hebb_conv_places *g, const float *dy, const float *packed, float *dx,
                                     int threads) {
  for (int64_t i = 0; i < phases(g); i++) {
    const pass p = gradient_pass(g, i);
    run(&p, dy, packed, (hebb_product_after){0}, dx, threads);
    packed += packed_numbers(&p);
  }
}

#else

bool hebb_conv_places_available(const hebb_conv_places *g) { return g && false; }

// Never called where hebb_conv_places_available() says no.
void hebb_conv_places_pack(const hebb_conv_places *g, bool gradient, const float *weight, float *to, int threads) {
  (void)g, (void)gradient, (void)weight, (void)to, (void)threads;
}

void hebb_conv_places_forward(const hebb_conv_places *g, const float *x, const float *packed,
                              hebb_product_after after, float *y, int threads) {
  (void)g, (void)x, (void)packed, (void)after, (void)y, (void)threads;
}

void hebb_conv_places_input_gradient(const hebb_conv_places *g, const float *dy, const float *packed, float *dx,
                                     int threads) {
  (void)g, (void)dy, (void)packed, (void)dx, (void)threads;
}

#endif
