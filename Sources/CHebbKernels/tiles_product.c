// Matrix products on tiles. B is packed once, into panels of 32 columns for each range of depths, by all
// threads; each thread then takes a rectangle of C and packs the rows of A that it needs, some panels at a
// time, which stay in its second-level cache while the panels of B go by. Products of many small matrices are
// shared by batch instead, and each thread packs both operands.
#include "hebb_tiles.h"

#include "activation.h"
#include "tiles_pack.h"

#if defined(__x86_64__)

enum { PANEL = 32 };  // rows of A or columns of B

// Depths of a range: all of them while a panel of A and one of B fit into the second-level cache beside each other;
// otherwise equal ranges, whose sums meet in C (which has to be float32 for that).
static int64_t range_depth(const hebb_tiles_product *p) {
  const int64_t most = p->parts == 3 ? 1024 : p->parts == 2 ? 1536 : 3072;
  const int64_t depth = hebb_ceiling(p->depth, HEBB_TILE_DEPTH) * HEBB_TILE_DEPTH;
  if (p->half_result || depth <= most + most / 2) return depth;
  const int64_t ranges = hebb_ceiling(depth, most);
  return hebb_ceiling(hebb_ceiling(depth, ranges), HEBB_TILE_DEPTH) * HEBB_TILE_DEPTH;
}

static int64_t panel_bytes(const hebb_tiles_product *p, int64_t depth) {
  return hebb_ceiling(depth, HEBB_TILE_DEPTH) * 2 * HEBB_TILE_BYTES * p->parts;
}

// Panels of A that a thread holds at a time: about a third of 2 MB.
static int64_t block_panels(const hebb_tiles_product *p) {
  const int64_t fitting = (704 << 10) / panel_bytes(p, range_depth(p));
  return hebb_larger(1, hebb_smaller(hebb_smaller(fitting, 8), hebb_ceiling(p->rows, PANEL)));
}

// In front of packed operands: whether each thread's part can be taken by the tiles.
enum { FLAG_BYTES = 64, MAX_PACKERS = 64 };

int64_t hebb_tiles_packed_bytes(const hebb_tiles_product *p) {
  return FLAG_BYTES + hebb_ceiling(p->columns, PANEL) * panel_bytes(p, p->depth);
}

static int64_t own_bytes(const hebb_tiles_product *p) {
  return block_panels(p) * panel_bytes(p, range_depth(p)) + 4 * HEBB_TILE_BYTES + 64;
}

// Whether threads take batches rather than parts of one product.
static bool shares_batches(const hebb_tiles_product *p, int threads) {
  return threads > 1 && (p->batches >= 4 * threads || (p->batches > 1 && p->batches % threads == 0));
}

int64_t hebb_tiles_scratch_bytes(const hebb_tiles_product *p, bool is_packed, int threads) {
  const int64_t count = hebb_larger(threads, 1);
  const int64_t packed = is_packed ? 0 : hebb_tiles_packed_bytes(p);
  const int64_t copies = shares_batches(p, threads) ? count : 1;
  return 64 + packed * copies + own_bytes(p) * count;
}

HEBB_TILES_BEGIN

// MARK: Packing

static hebb_tiles_operand operand_a(const hebb_tiles_product *p, const void *a) {
  return (hebb_tiles_operand){a, p->rows, p->depth, p->a_row, p->a_depth, p->half, true};
}

static hebb_tiles_operand operand_b(const hebb_tiles_product *p, const void *b) {
  return (hebb_tiles_operand){b, p->columns, p->depth, p->b_column, p->b_depth, p->half, false};
}

#define PACK(half, parts)                                                                               \
  do {                                                                                                  \
    if (along) {                                                                                        \
      if (x->lanes_are_depths)                                                                          \
        hebb_tiles_pack_panel_as(x, o, begin, end, true, false, half, parts, to, largest);              \
      else                                                                                              \
        hebb_tiles_pack_panel_as(x, o, begin, end, true, true, half, parts, to, largest);               \
    } else if (x->lanes_are_depths) {                                                                   \
      hebb_tiles_pack_panel_as(x, o, begin, end, false, true, half, parts, to, largest);                \
    } else {                                                                                            \
      hebb_tiles_pack_panel_as(x, o, begin, end, false, false, half, parts, to, largest);               \
    }                                                                                                   \
  } while (0)

