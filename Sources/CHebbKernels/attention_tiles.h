// Attention on matrix tiles, for attention.c: every product in three bf16 parts, six products of tiles, which
// is as exact as products in float32 (see tiles_support.h). Numbers are not scaled here: what is below 2^-110 loses
// digits, which no softmax feels. Numbers from 2^15 on, or that are none, are left to the loops without tiles.
//
// A brick is 16 rows (of a left factor) or columns (of a right one) by 32 of the inner index, three tiles.
// Inner indices j and j + 16 are pairs. The same numbers packed along their rows, or with pairs of rows, make
// left factors or right ones; transposing the tiles makes the other kind of the transposed matrix.
#include "tiles_support.h"

#if defined(__x86_64__)

enum { BRICK = 3 * HEBB_TILE_BYTES };

HEBB_TILES_BEGIN

/// The parts of 16 numbers, in the upper halves of words.
HEBB_TILES_INLINE void brick_parts(__m512 x, __m512i parts[3]) {
  parts[0] = hebb_tiles_rounded(x);
  x = _mm512_sub_ps(x, _mm512_castsi512_ps(parts[0]));
  parts[1] = hebb_tiles_rounded(x);
  parts[2] = _mm512_castps_si512(_mm512_sub_ps(x, _mm512_castsi512_ps(parts[1])));
}

/// A row of the three tiles of a brick.
HEBB_TILES_INLINE void brick_store(char *brick, int64_t row, const __m512i a[3], const __m512i b[3]) {
  for (int part = 0; part < 3; part++)
    _mm512_storeu_si512(brick + part * HEBB_TILE_BYTES + row * 64, hebb_tiles_pair(a[part], b[part]));
}

static void brick_transpose(char *bricks, int64_t count) {
  for (int64_t t = 0; t < 3 * count; t++, bricks += HEBB_TILE_BYTES) {
    __m512i words[16];
    for (int i = 0; i < 16; i++) words[i] = _mm512_loadu_si512(bricks + i * 64);
    hebb_avx512_transpose(words);
    for (int i = 0; i < 16; i++) _mm512_storeu_si512(bricks + i * 64, words[i]);
  }
}

/// Bricks [row / 16][depth / 32] of scale * from[rows][depth], pairs along the rows; whole pairs of blocks of
/// rows, filled up with zeros.
static __m512i pack_along(const float *from, int64_t row, int64_t rows, int64_t depth, float scale,
                          char *to, __m512i largest) {
  const int64_t chunks = (depth + 31) / 32, padded = (rows + 31) / 32 * 32;
  const __m512 factor = _mm512_set1_ps(scale);
  for (int64_t r = 0; r < padded; r++) {
    for (int64_t c = 0; c < chunks; c++) {
      __m512i a[3], b[3];
      const int64_t rest = r < rows ? depth - c * 32 : 0;
      const float *x = from + (r < rows ? r * row + c * 32 : 0);
      const __m512 x0 = _mm512_mul_ps(_mm512_maskz_loadu_ps(hebb_avx512_lanes(rest), x), factor);
      const __m512 x1 = _mm512_mul_ps(_mm512_maskz_loadu_ps(hebb_avx512_lanes(rest - 16), x + 16), factor);
      largest = hebb_tiles_watch(hebb_tiles_watch(largest, x0), x1);
      brick_parts(x0, a);
      brick_parts(x1, b);
      brick_store(to + (r / 16 * chunks + c) * BRICK, r % 16, a, b);
    }
  }
  return largest;
}

/// Bricks [column / 16][row / 32] of scale * from[rows][columns], pairs of rows; whole pairs of blocks of columns.
static __m512i pack_down(const float *from, int64_t row, int64_t rows, int64_t columns, float scale,
                         char *to, __m512i largest) {
  const int64_t chunks = (rows + 31) / 32, blocks = (columns + 31) / 32 * 2;
  const __m512 factor = _mm512_set1_ps(scale);
  for (int64_t c = 0; c < chunks; c++) {
    for (int64_t r = 0; r < 16; r++) {
      const int64_t first = c * 32 + r, second = first + 16;
      for (int64_t block = 0; block < blocks; block++) {
        __m512i a[3], b[3];
        const __mmask16 lanes = hebb_avx512_lanes(columns - block * 16);
        const __m512 x0 = _mm512_mul_ps(
            _mm512_maskz_loadu_ps(first < rows ? lanes : 0, from + first * row + block * 16), factor);
        const __m512 x1 = _mm512_mul_ps(
            _mm512_maskz_loadu_ps(second < rows ? lanes : 0, from + second * row + block * 16), factor);
        largest = hebb_tiles_watch(hebb_tiles_watch(largest, x0), x1);
        brick_parts(x0, a);
        brick_parts(x1, b);
        brick_store(to + (block * chunks + c) * BRICK, r, a, b);
      }
    }
  }
  return largest;
}

