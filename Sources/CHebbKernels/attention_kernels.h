// Template of attention.c, included once for each vector level by loops_levels.h. All right factors of
// products are rows of 64 floats or a multiple of that, filled up with zeros.
#include "vector_math.h"
#include "loops_philox_blocks.h"
#include "attention_products.h"

#define LANES HEBB_LANES_32
#define A(name) HEBB_L(attention_##name)

// MARK: Rows of scores

HEBB_INLINE vfloat A(larger)(vfloat a, vfloat b) { return vf_select(a > b, a, b); }

/// What is larger, or what is added, over all lanes.
HEBB_INLINE float A(largest)(vfloat v) {
  float lanes[LANES];
  memcpy(lanes, &v, sizeof v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++)
      lanes[i] = lanes[i] > lanes[i + width] ? lanes[i] : lanes[i + width];
  return lanes[0];
}
HEBB_INLINE float A(sum)(vfloat v) {
  float lanes[LANES];
  memcpy(lanes, &v, sizeof v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

HEBB_INLINE vint A(lanes)(void) {
  vint lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  return lane;
}

/// Which weights of a row stay: one bit for each key.
static void A(keep_bits)(const attention_job *j, int64_t row, int64_t first, int64_t count,
                         uint64_t *bits) {
  const uint64_t block = (uint64_t)(row * j->mask_stride + first) / 8;
  if (j->stream.threshold > 0xffff) {
    memset(bits, 0, (size_t)((count + 63) / 64) * 8);
    return;
  }
  for (int64_t i = 0; i * 64 < count; i++) {
#if HEBB_LEVEL == 3
    const __m512i threshold = _mm512_set1_epi16((short)j->stream.threshold);
    const philox_pair pair = philox_blocks(&j->stream, block + (uint64_t)i * 8);
    const uint64_t low = _mm512_cmpge_epu16_mask((__m512i)pair.low, threshold);
    const uint64_t high = _mm512_cmpge_epu16_mask((__m512i)pair.high, threshold);
    bits[i] = low | high << 32;
#else
    uint64_t word = 0;
    for (int part = 0; part < 8; part += HEBB_LANES_64) {
      const philox_pair pair = philox_blocks(&j->stream, block + (uint64_t)(i * 8 + part));
      uint16_t numbers[HEBB_BYTES];
      memcpy(numbers, &pair, sizeof pair);
      for (int n = 0; n < HEBB_BYTES; n++)
        word |= (uint64_t)(numbers[n] >= j->stream.threshold) << (part * 8 + n);
    }
    bits[i] = word;
#endif
  }
}

/// x where the bits from `i` on are set, else 0.
HEBB_INLINE vfloat A(kept)(const uint64_t *bits, int64_t i, vfloat x) {
  const uint32_t here = (uint32_t)(bits[i / 64] >> (i % 64));
#if HEBB_LEVEL == 3
  return (vfloat)_mm512_maskz_mov_ps((__mmask16)here, (__m512)x);
#else
  vint mask;
  for (int lane = 0; lane < LANES; lane++) mask[lane] = -(int32_t)(here >> lane & 1);
  return vf_select(mask, x, vf_splat(0));
#endif
}

/// Applies the mask to the scores of a row, keys `first` on, and hides what lies behind `count` in the last
/// vector.
static void A(mask_row)(const attention_job *j, const char *mask, int64_t first, int64_t count,
                        float *scores) {
  const int64_t column = j->layout->mask.column;
  if (j->a->mask == HEBB_ATTENTION_NUMBERS) {
    const float *m = (const float *)mask + first * column;
    for (int64_t i = 0; i < count; i++) scores[i] += m[i * column];
  } else if (j->a->mask == HEBB_ATTENTION_TRUTHS) {
    const uint8_t *m = (const uint8_t *)mask + first * column;
    for (int64_t i = 0; i < count; i++) scores[i] = m[i * column] ? scores[i] : -INFINITY;
  }
  for (int64_t i = count; i % LANES != 0; i++) scores[i] = -INFINITY;
}

/// The scores of a row, keys first ..< first + count, become weights relative to the largest so far; `top`,
/// `total` and the outputs so far follow. Behind them come zeros up to `padded`.
static void A(weigh_row)(const attention_job *j, const uint64_t *bits, float *scores, int64_t count,
                         int64_t padded, float *top, float *total, float *y, int64_t y_count) {
  vfloat tops[2] = {vf_splat(*top), vf_splat(*top)};
  int64_t i = 0;
  for (; i + LANES < count; i += 2 * LANES) {
    tops[0] = A(larger)(tops[0], vf_load(scores + i));
    tops[1] = A(larger)(tops[1], vf_load(scores + i + LANES));
  }
  for (; i < count; i += LANES) tops[0] = A(larger)(tops[0], vf_load(scores + i));
  const float largest = A(largest)(A(larger)(tops[0], tops[1]));
  // A row of which nothing has been seen yet must not give NaN.
  const vfloat shift = vf_splat(largest == -INFINITY ? 0 : largest);
  if (*total != 0 && largest != *top) {
    const float factor = vf_exp(vf_splat(*top) - shift)[0];
    *total *= factor;
    for (i = 0; i < y_count; i += LANES) vf_store(y + i, vf_load(y + i) * factor);
  }
  *top = largest;
  vfloat sums[2] = {vf_splat(0), vf_splat(0)};
  for (i = 0; i < count; i += LANES) {
    const vfloat e = vf_exp(vf_load(scores + i) - shift);
    sums[i / LANES & 1] += e;
    vf_store(scores + i, bits ? A(kept)(bits, i, e) : e);
  }
  *total += A(sum)(sums[0] + sums[1]);
  for (; i < padded; i += LANES) vf_store(scores + i, vf_splat(0));
}

/// The scores of a row become weights after dropout, without its scale; the slopes of weights become those of
/// scores.
static void A(slope_row)(const attention_job *j, const uint64_t *bits, float *scores, float *slopes,
                         int64_t count, int64_t padded, float logarithm, float mean) {
  const vfloat shift = vf_splat(logarithm), less = vf_splat(mean);
  const vfloat scale = vf_splat(bits ? j->a->kept_scale : 1);
  int64_t i = 0;
  for (; i < count; i += LANES) {
    const vfloat weight = vf_exp(vf_load(scores + i) - shift);
    vfloat slope = vf_load(slopes + i);
    if (bits) slope = A(kept)(bits, i, slope * scale);
    vf_store(slopes + i, weight * (slope - less));
    vf_store(scores + i, bits ? A(kept)(bits, i, weight) : weight);
  }
  for (; i < padded; i += LANES) {
    vf_store(scores + i, vf_splat(0));
    vf_store(slopes + i, vf_splat(0));
  }
}

// MARK: Packing

/// to[i][c] = scale * from[i][c], rows of `padded` floats filled up with zeros.
static void A(pack_rows)(const float *from, int64_t row, int64_t rows, int64_t size, float scale,
                         float *to, int64_t padded) {
  const vfloat factor = vf_splat(scale);
  for (int64_t i = 0; i < rows; i++, from += row, to += padded) {
    int64_t c = 0;
    for (; c + LANES <= size; c += LANES) vf_store(to + c, vf_load(from + c) * factor);
    if (c < size) {
      vf_store(to + c, vf_load_part(from + c, size - c) * factor);
      c += LANES;
    }
    for (; c < padded; c += LANES) vf_store(to + c, vf_splat(0));
  }
}

/// Panels of 64 rows: to[panel][c][row]; rows behind the last are zero.
static void A(pack_columns)(const float *from, int64_t row, int64_t rows, int64_t size, float *to) {
  for (int64_t first = 0; first < rows; first += PANEL, to += size * PANEL) {
    const int64_t here = hebb_smaller(PANEL, rows - first);
    for (int64_t r = 0; r < PANEL; r += 16) {
      for (int64_t c = 0; c < size; c += 16) {
        const int64_t wide = hebb_smaller(16, size - c);
        if (r + 16 <= here && wide == 16) {
          A(transpose_16)(from + (first + r) * row + c, row, to + c * PANEL + r, PANEL);
          continue;
        }
        for (int64_t x = 0; x < wide; x++)
          for (int64_t i = 0; i < 16; i++)
            to[(c + x) * PANEL + r + i] = r + i < here ? from[(first + r + i) * row + c + x] : 0;
      }
    }
  }
}

// MARK: Heads

/// The number of the keys first ..< first + count that query i sees.
HEBB_INLINE int64_t A(seen)(const attention_job *j, int64_t i, int64_t first, int64_t count) {
  if (!j->a->causal) return count;
  const int64_t seen = i + 1 - first;
  return seen < 0 ? 0 : seen < count ? seen : count;
}

/// target[rows][..] = x[rows][size] * panels of keys first ..< first + count, as far as queries see them.
static void A(score_block)(const attention_job *j, const float *x, int64_t x_row, int64_t size,
                           const float *panels, int64_t query, int64_t rows, int64_t first,
                           int64_t count, float *target) {
  for (int64_t p = 0; p < count; p += PANEL) {
    const float *panel = panels + (first + p) * size;
    const int64_t here = hebb_smaller(PANEL, count - p);
    for (int64_t g = 0; g < rows; g += GROUP) {
      const int64_t tall = hebb_smaller(GROUP, rows - g);
      const int64_t seen = A(seen)(j, query + g + tall - 1, first + p, here);
      if (seen > 0)
        A(product)(tall, seen, size, x + g * x_row, x_row, 1, panel, PANEL,
                   target + g * SCORE_ROW + p, SCORE_ROW, false);
    }
  }
}

/// Writes the outputs of a block of queries and the logarithms of their sums.
static void A(finish_rows)(const attention_job *j, const attention_scratch *s, int64_t head, int64_t query,
                           int64_t rows, const float *tops, const float *totals, float *y) {
  const hebb_attention *a = j->a;
  const int64_t value_size = a->value_size;
  const float kept = j->dropout ? a->kept_scale : 1;
  for (int64_t r = 0; r < rows; r++) {
    const vfloat factor = vf_splat(kept / totals[r]);
    const float *from = s->y_rows + r * j->value_padded;
    float *to = y + (query + r) * j->layout->y.row;
    int64_t c = 0;
    for (; c + LANES <= value_size; c += LANES) vf_store(to + c, vf_load(from + c) * factor);
    if (c < value_size) vf_store_part(to + c, vf_load(from + c) * factor, value_size - c);
  }
  float *logarithms = j->memory->logarithms + head * a->queries + query;
  for (int64_t r = 0; r < rows; r += LANES) {
    const vfloat value = vf_load(tops + r) + vf_log(vf_load(totals + r));
    if (r + LANES <= rows) vf_store(logarithms + r, value);
    else vf_store_part(logarithms + r, value, rows - r);
  }
}

/// As score_block, of keys where they lie: for a few queries, packing would take longer than the products.
static void A(score_few)(const attention_job *j, const float *x, int64_t x_row, const float *k,
                         int64_t k_row, int64_t rows, int64_t first, int64_t count, float *target) {
  const int64_t size = j->a->size, whole = size / LANES * LANES;
  for (int64_t i = 0; i < count; i++) {
    const float *key = k + (first + i) * k_row;
    for (int64_t r = 0; r < rows; r++) {
      const float *query = x + r * x_row;
      vfloat sum = vf_splat(0);
      for (int64_t c = 0; c < whole; c += LANES) sum += vf_load(query + c) * vf_load(key + c);
      if (whole < size) sum += vf_load(query + whole) * vf_load_part(key + whole, size - whole);
      target[r * SCORE_ROW + i] = A(sum)(sum);
    }
  }
}

/// Queries begin ..< end of one head.
static void A(forward_head)(const attention_job *j, const attention_scratch *s, int64_t head,
                            int64_t begin, int64_t end, bool packed) {
  const hebb_attention *a = j->a;
  const hebb_attention_layout *l = j->layout;
  const hebb_attention_memory *m = j->memory;
  const int64_t size = a->size, value_size = a->value_size;
  const float *q = m->q + attention_offset(j, &l->q, head);
  const float *k = m->k + attention_offset(j, &l->k, head);
  const float *v = m->v + attention_offset(j, &l->v, head);
  const bool few = end - begin <= 4;
  const bool in_place = few && value_size % LANES == 0;
  if (!packed && !few) A(pack_columns)(k, l->k.row, a->keys, size, s->k_columns);
  if (!packed && !in_place)
    A(pack_rows)(v, l->v.row, a->keys, value_size, 1, s->v_rows, j->value_padded);
  const float *values = in_place ? v : s->v_rows;
  const int64_t value_row = in_place ? l->v.row : j->value_padded;
  float *y = m->y + attention_offset(j, &l->y, head);
  const char *mask = attention_mask(j, head);
  uint64_t bits[KEY_BLOCK / 64];
  float tops[QUERY_BLOCK], totals[QUERY_BLOCK];
  for (int64_t query = begin; query < end; query += QUERY_BLOCK) {
    const int64_t rows = hebb_smaller(QUERY_BLOCK, end - query);
    A(pack_rows)(q + query * l->q.row, l->q.row, rows, size, a->scale, s->q_rows, j->padded);
    memset(s->y_rows, 0, (size_t)(rows * j->value_padded) * sizeof(float));
    for (int64_t r = 0; r < QUERY_BLOCK; r++) tops[r] = -INFINITY, totals[r] = 0;
    const int64_t limit = A(seen)(j, query + rows - 1, 0, a->keys);
    for (int64_t first = 0; first < limit; first += KEY_BLOCK) {
      const int64_t count = hebb_smaller(KEY_BLOCK, limit - first);
      if (few)
        A(score_few)(j, s->q_rows, j->padded, k, l->k.row, rows, first, count, s->scores);
      else
        A(score_block)(j, s->q_rows, j->padded, size, s->k_columns, query, rows, first, count, s->scores);
      for (int64_t g = 0; g < rows; g += GROUP) {
        const int64_t tall = hebb_smaller(GROUP, rows - g);
        const int64_t widest = A(seen)(j, query + g + tall - 1, first, count);
        if (widest == 0) continue;
        for (int64_t r = g; r < g + tall; r++) {
          const int64_t seen = A(seen)(j, query + r, first, count);
          float *scores = s->scores + r * SCORE_ROW;
          if (j->dropout) A(keep_bits)(j, head * a->queries + query + r, first, seen, bits);
          A(mask_row)(j, mask ? mask + (query + r) * j->mask_row_bytes : NULL, first, seen, scores);
          A(weigh_row)(j, j->dropout ? bits : NULL, scores, seen, widest, tops + r, totals + r,
                       s->y_rows + r * j->value_padded, j->value_padded);
        }
        for (int64_t c = 0; c < value_size; c += PANEL)
          A(product)(tall, hebb_smaller(PANEL, value_size - c), widest, s->scores + g * SCORE_ROW,
                     SCORE_ROW, 1, values + first * value_row + c, value_row,
                     s->y_rows + g * j->value_padded + c, j->value_padded, true);
      }
    }
    A(finish_rows)(j, s, head, query, rows, tops, totals, y);
  }
}

/// to[rows][size] = scale * from, rows of `padded` floats.
static void A(unpack_rows)(const float *from, int64_t padded, int64_t rows, int64_t size, float scale,
                           float *to, int64_t row) {
  const vfloat factor = vf_splat(scale);
  for (int64_t i = 0; i < rows; i++, from += padded, to += row) {
    int64_t c = 0;
    for (; c + LANES <= size; c += LANES) vf_store(to + c, vf_load(from + c) * factor);
    if (c < size) vf_store_part(to + c, vf_load(from + c) * factor, size - c);
  }
}

/// target[keys][size] += weightsᵀ x, keys first ..< first + count of a block of queries.
static void A(add_transposed)(const attention_job *j, const float *weights, int64_t query,
                              int64_t rows, int64_t first, int64_t count, const float *x,
                              int64_t size, int64_t padded, float *target) {
  for (int64_t g = 0; g < count; g += GROUP) {
    const int64_t tall = hebb_smaller(GROUP, count - g);
    // Queries before the first key of the group do not see it.
    const int64_t skipped = j->a->causal ? hebb_larger(0, first + g - query) : 0;
    if (skipped >= rows) break;
    for (int64_t c = 0; c < size; c += PANEL)
      A(product)(tall, hebb_smaller(PANEL, size - c), rows - skipped,
                 weights + skipped * SCORE_ROW + g, 1, SCORE_ROW, x + skipped * padded + c, padded,
                 target + (first + g) * padded + c, padded, true);
  }
}

static void A(gradient_head)(const attention_job *j, const attention_scratch *s, int64_t head) {
  const hebb_attention *a = j->a;
  const hebb_attention_layout *l = j->layout;
  const hebb_attention_memory *m = j->memory;
  const int64_t size = a->size, value_size = a->value_size;
  const float *q = m->q + attention_offset(j, &l->q, head);
  const float *k = m->k + attention_offset(j, &l->k, head);
  const float *v = m->v + attention_offset(j, &l->v, head);
  const float *y = m->y + attention_offset(j, &l->y, head);
  const float *dy = m->dy + attention_offset(j, &l->dy, head);
  const float *logarithms = m->logarithms + head * a->queries;
  const char *mask = attention_mask(j, head);
  A(pack_columns)(k, l->k.row, a->keys, size, s->k_columns);
  A(pack_columns)(v, l->v.row, a->keys, value_size, s->v_columns);
  A(pack_rows)(k, l->k.row, a->keys, size, 1, s->k_rows, j->padded);
  memset(s->dk_rows, 0, (size_t)(a->keys * j->padded) * sizeof(float));
  memset(s->dv_rows, 0, (size_t)(a->keys * j->value_padded) * sizeof(float));
  uint64_t bits[KEY_BLOCK / 64];
  float means[QUERY_BLOCK];
  for (int64_t query = 0; query < a->queries; query += QUERY_BLOCK) {
    const int64_t rows = hebb_smaller(QUERY_BLOCK, a->queries - query);
    A(pack_rows)(q + query * l->q.row, l->q.row, rows, size, a->scale, s->q_rows, j->padded);
    A(pack_rows)(dy + query * l->dy.row, l->dy.row, rows, value_size, 1, s->dy_rows, j->value_padded);
    A(pack_rows)(y + query * l->y.row, l->y.row, rows, value_size, 1, s->y_rows, j->value_padded);
    for (int64_t r = 0; r < rows; r++) {
      vfloat sum = vf_splat(0);
      for (int64_t c = 0; c < j->value_padded; c += LANES)
        sum += vf_load(s->dy_rows + r * j->value_padded + c) * vf_load(s->y_rows + r * j->value_padded + c);
      means[r] = A(sum)(sum);
    }
    memset(s->dq_rows, 0, (size_t)(rows * j->padded) * sizeof(float));
    const int64_t limit = A(seen)(j, query + rows - 1, 0, a->keys);
    for (int64_t first = 0; first < limit; first += KEY_BLOCK) {
      const int64_t count = hebb_smaller(KEY_BLOCK, limit - first);
      A(score_block)(j, s->q_rows, j->padded, size, s->k_columns, query, rows, first, count, s->scores);
      A(score_block)(j, s->dy_rows, j->value_padded, value_size, s->v_columns, query, rows, first,
                     count, s->slopes);
      for (int64_t g = 0; g < rows; g += GROUP) {
        const int64_t tall = hebb_smaller(GROUP, rows - g);
        const int64_t widest = A(seen)(j, query + g + tall - 1, first, count);
        // A group of keys that begins among these may reach behind them.
        const int64_t padded = hebb_smaller(widest + GROUP, count);
        for (int64_t r = g; r < g + tall; r++) {
          const int64_t seen = A(seen)(j, query + r, first, count);
          float *scores = s->scores + r * SCORE_ROW, *slopes = s->slopes + r * SCORE_ROW;
          if (j->dropout) A(keep_bits)(j, head * a->queries + query + r, first, seen, bits);
          A(mask_row)(j, mask ? mask + (query + r) * j->mask_row_bytes : NULL, first, seen, scores);
          A(slope_row)(j, j->dropout ? bits : NULL, scores, slopes, seen, padded,
                       logarithms[query + r], means[r]);
        }
        if (widest > 0)
          for (int64_t c = 0; c < size; c += PANEL)
            A(product)(tall, hebb_smaller(PANEL, size - c), widest, s->slopes + g * SCORE_ROW,
                       SCORE_ROW, 1, s->k_rows + first * j->padded + c, j->padded,
                       s->dq_rows + g * j->padded + c, j->padded, true);
      }
      A(add_transposed)(j, s->scores, query, rows, first, count, s->dy_rows, value_size,
                        j->value_padded, s->dv_rows);
      A(add_transposed)(j, s->slopes, query, rows, first, count, s->q_rows, size, j->padded,
                        s->dk_rows);
    }
    A(unpack_rows)(s->dq_rows, j->padded, rows, size, a->scale,
                   m->dq + attention_offset(j, &l->dq, head) + query * l->dq.row, l->dq.row);
  }
  A(unpack_rows)(s->dk_rows, j->padded, a->keys, size, 1,
                 m->dk + attention_offset(j, &l->dk, head), l->dk.row);
  A(unpack_rows)(s->dv_rows, j->value_padded, a->keys, value_size, j->dropout ? a->kept_scale : 1,
                 m->dv + attention_offset(j, &l->dv, head), l->dv.row);
}

#undef A
#undef LANES
