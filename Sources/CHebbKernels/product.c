// Products of float32 matrices. Each thread takes a rectangle of C. It packs some columns and depths of B, which
// stay in its second-level cache while the rows of A go by.
#include "hebb_products.h"

#include "product_kernel.h"
#include "activation.h"

#if defined(__x86_64__)

bool hebb_product_available(void) { return hebb_vector_level() >= 3; }

enum { ROWS = HEBB_PRODUCT_ROWS, PANEL = HEBB_PRODUCT_COLUMNS };

// What a thread packs at a time: depths, numbers of B, rows of A and how far apart their depths lie, an odd number of
// lines.
enum { MOST_DEPTHS = 384, B_NUMBERS = 200 << 10, GROUP = 192, STRIDE = 208 };

// Depths of a range; ranges are equally long.
static int64_t range_depth(const hebb_product *p) {
  const int64_t ranges = hebb_ceiling(p->depth, MOST_DEPTHS);
  return hebb_ceiling(p->depth, ranges);
}

// Where the depths from `begin` on, which start a range, lie in a packed B of one panel.
static int64_t range_start(const hebb_product *p, int64_t begin) {
  const int64_t range = range_depth(p);
  return begin / range * hebb_product_panel(range);
}

// Panels of B that are used together.
static int64_t block_columns(const hebb_product *p) {
  const int64_t fitting = B_NUMBERS / hebb_product_panel(range_depth(p));
  return hebb_larger(1, hebb_smaller(fitting, hebb_ceiling(p->columns, PANEL)));
}

// Panels of equal blocks.
static int64_t even_block(const hebb_product *p, int64_t panels) {
  return hebb_ceiling(panels, hebb_ceiling(panels, block_columns(p)));
}

// Whether A is packed: rows whose depths are far apart meet the same places of the caches.
static bool packs_rows(const hebb_product *p) { return p->a_depth != 1 && p->a_depth > 64; }

// Numbers of a packed B.
static int64_t packed_numbers(const hebb_product *p) {
  const int64_t range = range_depth(p), rest = p->depth % range;
  return hebb_ceiling(p->columns, PANEL) *
         (range_start(p, p->depth) + (rest ? hebb_product_panel(rest) : 0));
}

// Bytes of a thread's own scratch: a copy of some of A, and panels of B.
static int64_t own_a(const hebb_product *p) { return packs_rows(p) ? STRIDE * range_depth(p) : 0; }

static int64_t own_bytes(const hebb_product *p) {
  return 4 * (own_a(p) + block_columns(p) * hebb_product_panel(range_depth(p)));
}

HEBB_AVX512_BEGIN

#define KERNEL(rows, vectors)                                                                             \
  static __attribute__((noinline)) void multiply_##rows##_##vectors(                                      \
      const float *a, int64_t line, int64_t step, const float *b, int64_t depth,                          \
      const hebb_product_block *to) {                                                                     \
    hebb_product_multiply(a, line, step, b, depth, rows, vectors, to);                                    \
  }
#define KERNELS(rows) KERNEL(rows, 1) KERNEL(rows, 2) KERNEL(rows, 3) KERNEL(rows, 4)
KERNELS(1) KERNELS(2) KERNELS(3) KERNELS(4) KERNELS(5) KERNELS(6)

#define ROW(rows) {multiply_##rows##_1, multiply_##rows##_2, multiply_##rows##_3, multiply_##rows##_4}
const hebb_product_kernel hebb_product_kernels[ROWS][4] = {ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6)};
#undef KERNEL
#undef KERNELS
#undef ROW

// Panels n of B for some depths.
static void pack_columns(const hebb_product *p, const float *b, hebb_range n, hebb_range depths, float *to) {
  const int64_t first = n.begin * PANEL, depth = depths.end - depths.begin;
  const int64_t columns = hebb_smaller(n.end * PANEL, p->columns) - first;
  const float *const x = b + first * p->b_column + depths.begin * p->b_depth;
  if (p->b_column == 1) {
    hebb_product_pack_columns(x, p->b_depth, columns, depth, to);
    return;
  }
  for (int64_t c = 0; c < columns; c += 16)
    hebb_product_pack_lines(x + c * p->b_column, p->b_column, (int)hebb_smaller(16, columns - c), depth,
                            to + c / PANEL * hebb_product_panel(depth) + c % PANEL);
}