static void pack_panel(const hebb_tiles_operand *x, int parts, int64_t o, int64_t begin, int64_t end,
                       uint8_t *to, __m512i *largest) {
  const bool along = x->depth_stride == 1;
  if (x->half) {
    PACK(true, 1);
  } else if (parts == 1) {
    PACK(false, 1);
  } else if (parts == 2) {
    PACK(false, 2);
  } else {
    PACK(false, 3);
  }
}

// Panels first ..< last of B, for all ranges of depths. Range r of all panels lies before range r + 1.
static bool pack_columns(const hebb_tiles_product *p, const void *b, uint8_t *panels, int64_t first,
                         int64_t last) {
  const hebb_tiles_operand x = operand_b(p, b);
  const int64_t count = hebb_ceiling(p->columns, PANEL), range = range_depth(p);
  __m512i largest = _mm512_setzero_si512();
  for (int64_t begin = 0; begin < p->depth; begin += range) {
    const int64_t end = hebb_smaller(begin + range, p->depth), bytes = panel_bytes(p, end - begin);
    uint8_t *const to = panels + count * panel_bytes(p, begin);
    for (int64_t n = first; n < last; n++)
      pack_panel(&x, p->parts, n * PANEL, begin, end, to + n * bytes, &largest);
  }
  return p->half || hebb_tiles_fits(largest, hebb_tiles_limit(p->parts, p->depth));
}

// MARK: C

/// A rectangle of C in panels, and what it takes to compute it.
typedef struct {
  const hebb_tiles_product *p;
  const void *a;
  const uint8_t *panels;  // of B
  const float *bias;
  void *c;
  uint8_t *own;  // panels of A, then sums
} tiles_task;

// Stores 32 x 32 sums, or fewer at the edges, with what follows.
HEBB_TILES_INLINE void store_sums(const tiles_task *t, const float *sums, int64_t row, int64_t column,
                                  bool is_first, bool is_last) {
  const hebb_tiles_product *p = t->p;
  const int64_t rows = hebb_smaller(p->rows - row, PANEL);
  const int64_t columns = hebb_smaller(p->columns - column, PANEL);
  const __m512 unscale = _mm512_set1_ps(hebb_tiles_unscale(p->parts));
  const __mmask16 lanes[2] = {hebb_avx512_lanes(columns), hebb_avx512_lanes(columns - 16)};
  __m512 bias[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  if (t->bias && is_last)
    for (int h = 0; h < 2; h++) bias[h] = _mm512_maskz_loadu_ps(lanes[h], t->bias + column + 16 * h);
  const int activation = is_last ? p->activation : HEBB_ACTIVATION_NONE;
  const int halves = columns > 16 ? 2 : 1;
  for (int64_t r = 0; r < rows; r++) {
    const float *from = sums + r / 16 * 512 + r % 16 * 16;
    const int64_t place = (row + r) * p->columns + column;
    for (int h = 0; h < halves; h++) {
      __m512 value = _mm512_mul_ps(_mm512_load_ps(from + 256 * h), unscale);
      if (p->half_result) {
        const __m256i half = (__m256i)_mm512_cvtneps_pbh(value);
        _mm256_mask_storeu_epi16((uint16_t *)t->c + place + 16 * h, lanes[h], half);
        continue;
      }
      float *const to = (float *)t->c + place + 16 * h;
      if (!is_first) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(lanes[h], to));
      value = _mm512_add_ps(value, bias[h]);
      // The zero first: a NaN of the bias passes.
      if (activation == HEBB_ACTIVATION_RELU) value = _mm512_max_ps(_mm512_setzero_ps(), value);
      _mm512_mask_storeu_ps(to, lanes[h], value);
    }
    if (activation > HEBB_ACTIVATION_RELU)
      hebb_activate((float *)t->c + place, columns, (hebb_activation)activation);
  }
}

#define MULTIPLY(parts)                                                           \
  do {                                                                            \
    if (tall && wide) hebb_tiles_multiply(a, b, steps, parts, 2, 2, sums);        \
    else if (tall) hebb_tiles_multiply(a, b, steps, parts, 2, 1, sums);           \
    else if (wide) hebb_tiles_multiply(a, b, steps, parts, 1, 2, sums);           \
    else hebb_tiles_multiply(a, b, steps, parts, 1, 1, sums);                     \
  } while (0)