#define LOAD_A(part)                                                          \
  _tile_loadd(4, a0 + (part) * HEBB_TILE_BYTES, 64);                          \
  _tile_loadd(5, a1 + (part) * HEBB_TILE_BYTES, 64);
#define LOAD_B(part)                                                          \
  _tile_loadd(6, b0 + (part) * HEBB_TILE_BYTES, 64);                          \
  _tile_loadd(7, b1 + (part) * HEBB_TILE_BYTES, 64);
#define MULTIPLY                                                              \
  _tile_dpbf16ps(0, 4, 6);                                                    \
  _tile_dpbf16ps(1, 4, 7);                                                    \
  _tile_dpbf16ps(2, 5, 6);                                                    \
  _tile_dpbf16ps(3, 5, 7);

/// c[32][32] = or += a b: two bricks high and wide, `chunks` deep; the second brick lies `a_side` or `b_side`
/// bytes behind the first.
static void brick_product(int64_t chunks, const char *a, int64_t a_side, const char *b, int64_t b_side,
                          float *c, int64_t c_row, bool add) {
  const size_t step = (size_t)c_row * sizeof(float);
  if (add) {
    _tile_loadd(0, c, step);
    _tile_loadd(1, c + 16, step);
    _tile_loadd(2, c + 16 * c_row, step);
    _tile_loadd(3, c + 16 * c_row + 16, step);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t k = 0; k < chunks; k++) {
    const char *a0 = a + k * BRICK, *a1 = a0 + a_side, *b0 = b + k * BRICK, *b1 = b0 + b_side;
    LOAD_A(2) LOAD_B(0) MULTIPLY
    LOAD_A(1) MULTIPLY
    LOAD_B(1) MULTIPLY
    LOAD_A(0) MULTIPLY
    LOAD_B(2) MULTIPLY
    LOAD_B(0) MULTIPLY
  }
  _tile_stored(0, c, step);
  _tile_stored(1, c + 16, step);
  _tile_stored(2, c + 16 * c_row, step);
  _tile_stored(3, c + 16 * c_row + 16, step);
}

#undef LOAD_A
#undef LOAD_B
#undef MULTIPLY

/// How many of the keys first ..< first + count a group of 32 queries sees, in whole chunks.
static int64_t group_limit(const attention_job *j, int64_t query, int64_t first, int64_t count) {
  const int64_t seen = attention_seen_level3(j, query + 31, first, count);
  return (seen + 31) / 32 * 32;
}

/// target[rows][keys first ..< first + count] = a b, as far as queries see them.
static void score_bricks(const attention_job *j, const char *a, const char *b, int64_t chunks,
                         int64_t query, int64_t rows, int64_t first, int64_t count, float *target) {
  for (int64_t g = 0; g < rows; g += 32) {
    const int64_t limit = group_limit(j, query + g, first, count);
    for (int64_t k = 0; k < limit; k += 32)
      brick_product(chunks, a + g / 16 * chunks * BRICK, chunks * BRICK,
                    b + (first + k) / 16 * chunks * BRICK, chunks * BRICK, target + g * SCORE_ROW + k,
                    SCORE_ROW, false);
  }
}

static void tiles_begin(void) { hebb_tiles_configure(); }
static void tiles_end(void) { _tile_release(); }

static bool tiles_fit(__m512i largest) { return hebb_tiles_fits(largest, 0x47000000u); }