// A rectangle of C, the columns in panels.
typedef struct {
  const hebb_product *p;
  const float *a, *b;
  hebb_product_after after;
  float *c, *own;
} task;

// Memory that will be needed soon: rows of bytes. The kernel asks for some lines at a time.
typedef struct {
  const char *base;
  int64_t step, rows, bytes;  // from one row to the next; how many; how long
  int64_t at;                 // how far the first row has been asked for
} soon;

// Has a row of a block ask for at most so many lines.
static void take(soon *x, int64_t lines, int row, hebb_product_block *to) {
  to->lines[row] = 0;
  if (x->rows <= 0) return;
  to->next[row] = x->base + x->at;
  to->lines[row] = (int)hebb_smaller(lines, hebb_ceiling(x->bytes - x->at, 64));
  x->at += 64 * to->lines[row];
  if (x->at >= x->bytes) {
    x->at = 0;
    x->base += x->step;
    x->rows--;
  }
}

// Computes rows times panels of columns for a range of depths, and asks for what comes soon meanwhile.
static void compute_block(const task *t, hebb_range rows, hebb_range n, hebb_range depths, const float *b,
                          soon *next) {
  const hebb_product *p = t->p;
  const int64_t depth = depths.end - depths.begin;
  const bool is_last = depths.end == p->depth, packs = packs_rows(p);
  hebb_product_block to = {0};
  const int64_t lines = depth / hebb_smaller(ROWS, rows.end - rows.begin) / HEBB_PRODUCT_GAP;
  to.is_first = depths.begin == 0;
  to.relu = is_last && p->activation == HEBB_ACTIVATION_RELU;
  for (int64_t row = rows.begin; row < rows.end; row += ROWS) {
    const int64_t count = hebb_smaller(ROWS, rows.end - row);
    const float *a = t->a + row * p->a_row + depths.begin * p->a_depth;
    if (packs) a = t->own + row - rows.begin;
    const int64_t line = p->a_row, step = packs ? STRIDE : p->a_depth;
    const int64_t after = packs ? 0 : hebb_smaller(ROWS, rows.end - row - count);
    for (int r = 0; r < count; r++) to.rows[r] = (row + r) * p->columns;
    soon ahead = {(const char *)(a + count * p->a_row), 4 * p->a_row, after, 4 * depth, 0};
    for (int64_t j = n.begin; j < n.end; j++) {
      const int64_t column = j * PANEL, columns = hebb_smaller(PANEL, p->columns - column);
      const float *const panel = b + (j - n.begin) * hebb_product_panel(depth);
      to.c = t->c + column;
      to.vectors = (int)hebb_ceiling(columns, 16);
      to.last = hebb_avx512_lanes(columns - 16 * (to.vectors - 1));
      if (is_last) to.after = hebb_product_after_from(t->after, 0, column);
      for (int r = 0; r < count; r++) {
        soon *const first = ahead.rows > 0 ? &ahead : next[0].rows > 0 ? &next[0] : &next[1];
        take(first, lines, r, &to);
      }
      hebb_product_kernels[count - 1][to.vectors - 1](a, line, step, panel, depth, &to);
      if (is_last && p->activation > HEBB_ACTIVATION_RELU)
        for (int64_t r = 0; r < count; r++)
          hebb_activate(to.c + to.rows[r], columns, p->activation);
    }
  }
}

