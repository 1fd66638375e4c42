// Whole sequences of long short-term memories and gated recurrent units: at each time a product of few rows
// with the recurrent weights, packed once for all times, and the cell on its result while it is in the cache.
#ifndef HEBB_RECURRENT_H
#define HEBB_RECURRENT_H

#include <stdbool.h>
#include <stdint.h>

/// Sizes of a sequence; `reversed` reads it from its end.
typedef struct {
  int64_t times, batch, hidden;
  bool reversed;
} hebb_recurrent;

/// What the cell is.
typedef enum { HEBB_RECURRENT_LSTM = 0, HEBB_RECURRENT_GRU } hebb_recurrent_kind;

/// Scratch memory, 64-byte aligned, that the walk forth, or back (`gradient`), needs.
int64_t hebb_recurrent_scratch_bytes(const hebb_recurrent *g, hebb_recurrent_kind kind, bool gradient);

/// Everything is dense. `projected` is [times, batch, 4 hidden] (i, f, g, o), `weight` [4 hidden, hidden], h and c
/// [batch, hidden]. `out` is [6, times + 1, batch, hidden]: h, c, i, f, g, o. The place of a time is one more
/// than the time, and h and c before the first are at place 0; reversed, the place is the time, and they are at
/// place `times`. The gates there are zeros.
void hebb_lstm_forward(const hebb_recurrent *g, const float *projected, const float *weight, const float *h,
                       const float *c, float *out, void *scratch, int threads);

/// `dh` and `dc` (may be null) are the cotangents of h and c, [times, batch, hidden]; `forward` is what the
/// function above gave. `out` is [times + 1, batch, 4 hidden]: the cotangents of `projected`, and behind them in
/// the first `hidden` columns that of the first c.
void hebb_lstm_backward(const hebb_recurrent *g, const float *dh, const float *dc, const float *forward,
                        const float *weight, float *out, void *scratch, int threads);

/// `projected` is [times, batch, 3 hidden] (r, z, n), `weight` [3 hidden, hidden], `bias` [hidden] stands beside
/// the product in n. `out` is [5, times + 1, batch, hidden]: h, r, z, n and the product with its bias in n.
void hebb_gru_forward(const hebb_recurrent *g, const float *projected, const float *weight, const float *bias,
                      const float *h, float *out, void *scratch, int threads);

/// `out` is [times + 1, batch, 4 hidden]: the cotangents of the product with its bias in n, then those of
/// `projected`; behind all times, in the first `hidden` columns, the part of the first h's that does not
/// come through the product.
void hebb_gru_backward(const hebb_recurrent *g, const float *dh, const float *forward, const float *weight,
                       float *out, void *scratch, int threads);

#endif
