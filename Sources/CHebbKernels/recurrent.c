// Walks over sequences: what does not depend on the vector level. Units are shared by the threads in blocks;
// a thread makes the cells of its units right after their sums, so one meeting of all for each time suffices.
#include "hebb_recurrent.h"

#include "loops_support.h"

/// What stays the same at all times of a walk.
typedef struct {
  int64_t batch, hidden;
  /// From one part of what the forward walk keeps to the next.
  int64_t part;
  /// Rows of the batch are multiplied in groups of this size, the last one smaller.
  int64_t group;
  const float *packed, *bias;
  /// The cotangent that goes back past the product, [batch, hidden].
  float *carry;
} recurrent_walk;

/// One time.
typedef struct {
  const float *projected, *dh, *dc;
  /// h at the time before, and what is kept of this time; the other parts are `part` apart.
  const float *before;
  float *after;
  float *slopes;
  /// The rows of the product, side by side in groups, and where those of the next time go.
  const float *read;
  float *write;
} recurrent_time;

static inline int64_t recurrent_rows(const recurrent_walk *walk, int64_t first) {
  return hebb_smaller(walk->group, walk->batch - first);
}

static inline int64_t recurrent_padded(int64_t units, int64_t lanes) { return (units + lanes - 1) / lanes * lanes; }

#define HEBB_TEMPLATE "recurrent_kernels.h"
#include "loops_levels.h"

enum { LARGEST_GROUP = 24, WIDEST_BLOCK = 16 };

static int64_t lanes_here(void) {
  const int level = hebb_vector_level();
  return level >= 3 ? 16 : level == 2 ? 8 : 4;
}

static int64_t gates_of(hebb_recurrent_kind kind) { return kind == HEBB_RECURRENT_LSTM ? 4 : 3; }

/// The floats of the rows of a product at one time, and of the packed weights.
static int64_t row_floats(const hebb_recurrent *g, hebb_recurrent_kind kind, bool gradient) {
  return g->batch * recurrent_padded(g->hidden, WIDEST_BLOCK) * (gradient ? gates_of(kind) : 1);
}

static int64_t packed_floats(const hebb_recurrent *g, hebb_recurrent_kind kind) {
  const int64_t padded = recurrent_padded(g->hidden, WIDEST_BLOCK);
  return padded * padded * gates_of(kind);
}

static int64_t carry_floats(const hebb_recurrent *g) { return recurrent_padded(g->batch * g->hidden, WIDEST_BLOCK); }

int64_t hebb_recurrent_scratch_bytes(const hebb_recurrent *g, hebb_recurrent_kind kind, bool gradient) {
  return (int64_t)sizeof(float) *
         (packed_floats(g, kind) + (gradient ? carry_floats(g) : 0) + 2 * row_floats(g, kind, gradient));
}

typedef struct {
  const hebb_recurrent *g;
  hebb_recurrent_kind kind;
  bool gradient;
  const float *weight;
  recurrent_walk walk;
  recurrent_time now;
} recurrent_job;

static void pack_body(void *context, int index, int count) {
  const recurrent_job *job = context;
  const int64_t hidden = job->g->hidden, lanes = lanes_here(), gates = gates_of(job->kind);
  const hebb_range blocks = hebb_part((hidden + lanes - 1) / lanes, 1, index, count);
  float *packed = (float *)job->walk.packed;
  if (!job->gradient) {
    HEBB_AT_LEVEL(pack_columns)(job->weight, packed, gates, hidden, blocks);
  } else {
    // A gated recurrent unit's gradient has the rows of n before those of r and z.
    const int64_t first = job->kind == HEBB_RECURRENT_GRU ? 2 : 0;
    HEBB_AT_LEVEL(pack_rows)(job->weight, packed, gates, first, hidden, blocks);
  }
}

static void time_body(void *context, int index, int count) {
  const recurrent_job *job = context;
  const int64_t lanes = lanes_here();
  const hebb_range blocks = hebb_part((job->g->hidden + lanes - 1) / lanes, 1, index, count);
  if (job->kind == HEBB_RECURRENT_LSTM) {
    if (job->gradient) {
      HEBB_AT_LEVEL(lstm_time_back)(&job->walk, &job->now, blocks);
    } else {
      HEBB_AT_LEVEL(lstm_time)(&job->walk, &job->now, blocks);
    }
  } else if (job->gradient) {
    HEBB_AT_LEVEL(gru_time_back)(&job->walk, &job->now, blocks);
  } else {
    HEBB_AT_LEVEL(gru_time)(&job->walk, &job->now, blocks);
  }
}

/// Below this many multiplications a time is left to one thread.
enum { THREAD_MULTIPLICATIONS = 200000 };

static int threads_here(const hebb_recurrent *g, hebb_recurrent_kind kind, int threads) {
  return g->batch * g->hidden * g->hidden * gates_of(kind) < THREAD_MULTIPLICATIONS ? 1 : threads;
}

/// The position of time `t` among the places of what is kept, and that of the time read before it.
static int64_t place_of(const hebb_recurrent *g, int64_t t) { return g->reversed ? t : t + 1; }
static int64_t place_before(const hebb_recurrent *g, int64_t t) { return g->reversed ? t + 1 : t; }