// What of B comes after panels n and the depths: the next depths of these columns, or the first of the next.
static soon next_columns(const task *t, hebb_range n, hebb_range depths, int64_t end) {
  const hebb_product *p = t->p;
  const int64_t d = depths.end < p->depth ? depths.end : 0, first = d ? n.begin : n.end;
  if (first >= end) return (soon){0};
  const int64_t depth = hebb_smaller(range_depth(p), p->depth - d), count = hebb_smaller(n.end - n.begin, end - first);
  const float *b = t->b + first * PANEL * p->b_column + d * p->b_depth;
  const int64_t columns = hebb_smaller(count * PANEL, p->columns - first * PANEL);
  if (p->b_column == 1) return (soon){(const char *)b, 4 * p->b_depth, depth, 4 * columns, 0};
  return (soon){(const char *)b, 4 * p->b_column, columns, 4 * depth, 0};
}

// What of A comes after rows and the depths: the next rows, or the first rows of the next depths.
static soon next_rows(const task *t, hebb_range some, hebb_range rows, hebb_range depths) {
  const hebb_product *p = t->p;
  const bool is_end = some.end >= rows.end;
  const int64_t row = is_end ? rows.begin : some.end, d = is_end ? depths.end : depths.begin;
  if (d >= p->depth) return (soon){0};
  return (soon){(const char *)(t->a + row + d * p->a_depth), 4 * p->a_depth,
                hebb_smaller(depths.end - depths.begin, p->depth - d),
                4 * hebb_smaller(GROUP, rows.end - row), 0};
}

static void compute(const task *t, hebb_range rows, hebb_range columns) {
  const hebb_product *p = t->p;
  if (rows.begin >= rows.end || columns.begin >= columns.end) return;
  const int64_t range = range_depth(p), wide = even_block(p, columns.end - columns.begin);
  float *const b = t->own + own_a(p);
  for (int64_t n0 = columns.begin; n0 < columns.end; n0 += wide) {
    const hebb_range n = {n0, hebb_smaller(n0 + wide, columns.end)};
    for (int64_t begin = 0; begin < p->depth; begin += range) {
      const hebb_range depths = {begin, hebb_smaller(begin + range, p->depth)};
      pack_columns(p, t->b, n, depths, b);
      soon next[2] = {next_columns(t, n, depths, columns.end), {0}};
      if (!packs_rows(p)) {
        compute_block(t, rows, n, depths, b, next);
        continue;
      }
      for (int64_t row = rows.begin; row < rows.end; row += GROUP) {
        const hebb_range some = {row, hebb_smaller(row + GROUP, rows.end)};
        hebb_product_pack_rows(t->a + row + begin * p->a_depth, p->a_depth, some.end - row,
                               depths.end - begin, t->own, STRIDE);
        // First what is needed first.
        const soon rest = next[0].rows > 0 ? next[0] : next[1];
        next[0] = next_rows(t, some, rows, depths);
        next[1] = rest;
        compute_block(t, some, n, depths, b, next);
      }
    }
  }
}

// MARK: Few rows

// Few rows times many columns whose depths follow one another, as a batch meets the weights of a layer: packing B
// would take long. C' = B' A' is computed instead, with B read where it is and A packed, and turned when stored.

static bool is_turned(const hebb_product *p) {
  return p->b_depth == 1 && p->rows <= 200 && p->rows >= 16 && p->columns >= 2 * p->rows;
}

// B' A'.
static hebb_product turned(const hebb_product *p) {
  return (hebb_product){.batches = 1, .rows = p->columns, .columns = p->rows, .depth = p->depth,
                        .a_row = p->b_column, .a_depth = 1, .b_depth = p->a_depth, .b_column = p->a_row};
}

// Rows of C' that are turned at a time, and how far apart they lie. Of many depths, A' does not stay in the
// second-level cache: more rows meet each range of it.
static int64_t turned_rows(const hebb_product *q) { return q->depth <= 1024 ? 96 : 384; }
static int64_t turned_stride(const hebb_product *q) { return hebb_ceiling(q->columns, PANEL) * PANEL + 16; }

