// The inner kernel of products on AVX-512, and how its operands are packed. A panel of B holds 64 columns:
// [depth][64], zeros beyond the last; it stays in the second-level cache. A panel of A is up to 6 rows, read where
// they are, or from a copy where their depths would meet in the same places of the cache. The kernel keeps rows x 64
// sums in 24 registers: for each depth, four vectors of B meet each number of A.
#ifndef HEBB_PRODUCT_KERNEL_H
#define HEBB_PRODUCT_KERNEL_H

#include "avx512_support.h"
#include "hebb_products.h"
#include "loops_support.h"

#if defined(__x86_64__)

enum { HEBB_PRODUCT_ROWS = 6, HEBB_PRODUCT_COLUMNS = 64 };

/// Numbers of a packed panel of B. An odd number of the cache's lines, so that panels beside each other do not meet
/// in the same places.
static inline int64_t hebb_product_panel(int64_t depth) { return depth * HEBB_PRODUCT_COLUMNS + 16; }

/// What is done to the sums from a place and a column of C on.
static inline hebb_product_after hebb_product_after_from(hebb_product_after after, int64_t place, int64_t column) {
  return (hebb_product_after){after.scale ? after.scale + column : NULL, after.bias ? after.bias + column : NULL,
                              after.residual ? after.residual + place + column : NULL};
}

/// Threads along the rows of C, such that the slowest does least: multiplications in vectors, and what is read or
/// packed of both factors. The others share the columns.
static inline int hebb_product_threads_down(int64_t rows, int64_t columns, int threads) {
  int best = 1;
  int64_t least = INT64_MAX;
  for (int down = 1; down <= threads; down++) {
    if (threads % down != 0) continue;
    const int64_t height = hebb_ceiling(rows, down);
    const int64_t panels = hebb_ceiling(hebb_ceiling(columns, HEBB_PRODUCT_COLUMNS), threads / down);
    const int64_t width = panels * HEBB_PRODUCT_COLUMNS;
    const int64_t work = height * width + 2 * height + 10 * width;
    if (work < least) {
      least = work;
      best = down;
    }
  }
  return best;
}

HEBB_AVX512_BEGIN

/// Where a block of C lies and what becomes of it.
typedef struct {
  float *c;
  int64_t rows[HEBB_PRODUCT_ROWS];  // where each row begins
  int vectors;                      // of 16 columns
  __mmask16 last;                   // lanes of the last vector
  hebb_product_after after;         // of the block's first column; nulls before the last depths
  bool is_first;                    // C holds nothing yet
  bool relu;
  // Memory that is brought to the second-level cache meanwhile: `lines` lines from each address, one address for each
  // row, so that the queue of the cache is never full.
  const char *next[HEBB_PRODUCT_ROWS];
  int lines[HEBB_PRODUCT_ROWS];
} hebb_product_block;

/// Depths of A and B for each line that is asked for: the queues of the caches are short.
enum { HEBB_PRODUCT_GAP = 2 };

/// Asks for where a row of sums goes, and for what is added to it.
HEBB_AVX512_INLINE void hebb_product_ask(const hebb_product_block *to, int row, int vectors) {
  const int64_t place = to->rows[row];
  for (int v = 0; v < vectors; v++) _mm_prefetch((const char *)(to->c + place + 16 * v), _MM_HINT_T0);
  if (to->after.residual)
    for (int v = 0; v < vectors; v++)
      _mm_prefetch((const char *)(to->after.residual + place + 16 * v), _MM_HINT_T0);
}

/// Adds the numbers of A at a[r][k step], one of each row, times 16 `vectors` columns of B.
HEBB_AVX512_INLINE void hebb_product_add(__m512 sums[HEBB_PRODUCT_ROWS][4], const float *const *a, int64_t place,
                                         const float *b, int rows, int vectors) {
  __m512 x[4];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) x[v] = _mm512_load_ps(b + 16 * v);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    // One load for four products, and not before the row above is done: the registers are full.
    __m512 y;
    __asm__("vbroadcastss %2, %0" : "=v"(y), "+v"(sums[r ? r - 1 : 0][0]) : "m"(a[r][place]));
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_fmadd_ps(y, x[v], sums[r][v]);
  }
}

