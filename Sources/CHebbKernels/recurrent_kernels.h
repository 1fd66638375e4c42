// Template of recurrent.c, included once for each vector level by loops_levels.h: packing, and one time of a
// walk for a range of blocks of units. A block is as many units as a vector has lanes.
#include "vector_math.h"

#include "recurrent_tiles.h"

/// w[gate][unit][k] → packed[block][gate][k][lane], zeros beyond the last unit and the last k.
static void HEBB_L(pack_columns)(const float *weight, float *packed, int64_t gates, int64_t hidden,
                                 hebb_range blocks) {
  const int64_t depth = recurrent_padded(hidden, FLOAT_LANES);
  for (int64_t b = blocks.begin; b < blocks.end; b++) {
    const int64_t lanes = hebb_smaller(FLOAT_LANES, hidden - b * FLOAT_LANES);
    for (int64_t gate = 0; gate < gates; gate++) {
      const float *from = weight + (gate * hidden + b * FLOAT_LANES) * hidden;
      float *to = packed + (b * gates + gate) * depth * FLOAT_LANES;
      for (int64_t k = 0; k < hidden; k++, to += FLOAT_LANES) {
        for (int64_t l = 0; l < lanes; l++) to[l] = from[l * hidden + k];
        for (int64_t l = lanes; l < FLOAT_LANES; l++) to[l] = 0;
      }
      for (int64_t k = hidden; k < depth; k++, to += FLOAT_LANES) vf_store(to, vf_splat(0));
    }
  }
}

/// w[gate][k][unit] → packed[block][gate][k][lane], zeros beyond the last unit and the last k; the gates from
/// `first` on, then those before.
static void HEBB_L(pack_rows)(const float *weight, float *packed, int64_t gates, int64_t first, int64_t hidden,
                              hebb_range blocks) {
  const int64_t depth = recurrent_padded(hidden, FLOAT_LANES);
  for (int64_t b = blocks.begin; b < blocks.end; b++) {
    const int64_t lanes = hebb_smaller(FLOAT_LANES, hidden - b * FLOAT_LANES);
    float *to = packed + b * gates * depth * FLOAT_LANES;
    for (int64_t gate = 0; gate < gates; gate++) {
      const float *from = weight + (gate + first) % gates * hidden * hidden + b * FLOAT_LANES;
      for (int64_t k = 0; k < hidden; k++, to += FLOAT_LANES, from += hidden) {
        vf_store(to, lanes == FLOAT_LANES ? vf_load(from) : vf_load_part(from, lanes));
      }
      for (int64_t k = hidden; k < depth; k++, to += FLOAT_LANES) vf_store(to, vf_splat(0));
    }
  }
}

/// h[row][unit] → the vectors of a product's rows, group by group.
static void HEBB_L(pack_state)(const recurrent_walk *walk, const float *h, float *packed) {
  const int64_t hidden = walk->hidden, depth = recurrent_padded(hidden, FLOAT_LANES);
  for (int64_t first = 0, rows; first < walk->batch; first += rows) {
    rows = recurrent_rows(walk, first);
    for (int64_t unit = 0; unit < hidden; unit += FLOAT_LANES) {
      const int64_t lanes = hebb_smaller(FLOAT_LANES, hidden - unit);
      for (int64_t r = 0; r < rows; r++) {
        const float *from = h + (first + r) * hidden + unit;
        vf_store(packed + first * depth + unit * rows + r * FLOAT_LANES,
                 lanes == FLOAT_LANES ? vf_load(from) : vf_load_part(from, lanes));
      }
    }
  }
}

HEBB_INLINE vfloat HEBB_L(take)(const float *p, int64_t lanes) {
  return lanes == FLOAT_LANES ? vf_load(p) : vf_load_part(p, lanes);
}

HEBB_INLINE void HEBB_L(put)(float *p, vfloat v, int64_t lanes) {
  if (lanes == FLOAT_LANES) {
    vf_store(p, v);
  } else {
    vf_store_part(p, v, lanes);
  }
}

#define TAKE(p) HEBB_L(take)(p, lanes)
#define PUT(p, v) HEBB_L(put)(p, v, lanes)