/// As attention_forward_head; false where numbers are too large.
static bool tiles_forward_head(const attention_job *j, const attention_scratch *s, int64_t head,
                               int64_t begin, int64_t end, bool packed) {
  const hebb_attention *a = j->a;
  const hebb_attention_layout *l = j->layout;
  const hebb_attention_memory *m = j->memory;
  const int64_t size = a->size, value_size = a->value_size;
  const int64_t depth = (size + 31) / 32, key_chunks = (a->keys + 31) / 32;
  __m512i largest = _mm512_setzero_si512();
  if (!packed) {
    largest = pack_along(m->k + attention_offset(j, &l->k, head), l->k.row, a->keys, size, 1,
                         s->k_bricks, largest);
    brick_transpose(s->k_bricks, key_chunks * 2 * depth);
    largest = pack_down(m->v + attention_offset(j, &l->v, head), l->v.row, a->keys, value_size, 1,
                        s->v_bricks, largest);
  }
  const float *q = m->q + attention_offset(j, &l->q, head);
  float *y = m->y + attention_offset(j, &l->y, head);
  const char *mask = attention_mask(j, head);
  uint64_t bits[KEY_BLOCK / 64];
  float tops[QUERY_BLOCK], totals[QUERY_BLOCK];
  for (int64_t query = begin; query < end; query += QUERY_BLOCK) {
    const int64_t rows = hebb_smaller(QUERY_BLOCK, end - query);
    largest = pack_along(q + query * l->q.row, l->q.row, rows, size, a->scale, s->q_bricks, largest);
    if (!tiles_fit(largest)) return false;
    memset(s->y_rows, 0, (size_t)(QUERY_BLOCK * j->value_padded) * sizeof(float));
    for (int64_t r = 0; r < QUERY_BLOCK; r++) tops[r] = -INFINITY, totals[r] = 0;
    const int64_t limit = attention_seen_level3(j, query + rows - 1, 0, a->keys);
    for (int64_t first = 0; first < limit; first += KEY_BLOCK) {
      const int64_t count = hebb_smaller(KEY_BLOCK, limit - first);
      score_bricks(j, s->q_bricks, s->k_bricks, depth, query, rows, first, count, s->scores);
      for (int64_t g = 0; g < rows; g += 32) {
        const int64_t widest = group_limit(j, query + g, first, count);
        if (widest == 0) continue;
        const int64_t chunks = widest / 32;
        for (int64_t r = g; r < g + 32; r++) {
          float *scores = s->scores + r * SCORE_ROW;
          char *bricks = s->p_bricks + r / 16 * (KEY_BLOCK / 32) * BRICK;
          const int64_t seen = r < rows ? attention_seen_level3(j, query + r, first, count) : 0;
          if (j->dropout && seen > 0)
            attention_keep_bits_level3(j, head * a->queries + query + r, first, seen, bits);
          attention_mask_row_level3(j, mask ? mask + (query + r) * j->mask_row_bytes : NULL, first, seen,
                                    scores);
          attention_weigh_row_level3(j, j->dropout ? bits : NULL, scores, seen, widest, tops + r, totals + r,
                                     s->y_rows + r * j->value_padded, j->value_padded);
          for (int64_t c = 0; c < chunks; c++) {
            __m512i low[3], high[3];
            brick_parts(_mm512_loadu_ps(scores + c * 32), low);
            brick_parts(_mm512_loadu_ps(scores + c * 32 + 16), high);
            brick_store(bricks + c * BRICK, r % 16, low, high);
          }
        }
        for (int64_t c = 0; c < value_size; c += 32)
          brick_product(chunks, s->p_bricks + g / 16 * (KEY_BLOCK / 32) * BRICK, KEY_BLOCK / 32 * BRICK,
                        s->v_bricks + (c / 16 * key_chunks + first / 32) * BRICK, key_chunks * BRICK,
                        s->y_rows + g * j->value_padded + c, j->value_padded, true);
      }
    }
    attention_finish_rows_level3(j, s, head, query, rows, tops, totals, y);
  }
  return true;
}

/// Rows r and r + 16 of scores and slopes become bricks: weights after dropout and slopes of scores, both with
/// pairs of rows, and the latter also along the rows.
static void slope_bricks(const attention_job *j, const attention_scratch *s, int64_t r, int64_t limit,
                         const uint64_t *bits[2], const float *logarithms, const float *means) {
  const __m512 kept = _mm512_set1_ps(j->a->kept_scale);
  const int64_t group = r / 32, row = r % 16;
  for (int64_t c = 0; c < limit; c += 32) {
    __m512i weights[2][2][3], slopes[2][2][3];  // [row][half][part]
    for (int i = 0; i < 2; i++) {
      const float *scores = s->scores + (r + 16 * i) * SCORE_ROW + c;
      const float *ds = s->slopes + (r + 16 * i) * SCORE_ROW + c;
      const vfloat_level3 shift = (vfloat_level3)_mm512_set1_ps(logarithms[r + 16 * i]);
      const __m512 mean = _mm512_set1_ps(means[r + 16 * i]);
      for (int half = 0; half < 2; half++) {
        const __m512 weight = (__m512)vf_exp_level3((vfloat_level3)_mm512_loadu_ps(scores + 16 * half) - shift);
        __m512 slope = _mm512_loadu_ps(ds + 16 * half), stays = weight;
        if (bits[i]) {
          const int64_t at = c + 16 * half;
          const __mmask16 mask = (__mmask16)(bits[i][at / 64] >> (at % 64));
          slope = _mm512_maskz_mul_ps(mask, slope, kept);
          stays = _mm512_maskz_mov_ps(mask, weight);
        }
        brick_parts(stays, weights[i][half]);
        brick_parts(_mm512_mul_ps(weight, _mm512_sub_ps(slope, mean)), slopes[i][half]);
      }
      brick_store(s->ds_bricks + ((r / 16 + i) * (KEY_BLOCK / 32) + c / 32) * BRICK, row, slopes[i][0],
                  slopes[i][1]);
    }
    for (int half = 0; half < 2; half++) {
      const int64_t brick = (c / 16 + half) * (QUERY_BLOCK / 32) + group;
      brick_store(s->p_bricks + brick * BRICK, row, weights[0][half], weights[1][half]);
      brick_store(s->ds_down_bricks + brick * BRICK, row, slopes[0][half], slopes[1][half]);
    }
  }
}