/// Factors and summands of 16 columns.
typedef struct {
  __m512 scale, bias;
  __mmask16 lanes;
} hebb_product_columns;

HEBB_AVX512_INLINE hebb_product_columns hebb_product_load_columns(const hebb_product_after *after, int64_t column,
                                                                  __mmask16 lanes) {
  const __m512 zero = _mm512_setzero_ps();
  return (hebb_product_columns){after->scale ? _mm512_maskz_loadu_ps(lanes, after->scale + column) : zero,
                                after->bias ? _mm512_maskz_loadu_ps(lanes, after->bias + column) : zero, lanes};
}

/// Stores sums at a place of C, after what follows them: scale, bias, the residual at this place, ReLU.
HEBB_AVX512_INLINE void hebb_product_finish(__m512 sum, const hebb_product_after *after,
                                            const hebb_product_columns *columns, bool relu, float *c, int64_t place) {
  if (after->scale) sum = _mm512_mul_ps(sum, columns->scale);
  if (after->bias) sum = _mm512_add_ps(sum, columns->bias);
  if (after->residual) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(columns->lanes, after->residual + place));
  // The zero first: no number passes.
  if (relu) sum = _mm512_max_ps(_mm512_setzero_ps(), sum);
  _mm512_mask_storeu_ps(c + place, columns->lanes, sum);
}

/// Stores sums, with those of earlier depths and what follows.
HEBB_AVX512_INLINE void hebb_product_store(__m512 sums[HEBB_PRODUCT_ROWS][4], int rows, int vectors,
                                           const hebb_product_block *to) {
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __mmask16 lanes = v == vectors - 1 ? to->last : 0xffff;
    const hebb_product_after after = to->after;
    const hebb_product_columns columns = hebb_product_load_columns(&after, 16 * v, lanes);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const int64_t place = to->rows[r] + 16 * v;
      __m512 sum = sums[r][v];
      if (!to->is_first) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(lanes, to->c + place));
      hebb_product_finish(sum, &after, &columns, to->relu, to->c, place);
    }
  }
}

/// C (+)= A B for `rows` rows of A, whose numbers are at a[r * line + k * step], and a panel of B of which
/// `vectors` times 16 columns count.
HEBB_AVX512_INLINE void hebb_product_multiply(const float *a, int64_t line, int64_t step, const float *b,
                                               int64_t depth, int rows, int vectors,
                                               const hebb_product_block *to) {
  __m512 sums[HEBB_PRODUCT_ROWS][4];
  const float *from[HEBB_PRODUCT_ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    from[r] = a + r * line;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  int64_t k = 0, place = 0;
#pragma clang loop unroll(disable)
  for (int row = 0; row < rows; row++) {
    hebb_product_ask(to, row, vectors);
    const int64_t end = depth * (row + 1) / rows;
    const char *soon = to->next[row];
    int lines = to->lines[row];
#pragma clang loop unroll(disable)
    for (; lines > 0 && k + HEBB_PRODUCT_GAP <= end; lines--) {
      _mm_prefetch(soon, _MM_HINT_T1);
      soon += 64;
#pragma clang loop unroll(full)
      for (int i = 0; i < HEBB_PRODUCT_GAP; i++) {
        hebb_product_add(sums, from, place, b, rows, vectors);
        place += step;
        b += HEBB_PRODUCT_COLUMNS;
      }
      k += HEBB_PRODUCT_GAP;
    }
#pragma clang loop unroll_count(2)
    for (; k < end; k++) {
      hebb_product_add(sums, from, place, b, rows, vectors);
      place += step;
      b += HEBB_PRODUCT_COLUMNS;
    }
  }
  hebb_product_store(sums, rows, vectors, to);
}

/// The kernels that are compiled, for 1 to 6 rows and 1 to 4 vectors (product.c).
typedef void (*hebb_product_kernel)(const float *a, int64_t line, int64_t step, const float *b, int64_t depth,
                                    const hebb_product_block *to);
extern const hebb_product_kernel hebb_product_kernels[HEBB_PRODUCT_ROWS][4];

/// Packs `count` (at most 16) columns whose depths follow one another: to[k * 64 + i] = x[i * line + k].
HEBB_AVX512_INLINE void hebb_product_pack_lines(const float *x, int64_t line, int count, int64_t depth,
                                                 float *to) {
  for (int64_t k = 0; k < depth; k += 16) {
    const int64_t some = hebb_smaller(16, depth - k);
    const __mmask16 depths = hebb_avx512_lanes(some);
    __m512 v[16];
    for (int i = 0; i < 16; i++) {
      v[i] = i < count ? _mm512_maskz_loadu_ps(depths, x + i * line + k) : _mm512_setzero_ps();
      if (i < count) _mm_prefetch((const char *)(x + i * line + k + 64), _MM_HINT_T0);
    }
    hebb_avx512_transpose((__m512i *)v);
    float *const place = to + k * HEBB_PRODUCT_COLUMNS;
    if (some == 16) {
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; i++) _mm512_store_ps(place + i * HEBB_PRODUCT_COLUMNS, v[i]);
    } else {
      for (int i = 0; i < some; i++) _mm512_store_ps(place + i * HEBB_PRODUCT_COLUMNS, v[i]);
    }
  }
}