// Stores C[m, first ..< last] from rows of C', with what follows.
static void store_turned(const hebb_product *p, const float *sums, int64_t stride, int64_t first, int64_t last,
                         hebb_product_after all, float *c) {
  for (int64_t n = first; n < last; n += 16) {
    const hebb_product_columns columns = hebb_product_load_columns(&all, n, hebb_avx512_lanes(last - n));
    for (int64_t m = 0; m < p->rows; m += 16) {
      __m512 v[16];
      for (int i = 0; i < 16; i++) v[i] = _mm512_load_ps(sums + (n - first + i) * stride + m);
      hebb_avx512_transpose((__m512i *)v);
      const int64_t count = hebb_smaller(16, p->rows - m);
      for (int64_t i = 0; i < count; i++)
        hebb_product_finish(v[i], &all, &columns, p->activation == HEBB_ACTIVATION_RELU, c,
                            (m + i) * p->columns + n);
    }
  }
  if (p->activation > HEBB_ACTIVATION_RELU)
    for (int64_t m = 0; m < p->rows; m++)
      hebb_activate(c + m * p->columns + first, last - first, p->activation);
}

// (Part of) up to 6 rows of C' from some ranges of depths. Asks for the next rows, and for what of C comes `soon`.
static void multiply_turned(const task *t, const hebb_product *q, const float *packed, float *sums,
                            int64_t row, int64_t count, hebb_range depths, soon *target) {
  const int64_t range = range_depth(q), panels = hebb_ceiling(q->columns, PANEL);
  const float *const x = t->b + row * q->a_row;
  hebb_product_block to = {.last = 0xffff};
  for (int r = 0; r < count; r++) to.rows[r] = r * turned_stride(q);
  // The next rows for these depths.
  soon next = {(const char *)(x + ROWS * q->a_row + depths.begin), 4 * q->a_row, ROWS,
               4 * (depths.end - depths.begin), 0};
  for (int64_t begin = depths.begin; begin < depths.end; begin += range) {
    const int64_t depth = hebb_smaller(range, q->depth - begin);
    const float *const b = packed + panels * range_start(q, begin);
    for (int64_t j = 0; j < panels; j++) {
      to.c = sums + j * PANEL;
      to.vectors = (int)hebb_ceiling(hebb_smaller(PANEL, q->columns - j * PANEL), 16);
      to.is_first = begin == 0;
      for (int r = 0; r < count; r++)
        take(next.rows > 0 ? &next : target, depth / count / HEBB_PRODUCT_GAP, r, &to);
      hebb_product_kernels[count - 1][to.vectors - 1](x + begin, q->a_row, 1,
                                                      b + j * hebb_product_panel(depth), depth, &to);
    }
  }
}

// Rows of C'; `packed` is A' and `sums` room for a group of them.
static void compute_turned(const task *t, const float *packed, float *sums, hebb_range rows) {
  const hebb_product q = turned(t->p);
  const int64_t stride = turned_stride(&q);
  const int64_t chunk = q.depth <= 1024 ? q.depth : range_depth(&q);
  for (int64_t group = rows.begin; group < rows.end; group += turned_rows(&q)) {
    const int64_t end = hebb_smaller(group + turned_rows(&q), rows.end);
    soon target = {(const char *)(t->c + group), 4 * t->p->columns, t->p->rows, 4 * (end - group), 0};
    for (int64_t first = 0; first < q.depth; first += chunk)
      for (int64_t row = group; row < end; row += ROWS)
        multiply_turned(t, &q, packed, sums + (row - group) * stride, row, hebb_smaller(ROWS, end - row),
                        (hebb_range){first, hebb_smaller(first + chunk, q.depth)}, &target);
    store_turned(t->p, sums, stride, group, end, t->after, t->c);
  }
}

// MARK: Threads

typedef struct {
  const hebb_product *p;
  const float *a, *b;
  hebb_product_after after;
  float *c, *packed;
  uint8_t *own;
  int64_t own_bytes;
  int down;  // threads are a grid of `down` times count / down rectangles
} call;

static task task_of(const call *x, int index) {
  return (task){x->p, x->a, x->b, x->after, x->c, (float *)(x->own + index * x->own_bytes)};
}

static void product_body(void *context, int index, int count) {
  const call *x = context;
  const hebb_product *p = x->p;
  const int across = count / x->down;
  const hebb_range rows = hebb_part(p->rows, 1, index / across, x->down);
  const hebb_range columns = hebb_part(hebb_ceiling(p->columns, PANEL), 1, index % across, across);
  const task t = task_of(x, index);
  compute(&t, rows, columns);
}