static void multiply(const uint8_t *a, const uint8_t *b, int64_t steps, int parts, bool tall, bool wide,
                     float *sums) {
  if (parts == 1) {
    MULTIPLY(1);
  } else if (parts == 2) {
    MULTIPLY(2);
  } else {
    MULTIPLY(3);
  }
}

// Computes the rows and columns of C that the panels span; tiles are configured. False if A cannot be taken.
static bool compute(const tiles_task *t, hebb_range rows, hebb_range columns) {
  const hebb_tiles_product *p = t->p;
  const hebb_tiles_operand x = operand_a(p, t->a);
  const int64_t count = hebb_ceiling(p->columns, PANEL), range = range_depth(p), block = block_panels(p);
  float *const sums = (float *)(t->own + block * panel_bytes(p, range));
  __m512i largest = _mm512_setzero_si512();
  if (columns.begin >= columns.end) return true;
  for (int64_t m0 = rows.begin; m0 < rows.end; m0 += block) {
    const int64_t m1 = hebb_smaller(m0 + block, rows.end);
    for (int64_t begin = 0; begin < p->depth; begin += range) {
      const int64_t end = hebb_smaller(begin + range, p->depth);
      const int64_t bytes = panel_bytes(p, end - begin), steps = hebb_ceiling(end - begin, HEBB_TILE_DEPTH);
      const uint8_t *const b = t->panels + count * panel_bytes(p, begin);
      for (int64_t m = m0; m < m1; m++)
        pack_panel(&x, p->parts, m * PANEL, begin, end, t->own + (m - m0) * bytes, &largest);
      for (int64_t n = columns.begin; n < columns.end; n++)
        for (int64_t m = m0; m < m1; m++) {
          multiply(t->own + (m - m0) * bytes, b + n * bytes, steps, p->parts, p->rows - m * PANEL > 16,
                   p->columns - n * PANEL > 16, sums);
          store_sums(t, sums, m * PANEL, n * PANEL, begin == 0, end == p->depth);
        }
    }
  }
  return p->half || hebb_tiles_fits(largest, hebb_tiles_limit(p->parts, p->depth));
}

// MARK: Threads

/// What all threads of a call see.
typedef struct {
  const hebb_tiles_product *p;
  const uint8_t *a, *b;
  const float *bias;
  uint8_t *c, *packed, *own;
  int64_t packed_stride;
  int down;  // threads are a grid of `down` times count / down rectangles
  bool has_packed;
  bool fits[MAX_PACKERS];
} tiles_call;

static void pack_body(void *context, int index, int count) {
  tiles_call *call = context;
  const hebb_range part = hebb_part(hebb_ceiling(call->p->columns, PANEL), 1, index, count);
  call->packed[index] =
      pack_columns(call->p, call->b, call->packed + FLAG_BYTES, part.begin, part.end);
}

static void product_body(void *context, int index, int count) {
  tiles_call *call = context;
  const hebb_tiles_product *p = call->p;
  const int across = count / call->down;
  const hebb_range rows = hebb_part(hebb_ceiling(p->rows, PANEL), 1, index / across, call->down);
  const hebb_range columns = hebb_part(hebb_ceiling(p->columns, PANEL), 1, index % across, across);
  const tiles_task task = {p, call->a, call->packed + FLAG_BYTES, call->bias, call->c,
                           call->own + index * own_bytes(p)};
  hebb_tiles_configure();
  call->fits[index] = compute(&task, rows, columns);
  _tile_release();
}

static void batch_body(void *context, int index, int count) {
  tiles_call *call = context;
  const hebb_tiles_product *p = call->p;
  const int64_t size = p->half ? 2 : 4, result = p->half_result ? 2 : 4;
  const hebb_range rows = {0, hebb_ceiling(p->rows, PANEL)}, columns = {0, hebb_ceiling(p->columns, PANEL)};
  const hebb_range batches = hebb_part(p->batches, 1, index, count);
  uint8_t *const packed = call->packed + call->packed_stride * index;
  int64_t present = -1;
  bool fits = true;
  hebb_tiles_configure();
  for (int64_t i = batches.begin; fits && i < batches.end; i++) {
    const int64_t offset = p->b_offsets ? p->b_offsets[i] : 0;
    if (!call->has_packed && offset != present)
      fits = pack_columns(p, call->b + offset * size, packed + FLAG_BYTES, 0, columns.end);
    present = offset;
    const tiles_task task = {p, call->a + (p->a_offsets ? p->a_offsets[i] : 0) * size,
                             packed + FLAG_BYTES, call->bias,
                             call->c + i * p->rows * p->columns * result,
                             call->own + index * own_bytes(p)};
    fits = fits && compute(&task, rows, columns);
  }
  _tile_release();
  call->fits[index] = fits;
}