/// One time of a long short-term memory.
static void HEBB_L(lstm_time)(const recurrent_walk *walk, const recurrent_time *now, hebb_range blocks) {
  const int64_t hidden = walk->hidden, part = walk->part, depth = recurrent_padded(hidden, FLOAT_LANES);
  float sums[4 * HEBB_MOST_ROWS * FLOAT_LANES];
  for (int64_t b = blocks.begin; b < blocks.end; b++) {
    const int64_t unit = b * FLOAT_LANES, lanes = hebb_smaller(FLOAT_LANES, hidden - unit);
    for (int64_t first = 0, size; first < walk->batch; first += size) {
      const int rows = (int)(size = recurrent_rows(walk, first));
      HEBB_L(product)(now->read + first * depth, walk->packed + b * 4 * depth * FLOAT_LANES,
                      depth * FLOAT_LANES, depth, sums, rows, 4);
      for (int64_t r = 0; r < rows; r++) {
        const float *x = now->projected + (first + r) * 4 * hidden + unit;
        const float *sum = sums + r * FLOAT_LANES;
        const int64_t gate = rows * FLOAT_LANES, place = (first + r) * hidden + unit;
        const vfloat i = vf_sigmoid(TAKE(x) + vf_load(sum));
        const vfloat f = vf_sigmoid(TAKE(x + hidden) + vf_load(sum + gate));
        const vfloat g = vf_tanh(TAKE(x + 2 * hidden) + vf_load(sum + 2 * gate));
        const vfloat o = vf_sigmoid(TAKE(x + 3 * hidden) + vf_load(sum + 3 * gate));
        const vfloat c = f * TAKE(now->before + part + place) + i * g;
        const vfloat h = o * vf_tanh(c);
        float *y = now->after + place;
        PUT(y, h);
        PUT(y + part, c);
        PUT(y + 2 * part, i);
        PUT(y + 3 * part, f);
        PUT(y + 4 * part, g);
        PUT(y + 5 * part, o);
        vf_store(now->write + first * depth + unit * rows + r * FLOAT_LANES, h);
      }
    }
  }
}

/// One time of its gradient.
static void HEBB_L(lstm_time_back)(const recurrent_walk *walk, const recurrent_time *now, hebb_range blocks) {
  const int64_t hidden = walk->hidden, part = walk->part;
  const int64_t gates = 4, depth = gates * recurrent_padded(hidden, FLOAT_LANES);
  float sums[4 * HEBB_MOST_ROWS * FLOAT_LANES];
  for (int64_t b = blocks.begin, count; b < blocks.end; b += count) {
    count = hebb_smaller(4, blocks.end - b);
    for (int64_t first = 0, size; first < walk->batch; first += size) {
      const int rows = (int)(size = recurrent_rows(walk, first));
      if (now->read) {
        HEBB_L(product)(now->read + first * depth, walk->packed + b * depth * FLOAT_LANES,
                        depth * FLOAT_LANES, depth, sums, rows, count);
      }
      for (int64_t q = 0; q < count; q++) {
        const int64_t unit = (b + q) * FLOAT_LANES, lanes = hebb_smaller(FLOAT_LANES, hidden - unit);
        for (int64_t r = 0; r < rows; r++) {
          const int64_t place = (first + r) * hidden + unit;
          const float *y = now->after + place;
          const vfloat c = TAKE(y + part), i = TAKE(y + 2 * part), f = TAKE(y + 3 * part);
          const vfloat g = TAKE(y + 4 * part), o = TAKE(y + 5 * part);
          vfloat dh = TAKE(now->dh + place);
          if (now->read) dh += vf_load(sums + (q * rows + r) * FLOAT_LANES);
          const vfloat t = vf_tanh(c);
          vfloat dc = dh * o * (1.0f - t * t);
          if (now->read) dc += TAKE(walk->carry + place);
          if (now->dc) dc += TAKE(now->dc + place);
          PUT(walk->carry + place, dc * f);
          const vfloat slopes[4] = {
              dc * g * i * (1.0f - i), dc * TAKE(now->before + part + place) * f * (1.0f - f),
              dc * i * (1.0f - g * g), dh * t * o * (1.0f - o)};
          float *to = now->slopes + (first + r) * 4 * hidden + unit;
          float *side = now->write + first * depth + unit * rows + r * FLOAT_LANES;
          for (int gate = 0; gate < 4; gate++) {
            PUT(to + gate * hidden, slopes[gate]);
            vf_store(side + gate * (depth / gates) * rows, slopes[gate]);
          }
        }
      }
    }
  }
}