/// target[size][keys first ..< first + count] += x weights; x are bricks of its transpose, 32 queries a chunk.
static void add_bricks(const attention_job *j, const char *weights, int64_t query, int64_t rows,
                       int64_t first, int64_t count, const char *x, int64_t size, float *target,
                       int64_t target_row) {
  const int64_t groups = (rows + 31) / 32, side = QUERY_BLOCK / 32 * BRICK;
  for (int64_t k = 0; k < count; k += 32) {
    int64_t from = 0;
    while (from < groups && group_limit(j, query + from * 32, first, count) <= k) from++;
    if (from == groups) continue;
    for (int64_t c = 0; c < size; c += 32)
      brick_product(groups - from, x + (c / 16 * groups + from) * BRICK, groups * BRICK,
                    weights + k / 16 * side + from * BRICK, side, target + c * target_row + first + k,
                    target_row, true);
  }
}

/// to[key][c] = scale * from[c][key].
static void unpack_turned(const float *from, int64_t from_row, int64_t keys, int64_t size, float scale,
                          float *to, int64_t row) {
  float block[16 * 16];
  for (int64_t k = 0; k < keys; k += 16) {
    for (int64_t c = 0; c < size; c += 16) {
      attention_transpose_16_level3(from + c * from_row + k, from_row, block, 16);
      const __mmask16 lanes = hebb_avx512_lanes(size - c);
      for (int64_t i = 0; i < 16 && k + i < keys; i++)
        _mm512_mask_storeu_ps(to + (k + i) * row + c, lanes,
                              _mm512_mul_ps(_mm512_loadu_ps(block + 16 * i), _mm512_set1_ps(scale)));
    }
  }
}