/// Lays out the scratch memory and packs the weights.
static recurrent_job begin(const hebb_recurrent *g, hebb_recurrent_kind kind, bool gradient, const float *weight,
                           float *scratch, int threads) {
  const int64_t most = hebb_vector_level() >= 3 ? LARGEST_GROUP : LARGEST_GROUP / 2;
  const int64_t groups = (g->batch + most - 1) / most;
  recurrent_job job = {.g = g, .kind = kind, .gradient = gradient, .weight = weight};
  job.walk = (recurrent_walk){.batch = g->batch,
                              .hidden = g->hidden,
                              .part = (g->times + 1) * g->batch * g->hidden,
                              .group = (g->batch + groups - 1) / groups,
                              .packed = scratch};
  float *rest = scratch + packed_floats(g, kind);
  if (gradient) {
    job.walk.carry = rest;
    rest += carry_floats(g);
  }
  job.now.write = rest;
  hebb_parallel(threads, pack_body, &job);
  return job;
}

static void walk_forward(recurrent_job *job, const float *projected, const float *h, float *out, int threads) {
  const hebb_recurrent *g = job->g;
  const int64_t state = g->batch * g->hidden, gates = gates_of(job->kind);
  float *here = job->now.write, *next = here + row_floats(g, job->kind, false);
  HEBB_AT_LEVEL(pack_state)(&job->walk, h, here);
  for (int64_t step = 0; step < g->times; step++) {
    const int64_t t = g->reversed ? g->times - 1 - step : step;
    job->now = (recurrent_time){.projected = projected + t * gates * state,
                                .before = out + place_before(g, t) * state,
                                .after = out + place_of(g, t) * state,
                                .read = here,
                                .write = next};
    hebb_parallel(threads, time_body, job);
    next = here;
    here = job->now.write;
  }
}

static void walk_back(recurrent_job *job, const float *dh, const float *dc, const float *forward, float *out,
                      int threads) {
  const hebb_recurrent *g = job->g;
  const int64_t state = g->batch * g->hidden;
  float *next = job->now.write, *other = next + row_floats(g, job->kind, true);
  const float *here = NULL;
  for (int64_t step = g->times - 1; step >= 0; step--) {
    const int64_t t = g->reversed ? g->times - 1 - step : step;
    job->now = (recurrent_time){.dh = dh + t * state,
                                .dc = dc ? dc + t * state : NULL,
                                .before = forward + place_before(g, t) * state,
                                .after = (float *)forward + place_of(g, t) * state,
                                .slopes = out + t * 4 * state,
                                .read = here,
                                .write = next};
    hebb_parallel(threads, time_body, job);
    here = next;
    next = other;
    other = job->now.write;
  }
  float *last = out + g->times * 4 * state;
  memset(last, 0, (size_t)(4 * state) * sizeof(float));
  for (int64_t r = 0; r < g->batch; r++) {
    memcpy(last + r * 4 * g->hidden, job->walk.carry + r * g->hidden, (size_t)g->hidden * sizeof(float));
  }
}

/// What is kept of the place before the first time: the state, and zeros for the gates.
static void keep_first(const hebb_recurrent *g, float *out, int64_t parts, const float *h, const float *c) {
  const int64_t state = g->batch * g->hidden, part = (g->times + 1) * state;
  float *place = out + (g->reversed ? g->times * state : 0);
  const size_t bytes = (size_t)state * sizeof(float);
  memcpy(place, h, bytes);
  for (int64_t p = 1; p < parts; p++) memset(place + p * part, 0, bytes);
  if (c) memcpy(place + part, c, bytes);
}

void hebb_lstm_forward(const hebb_recurrent *g, const float *projected, const float *weight, const float *h,
                       const float *c, float *out, void *scratch, int threads) {
  threads = threads_here(g, HEBB_RECURRENT_LSTM, threads);
  recurrent_job job = begin(g, HEBB_RECURRENT_LSTM, false, weight, scratch, threads);
  keep_first(g, out, 6, h, c);
  walk_forward(&job, projected, h, out, threads);
}

void hebb_lstm_backward(const hebb_recurrent *g, const float *dh, const float *dc, const float *forward,
                        const float *weight, float *out, void *scratch, int threads) {
  threads = threads_here(g, HEBB_RECURRENT_LSTM, threads);
  recurrent_job job = begin(g, HEBB_RECURRENT_LSTM, true, weight, scratch, threads);
  walk_back(&job, dh, dc, forward, out, threads);
}

void hebb_gru_forward(const hebb_recurrent *g, const float *projected, const float *weight, const float *bias,
                      const float *h, float *out, void *scratch, int threads) {
  threads = threads_here(g, HEBB_RECURRENT_GRU, threads);
  recurrent_job job = begin(g, HEBB_RECURRENT_GRU, false, weight, scratch, threads);
  job.walk.bias = bias;
  keep_first(g, out, 5, h, NULL);
  walk_forward(&job, projected, h, out, threads);
}

void hebb_gru_backward(const hebb_recurrent *g, const float *dh, const float *forward, const float *weight,
                       float *out, void *scratch, int threads) {
  threads = threads_here(g, HEBB_RECURRENT_GRU, threads);
  recurrent_job job = begin(g, HEBB_RECURRENT_GRU, true, weight, scratch, threads);
  walk_back(&job, dh, NULL, forward, out, threads);
}
