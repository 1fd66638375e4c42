// Attention by blocks of queries and keys: the scores of a block stay in the cache. Heads are shared by the
// threads; every sum has an order of its own, whatever their number.
#include "hebb_attention.h"

#include <math.h>

#include "loops_philox.h"
#include "hebb_tiles.h"
#include "loops_support.h"

/// Queries and keys of a block. Rows of scores are a little longer, so that they start in different sets of the
/// cache.
enum { QUERY_BLOCK = 64, KEY_BLOCK = 256, SCORE_ROW = KEY_BLOCK + 16 };
/// Columns of a panel of a right factor, and rows of a tile of a product.
enum { PANEL = 64, GROUP = 6 };

typedef struct {
  const hebb_attention *a;
  const hebb_attention_layout *layout;
  const hebb_attention_memory *memory;
  philox_stream stream;
  bool dropout, tiles;
  int64_t heads, padded, value_padded, mask_stride, mask_row_bytes;
  float *scratch;
  int64_t scratch_floats;  // of one thread
  int64_t chunks, chunk;   // parts of a head's queries that are work of their own
} attention_job;

/// What one thread needs.
typedef struct {
  float *k_columns, *v_rows, *q_rows, *y_rows, *scores;
  float *v_columns, *k_rows, *dk_rows, *dv_rows, *dy_rows, *dq_rows, *slopes;  // for the gradient
  // On tiles; what loops without them need lies in the same memory.
  char *k_bricks, *v_bricks, *q_bricks, *p_bricks;
  char *k_down_bricks, *q_down_bricks, *dy_bricks, *dy_down_bricks, *ds_bricks, *ds_down_bricks;
} attention_scratch;

static int64_t attention_offset(const attention_job *j, const hebb_attention_rows *rows, int64_t head) {
  int64_t offset = 0;
  for (int d = j->a->outer_rank - 1; d >= 0; d--) {
    offset += head % j->a->outer[d] * rows->outer[d];
    head /= j->a->outer[d];
  }
  return offset;
}

static const char *attention_mask(const attention_job *j, int64_t head) {
  if (j->a->mask == HEBB_ATTENTION_NO_MASK) return NULL;
  const int64_t bytes = j->a->mask == HEBB_ATTENTION_TRUTHS ? 1 : 4;
  return (const char *)j->memory->mask + attention_offset(j, &j->layout->mask, head) * bytes;
}

#define HEBB_TEMPLATE "attention_kernels.h"
#include "loops_levels.h"

#include "attention_tiles.h"

static int64_t rounded_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/// Whether tiles are there and their bricks would be well filled.
static bool on_tiles(const hebb_attention *a) {
  return hebb_vector_level() >= 3 && hebb_tiles_available() && a->size >= 24 && a->value_size >= 24
      && a->queries >= 24 && a->keys >= 24;
}

/// Lays out the memory of a thread; returns how many floats it takes.
static int64_t lay_out(const hebb_attention *a, bool gradient, float *base, attention_scratch *s) {
  const int64_t keys = rounded_up(a->keys, PANEL), size = rounded_up(a->size, PANEL);
  const int64_t value_size = rounded_up(a->value_size, PANEL);
  int64_t used = 0;
#define TAKE(name, count) \
  s->name = base ? base + used : NULL; \
  used += rounded_up(count, 16) + 16;
  TAKE(k_columns, keys * a->size)
  TAKE(q_rows, QUERY_BLOCK * size)
  TAKE(y_rows, QUERY_BLOCK * value_size)
  TAKE(scores, QUERY_BLOCK * SCORE_ROW)
  if (gradient) {
    TAKE(v_columns, keys * a->value_size)
    TAKE(k_rows, keys * size)
    TAKE(dk_rows, (keys + 16) * size)
    TAKE(dv_rows, (keys + 16) * value_size)
    TAKE(dy_rows, QUERY_BLOCK * value_size)
    TAKE(dq_rows, QUERY_BLOCK * size)
    TAKE(slopes, QUERY_BLOCK * SCORE_ROW)
  } else {
    TAKE(v_rows, keys * value_size)
  }
#undef TAKE
  if (!on_tiles(a)) return rounded_up(used, 1024);
#if defined(__x86_64__)
  // Bricks take the place of packed numbers; rows of scores, outputs and gradients of queries are the same.
  const int64_t depth = (a->size + 31) / 32, value_depth = (a->value_size + 31) / 32;
  const int64_t key_blocks = (a->keys + 31) / 32 * 2, query_blocks = QUERY_BLOCK / 16;
  int64_t start = used;
#define TAKE(name, count) \
  s->name = base ? (char *)(base + start) : NULL; \
  start += (count) * (BRICK / (int64_t)sizeof(float)) + 16;
  TAKE(k_bricks, key_blocks * depth)
  TAKE(v_bricks, key_blocks * value_depth)
  TAKE(q_bricks, query_blocks * depth)
  TAKE(p_bricks, query_blocks * (KEY_BLOCK / 32))
  if (gradient) {
    TAKE(k_down_bricks, key_blocks * depth)
    TAKE(q_down_bricks, query_blocks * depth)
    TAKE(dy_bricks, query_blocks * value_depth)
    TAKE(dy_down_bricks, query_blocks * value_depth)
    TAKE(ds_bricks, query_blocks * (KEY_BLOCK / 32))
    TAKE(ds_down_bricks, query_blocks * (KEY_BLOCK / 32))
  }
#undef TAKE
  return rounded_up(start, 1024);
#else
  return rounded_up(used, 1024);
#endif
}