static void batch_body(void *context, int index, int count) {
  const call *x = context;
  const hebb_product *p = x->p;
  const hebb_range batches = hebb_part(p->batches, 1, index, count);
  const hebb_range rows = {0, p->rows}, columns = {0, hebb_ceiling(p->columns, PANEL)};
  task t = task_of(x, index);
  for (int64_t i = batches.begin; i < batches.end; i++) {
    t.a = x->a + (p->a_offsets ? p->a_offsets[i] : 0);
    t.b = x->b + (p->b_offsets ? p->b_offsets[i] : 0);
    t.c = x->c + i * p->rows * p->columns;
    t.after = hebb_product_after_from(x->after, i * p->rows * p->columns, 0);
    compute(&t, rows, columns);
  }
}

static void pack_body(void *context, int index, int count) {
  const call *x = context;
  const hebb_product q = turned(x->p);
  const int64_t all = hebb_ceiling(q.columns, PANEL), range = range_depth(&q);
  for (int64_t n = index; n < all; n += count)
    for (int64_t begin = 0; begin < q.depth; begin += range) {
      const hebb_range depths = {begin, hebb_smaller(begin + range, q.depth)};
      pack_columns(&q, x->a, (hebb_range){n, n + 1}, depths,
                   x->packed + all * range_start(&q, begin) +
                       n * hebb_product_panel(depths.end - begin));
    }
}

static void turned_body(void *context, int index, int count) {
  const call *x = context;
  const task t = task_of(x, index);
  compute_turned(&t, x->packed, t.own, hebb_part(x->p->columns, ROWS, index, count));
}

HEBB_AVX512_END

static bool shares_batches(const hebb_product *p, int threads) {
  return threads > 1 && p->batches >= 2 * threads;
}

static int64_t bytes_of_thread(const hebb_product *p) {
  const hebb_product q = turned(p);
  return is_turned(p) ? turned_rows(&q) * turned_stride(&q) * 4 : own_bytes(p);
}

int64_t hebb_product_scratch_bytes(const hebb_product *p, int threads) {
  const hebb_product q = turned(p);
  return 64 + bytes_of_thread(p) * hebb_larger(threads, 1) + (is_turned(p) ? packed_numbers(&q) * 4 : 0);
}

void hebb_product_run(const hebb_product *p, const float *a, const float *b, hebb_product_after after, float *c,
                      void *scratch, int threads) {
  const int count = threads < 1 ? 1 : threads;
  call x = {.p = p, .a = a, .b = b, .after = after, .c = c};
  x.own = hebb_line_of(scratch);
  x.own_bytes = bytes_of_thread(p);
  x.packed = (float *)(x.own + x.own_bytes * count);
  if (shares_batches(p, count) && !is_turned(p)) {
    hebb_parallel(count, batch_body, &x);
    return;
  }
  x.down = hebb_product_threads_down(p->rows, p->columns, count);
  for (int64_t i = 0; i < p->batches; i++) {
    x.a = a + (p->a_offsets ? p->a_offsets[i] : 0);
    x.b = b + (p->b_offsets ? p->b_offsets[i] : 0);
    x.c = c + i * p->rows * p->columns;
    x.after = hebb_product_after_from(after, i * p->rows * p->columns, 0);
    if (is_turned(p)) {
      hebb_parallel(count, pack_body, &x);
      hebb_parallel(count, turned_body, &x);
    } else {
      hebb_parallel(count, product_body, &x);
    }
  }
}

#else

bool hebb_product_available(void) { return false; }

int64_t hebb_product_scratch_bytes(const hebb_product *p, int threads) { return p ? 0 * threads : 0; }

// Never called where hebb_product_available() says no.
void hebb_product_run(const hebb_product *p, const float *a, const float *b, hebb_product_after after, float *c,
                      void *scratch, int threads) {
  (void)p, (void)a, (void)b, (void)after, (void)c, (void)scratch, (void)threads;
}

#endif