/// As attention_gradient_head; false where numbers are too large.
static bool tiles_gradient_head(const attention_job *j, const attention_scratch *s, int64_t head) {
  const hebb_attention *a = j->a;
  const hebb_attention_layout *l = j->layout;
  const hebb_attention_memory *m = j->memory;
  const int64_t size = a->size, value_size = a->value_size;
  const int64_t depth = (size + 31) / 32, value_depth = (value_size + 31) / 32;
  const int64_t key_chunks = (a->keys + 31) / 32, turned_row = key_chunks * 32 + 16;
  const float *q = m->q + attention_offset(j, &l->q, head);
  const float *k = m->k + attention_offset(j, &l->k, head);
  const float *v = m->v + attention_offset(j, &l->v, head);
  const float *y = m->y + attention_offset(j, &l->y, head);
  const float *dy = m->dy + attention_offset(j, &l->dy, head);
  const char *mask = attention_mask(j, head);
  __m512i largest = _mm512_setzero_si512();
  largest = pack_along(k, l->k.row, a->keys, size, 1, s->k_bricks, largest);
  brick_transpose(s->k_bricks, key_chunks * 2 * depth);
  largest = pack_along(v, l->v.row, a->keys, value_size, 1, s->v_bricks, largest);
  brick_transpose(s->v_bricks, key_chunks * 2 * value_depth);
  largest = pack_down(k, l->k.row, a->keys, size, 1, s->k_down_bricks, largest);
  memset(s->dk_rows, 0, (size_t)(depth * 32 * turned_row) * sizeof(float));
  memset(s->dv_rows, 0, (size_t)(value_depth * 32 * turned_row) * sizeof(float));
  uint64_t bits[2][KEY_BLOCK / 64];
  float means[QUERY_BLOCK], logarithms[QUERY_BLOCK];
  for (int64_t query = 0; query < a->queries; query += QUERY_BLOCK) {
    const int64_t rows = hebb_smaller(QUERY_BLOCK, a->queries - query);
    const int64_t groups = (rows + 31) / 32;
    const float *here = q + query * l->q.row, *slope = dy + query * l->dy.row;
    largest = pack_along(here, l->q.row, rows, size, a->scale, s->q_bricks, largest);
    largest = pack_along(slope, l->dy.row, rows, value_size, 1, s->dy_bricks, largest);
    if (!tiles_fit(largest)) return false;
    pack_down(here, l->q.row, rows, size, a->scale, s->q_down_bricks, largest);
    brick_transpose(s->q_down_bricks, groups * 2 * depth);
    pack_down(slope, l->dy.row, rows, value_size, 1, s->dy_down_bricks, largest);
    brick_transpose(s->dy_down_bricks, groups * 2 * value_depth);
    for (int64_t r = 0; r < QUERY_BLOCK; r++) {
      // Rows behind the last have no weights.
      means[r] = 0;
      logarithms[r] = INFINITY;
      if (r >= rows) continue;
      logarithms[r] = m->logarithms[head * a->queries + query + r];
      __m512 sum = _mm512_setzero_ps();
      for (int64_t c = 0; c < value_size; c += 16) {
        const __mmask16 lanes = hebb_avx512_lanes(value_size - c);
        sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(lanes, slope + r * l->dy.row + c),
                              _mm512_maskz_loadu_ps(lanes, y + (query + r) * l->y.row + c), sum);
      }
      means[r] = _mm512_reduce_add_ps(sum);
    }
    memset(s->dq_rows, 0, (size_t)(QUERY_BLOCK * j->padded) * sizeof(float));
    const int64_t limit = attention_seen_level3(j, query + rows - 1, 0, a->keys);
    for (int64_t first = 0; first < limit; first += KEY_BLOCK) {
      const int64_t count = hebb_smaller(KEY_BLOCK, limit - first);
      score_bricks(j, s->q_bricks, s->k_bricks, depth, query, rows, first, count, s->scores);
      score_bricks(j, s->dy_bricks, s->v_bricks, value_depth, query, rows, first, count, s->slopes);
      for (int64_t g = 0; g < rows; g += 32) {
        const int64_t widest = group_limit(j, query + g, first, count);
        if (widest == 0) continue;
        for (int64_t r = g; r < g + 16; r++) {
          for (int i = 0; i < 2; i++) {
            const int64_t here = r + 16 * i;
            float *scores = s->scores + here * SCORE_ROW;
            const int64_t seen = here < rows ? attention_seen_level3(j, query + here, first, count) : 0;
            if (j->dropout && seen > 0)
              attention_keep_bits_level3(j, head * a->queries + query + here, first, widest, bits[i]);
            attention_mask_row_level3(j, mask ? mask + (query + here) * j->mask_row_bytes : NULL, first,
                                      seen, scores);
            for (int64_t c = (seen + 15) / 16 * 16; c < widest; c += 16)
              _mm512_storeu_ps(scores + c, _mm512_set1_ps(-INFINITY));
          }
          const uint64_t *kept[2] = {j->dropout ? bits[0] : NULL, j->dropout ? bits[1] : NULL};
          slope_bricks(j, s, r, widest, kept, logarithms, means);
        }
        for (int64_t c = 0; c < size; c += 32)
          brick_product(widest / 32, s->ds_bricks + g / 16 * (KEY_BLOCK / 32) * BRICK, KEY_BLOCK / 32 * BRICK,
                        s->k_down_bricks + (c / 16 * key_chunks + first / 32) * BRICK, key_chunks * BRICK,
                        s->dq_rows + g * j->padded + c, j->padded, true);
      }
      add_bricks(j, s->p_bricks, query, rows, first, count, s->dy_down_bricks, value_size, s->dv_rows,
                 turned_row);
      add_bricks(j, s->ds_down_bricks, query, rows, first, count, s->q_down_bricks, size, s->dk_rows,
                 turned_row);
    }
    attention_unpack_rows_level3(s->dq_rows, j->padded, rows, size, a->scale,
                                 m->dq + attention_offset(j, &l->dq, head) + query * l->dq.row, l->dq.row);
  }
  unpack_turned(s->dk_rows, turned_row, a->keys, size, 1, m->dk + attention_offset(j, &l->dk, head),
                l->dk.row);
  unpack_turned(s->dv_rows, turned_row, a->keys, value_size, j->dropout ? a->kept_scale : 1,
                m->dv + attention_offset(j, &l->dv, head), l->dv.row);
  return true;
}

HEBB_TILES_END

#endif