int64_t hebb_attention_scratch_bytes(const hebb_attention *a, bool gradient, int threads) {
  attention_scratch s;
  return lay_out(a, gradient, NULL, &s) * (int64_t)sizeof(float) * (threads < 1 ? 1 : threads);
}

static attention_job make_job(const hebb_attention *a, const hebb_attention_layout *layout,
                              const hebb_attention_memory *memory, void *scratch, bool gradient) {
  attention_scratch s;
  attention_job j = {.a = a, .layout = layout, .memory = memory, .scratch = scratch};
  j.stream = (philox_stream){memory->key, memory->step, a->threshold, 0};
  j.dropout = a->threshold > 0;
  j.tiles = on_tiles(a);
  j.heads = 1;
  for (int d = 0; d < a->outer_rank; d++) j.heads *= a->outer[d];
  j.padded = rounded_up(a->size, PANEL);
  j.value_padded = rounded_up(a->value_size, PANEL);
  j.mask_stride = rounded_up(a->keys, 64);
  j.mask_row_bytes = layout->mask.row * (a->mask == HEBB_ATTENTION_TRUTHS ? 1 : 4);
  j.scratch_floats = lay_out(a, gradient, NULL, &s);
  return j;
}

static int threads_of(const attention_job *j, int64_t items, int threads) {
  const hebb_attention *a = j->a;
  const int64_t work = j->heads * a->queries * a->keys * (a->size + a->value_size) / 16;
  return hebb_threads_for(work, items, threads);
}

#if defined(__x86_64__)

static bool tiles_forward(const attention_job *j, const attention_scratch *s, int64_t head, int64_t begin,
                          int64_t end, bool packed) {
  return tiles_forward_head(j, s, head, begin, end, packed);
}
static bool tiles_gradient(const attention_job *j, const attention_scratch *s, int64_t head) {
  return tiles_gradient_head(j, s, head);
}
static void begin_tiles(const attention_job *j) {
  if (j->tiles) tiles_begin();
}
static void end_tiles(const attention_job *j) {
  if (j->tiles) tiles_end();
}

#else

static bool tiles_forward(const attention_job *j, const attention_scratch *s, int64_t head, int64_t begin,
                          int64_t end, bool packed) {
  (void)j, (void)s, (void)head, (void)begin, (void)end, (void)packed;
  return false;
}
static bool tiles_gradient(const attention_job *j, const attention_scratch *s, int64_t head) {
  (void)j, (void)s, (void)head;
  return false;
}
static void begin_tiles(const attention_job *j) { (void)j; }
static void end_tiles(const attention_job *j) { (void)j; }

#endif

static void forward_body(void *context, int index, int count) {
  const attention_job *j = context;
  attention_scratch s;
  lay_out(j->a, false, j->scratch + j->scratch_floats * index, &s);
  const hebb_range range = hebb_part(j->heads * j->chunks, 1, index, count);
  int64_t packed = -1;
  begin_tiles(j);
  for (int64_t item = range.begin; item < range.end; item++) {
    const int64_t head = item / j->chunks, begin = item % j->chunks * j->chunk;
    const int64_t end = hebb_smaller(begin + j->chunk, j->a->queries);
    if (begin >= end) continue;
    const bool is_packed = packed == head;
    packed = head;
    if (j->tiles && tiles_forward(j, &s, head, begin, end, is_packed)) continue;
    HEBB_AT_LEVEL(attention_forward_head)(j, &s, head, begin, end, !j->tiles && is_packed);
    // Numbers that tiles refuse are packed and refused again for each part of the head.
    if (j->tiles) packed = -1;
  }
  end_tiles(j);
}

void hebb_attention_forward(const hebb_attention *a, const hebb_attention_layout *layout,
                            const hebb_attention_memory *memory, void *scratch, int threads) {
  attention_job j = make_job(a, layout, memory, scratch, false);
  // Few heads are cut, so that every thread gets a similar share.
  const int64_t blocks = (a->queries + QUERY_BLOCK - 1) / QUERY_BLOCK;
  const bool few = j.heads < 4 * threads && threads > 1;
  j.chunks = few ? hebb_smaller(blocks, (4 * threads + j.heads - 1) / j.heads) : 1;
  j.chunk = (blocks + j.chunks - 1) / j.chunks * QUERY_BLOCK;
  hebb_parallel(threads_of(&j, j.heads * j.chunks, threads), forward_body, &j);
}

static void gradient_body(void *context, int index, int count) {
  const attention_job *j = context;
  attention_scratch s;
  lay_out(j->a, true, j->scratch + j->scratch_floats * index, &s);
  const hebb_range range = hebb_part(j->heads, 1, index, count);
  begin_tiles(j);
  for (int64_t head = range.begin; head < range.end; head++)
    if (!(j->tiles && tiles_gradient(j, &s, head)))
      HEBB_AT_LEVEL(attention_gradient_head)(j, &s, head);
  end_tiles(j);
}

void hebb_attention_gradient(const hebb_attention *a, const hebb_attention_layout *layout,
                             const hebb_attention_memory *memory, void *scratch, int threads) {
  attention_job j = make_job(a, layout, memory, scratch, true);
  hebb_parallel(threads_of(&j, j.heads, threads), gradient_body, &j);
}