/// Copies rows of A that lie beside each other: to[k * stride + i] = x[k * step + i], zeros up to the end of a line.
/// Squares of 4 depths by 64 rows: a load whose address ends as that of a store before it has to wait for that.
HEBB_AVX512_INLINE void hebb_product_pack_rows(const float *x, int64_t step, int64_t rows, int64_t depth,
                                                float *to, int64_t stride) {
  for (int64_t i = 0; i < rows; i += 64) {
    const int vectors = (int)hebb_smaller(4, hebb_ceiling(rows - i, 16));
    const __mmask16 last = hebb_avx512_lanes(rows - i - 16 * (vectors - 1));
    int64_t k = 0;
    if (rows - i >= 64)
      for (; k + 4 <= depth; k += 4) {
        const float *const from = x + k * step + i;
        float *const place = to + k * stride + i;
        __m512 v[16];
#pragma clang loop unroll(full)
        for (int q = 0; q < 16; q++) v[q] = _mm512_loadu_ps(from + q / 4 * step + q % 4 * 16);
#pragma clang loop unroll(full)
        for (int q = 0; q < 16; q++) _mm512_store_ps(place + q / 4 * stride + q % 4 * 16, v[q]);
      }
    for (; k < depth; k++)
      for (int v = 0; v < vectors; v++) {
        const __mmask16 lanes = v == vectors - 1 ? last : 0xffff;
        _mm512_store_ps(to + k * stride + i + 16 * v, _mm512_maskz_loadu_ps(lanes, x + k * step + i + 16 * v));
      }
  }
}

/// Packs columns that lie beside each other, 64 to a panel: panel after panel of [depth][64]. Of the last panel
/// only vectors that hold a column are written.
HEBB_AVX512_INLINE void hebb_product_pack_columns(const float *x, int64_t step, int64_t columns, int64_t depth,
                                                   float *to) {
  const int64_t panel = hebb_product_panel(depth);
  for (int64_t k = 0; k < depth; k++) {
    const float *from = x + k * step;
    float *place = to + k * HEBB_PRODUCT_COLUMNS;
    int64_t c = columns;
    for (; c >= HEBB_PRODUCT_COLUMNS; c -= HEBB_PRODUCT_COLUMNS) {
#pragma clang loop unroll(full)
      for (int v = 0; v < 4; v++) {
        _mm_prefetch((const char *)(from + 4 * step + 16 * v), _MM_HINT_T0);
        _mm512_store_ps(place + 16 * v, _mm512_loadu_ps(from + 16 * v));
      }
      from += HEBB_PRODUCT_COLUMNS;
      place += panel;
    }
    for (; c > 0; c -= 16) {
      _mm512_store_ps(place, _mm512_maskz_loadu_ps(hebb_avx512_lanes(c), from));
      from += 16;
      place += 16;
    }
  }
}

HEBB_AVX512_END

#endif
#endif