HEBB_TILES_END

static int bounded(int threads) { return threads < 1 ? 1 : threads > MAX_PACKERS ? MAX_PACKERS : threads; }

void hebb_tiles_pack(const hebb_tiles_product *p, const void *b, void *packed, int threads) {
  tiles_call call = {.p = p, .b = b, .packed = packed};
  const int count = (int)hebb_smaller(bounded(threads), hebb_ceiling(p->columns, PANEL));
  memset(packed, 1, MAX_PACKERS);
  // A small B is packed sooner than a second thread has started.
  hebb_parallel(p->columns * p->depth < 8192 ? 1 : count, pack_body, &call);
}

static bool all(const void *flags, int count) {
  return memchr(flags, 0, (size_t)count) == NULL;
}

// Threads along the rows of C, such that the slowest does least: products of panels and packing of A.
static int threads_down(const hebb_tiles_product *p, int threads) {
  const int64_t m = hebb_ceiling(p->rows, PANEL), n = hebb_ceiling(p->columns, PANEL);
  const int64_t packing = p->parts == 3 ? 1 : p->parts == 2 ? 2 : 4;
  int best = 1;
  int64_t least = INT64_MAX;
  for (int down = 1; down <= threads; down++) {
    if (threads % down != 0) continue;
    const int64_t work = hebb_ceiling(m, down) * (hebb_ceiling(n, threads / down) + packing);
    if (work < least) {
      least = work;
      best = down;
    }
  }
  return best;
}

bool hebb_tiles_run(const hebb_tiles_product *p, const void *a, const void *b, const void *packed,
                    const float *bias, void *c, void *scratch, int threads) {
  const int count = bounded(threads);
  const int64_t size = p->half ? 2 : 4, result = p->half_result ? 2 : 4;
  uint8_t *const memory = hebb_line_of(scratch);
  tiles_call call = {.p = p, .a = a, .b = b, .bias = bias, .c = c, .has_packed = packed != NULL};
  if (packed && !all(packed, MAX_PACKERS)) return false;
  call.packed = packed ? (uint8_t *)packed : memory;
  if (shares_batches(p, count)) {
    call.packed_stride = packed ? 0 : hebb_tiles_packed_bytes(p);
    call.own = memory + call.packed_stride * count;
    memset(call.fits, 1, sizeof call.fits);
    hebb_parallel(count, batch_body, &call);
    return all(call.fits, count);
  }
  call.own = memory + (packed ? 0 : hebb_tiles_packed_bytes(p));
  call.down = threads_down(p, count);
  int64_t present = -1;
  for (int64_t i = 0; i < p->batches; i++) {
    const int64_t offset = p->b_offsets ? p->b_offsets[i] : 0;
    call.a = (const uint8_t *)a + (p->a_offsets ? p->a_offsets[i] : 0) * size;
    call.c = (uint8_t *)c + i * p->rows * p->columns * result;
    if (!packed && offset != present) {
      hebb_tiles_pack(p, (const uint8_t *)b + offset * size, memory, count);
      if (!all(memory, MAX_PACKERS)) return false;
    }
    present = offset;
    hebb_parallel(count, product_body, &call);
    if (!all(call.fits, count)) return false;
  }
  return true;
}

#else

int64_t hebb_tiles_packed_bytes(const hebb_tiles_product *p) { return p ? 0 : 0; }

int64_t hebb_tiles_scratch_bytes(const hebb_tiles_product *p, bool is_packed, int threads) {
  return p && is_packed ? 0 * threads : 0;
}

void hebb_tiles_pack(const hebb_tiles_product *p, const void *b, void *packed, int threads) {
  (void)p, (void)b, (void)packed, (void)threads;
}

// Never called where hebb_tiles_available() says no.
bool hebb_tiles_run(const hebb_tiles_product *p, const void *a, const void *b, const void *packed,
                    const float *bias, void *c, void *scratch, int threads) {
  (void)p, (void)a, (void)b, (void)packed, (void)bias, (void)c, (void)scratch, (void)threads;
  return false;
}

#endif