/// One time of a gated recurrent unit.
static void HEBB_L(gru_time)(const recurrent_walk *walk, const recurrent_time *now, hebb_range blocks) {
  const int64_t hidden = walk->hidden, part = walk->part, depth = recurrent_padded(hidden, FLOAT_LANES);
  float sums[4 * HEBB_MOST_ROWS * FLOAT_LANES];
  for (int64_t b = blocks.begin; b < blocks.end; b++) {
    const int64_t unit = b * FLOAT_LANES, lanes = hebb_smaller(FLOAT_LANES, hidden - unit);
    const vfloat bias = TAKE(walk->bias + unit);
    for (int64_t first = 0, size; first < walk->batch; first += size) {
      const int rows = (int)(size = recurrent_rows(walk, first));
      HEBB_L(product)(now->read + first * depth, walk->packed + b * 3 * depth * FLOAT_LANES,
                      depth * FLOAT_LANES, depth, sums, rows, 3);
      for (int64_t i = 0; i < rows; i++) {
        const float *x = now->projected + (first + i) * 3 * hidden + unit;
        const float *sum = sums + i * FLOAT_LANES;
        const int64_t gate = rows * FLOAT_LANES, place = (first + i) * hidden + unit;
        const vfloat r = vf_sigmoid(TAKE(x) + vf_load(sum));
        const vfloat z = vf_sigmoid(TAKE(x + hidden) + vf_load(sum + gate));
        const vfloat m = vf_load(sum + 2 * gate) + bias;
        const vfloat n = vf_tanh(TAKE(x + 2 * hidden) + r * m);
        const vfloat h = (1.0f - z) * n + z * TAKE(now->before + place);
        float *y = now->after + place;
        PUT(y, h);
        PUT(y + part, r);
        PUT(y + 2 * part, z);
        PUT(y + 3 * part, n);
        PUT(y + 4 * part, m);
        vf_store(now->write + first * depth + unit * rows + i * FLOAT_LANES, h);
      }
    }
  }
}

/// One time of its gradient. The product's rows are those of n, r, z.
static void HEBB_L(gru_time_back)(const recurrent_walk *walk, const recurrent_time *now, hebb_range blocks) {
  const int64_t hidden = walk->hidden, part = walk->part;
  const int64_t gates = 3, depth = gates * recurrent_padded(hidden, FLOAT_LANES);
  float sums[4 * HEBB_MOST_ROWS * FLOAT_LANES];
  for (int64_t b = blocks.begin, count; b < blocks.end; b += count) {
    count = hebb_smaller(4, blocks.end - b);
    for (int64_t first = 0, size; first < walk->batch; first += size) {
      const int rows = (int)(size = recurrent_rows(walk, first));
      if (now->read) {
        HEBB_L(product)(now->read + first * depth, walk->packed + b * depth * FLOAT_LANES,
                        depth * FLOAT_LANES, depth, sums, rows, count);
      }
      for (int64_t q = 0; q < count; q++) {
        const int64_t unit = (b + q) * FLOAT_LANES, lanes = hebb_smaller(FLOAT_LANES, hidden - unit);
        for (int64_t i = 0; i < rows; i++) {
          const int64_t place = (first + i) * hidden + unit;
          const float *y = now->after + place;
          const vfloat r = TAKE(y + part), z = TAKE(y + 2 * part);
          const vfloat n = TAKE(y + 3 * part), m = TAKE(y + 4 * part);
          vfloat dh = TAKE(now->dh + place);
          if (now->read) {
            dh += vf_load(sums + (q * rows + i) * FLOAT_LANES) + TAKE(walk->carry + place);
          }
          PUT(walk->carry + place, dh * z);
          const vfloat dn = dh * (1.0f - z) * (1.0f - n * n);
          const vfloat dz = dh * (TAKE(now->before + place) - n) * z * (1.0f - z);
          const vfloat slopes[4] = {dn * r, dn * m * r * (1.0f - r), dz, dn};
          float *to = now->slopes + (first + i) * 4 * hidden + unit;
          float *side = now->write + first * depth + unit * rows + i * FLOAT_LANES;
          for (int gate = 0; gate < 4; gate++) {
            PUT(to + gate * hidden, slopes[gate]);
            if (gate < 3) vf_store(side + gate * (depth / gates) * rows, slopes[gate]);
          }
        }
      }
    }
  }
}

#undef TAKE
#undef PUT
#undef HEBB_MOST_ROWS
