// Strided copies: runs of memory where both sides are contiguous, tiled transposes where their
// contiguous axes differ, single elements elsewhere.
#include "hebb_loops.h"
#include "loops_support.h"

#define HEBB_TEMPLATE "loops_copy_kernels.h"
#include "loops_levels.h"

#define MAX_RANK 16

/// Edges of the tiles that one work item transposes: source runs of half a kilobyte, destination
/// runs of two. Where one side is as small as a few channels the other is longer.
#define TILE_ACROSS 128
#define TILE_INNER 512
#define NARROW_TILE 2048

typedef struct {
  int64_t size, from, to;  // strides in elements
} axis;

typedef enum { RUNS, TRANSPOSES, SINGLES } copy_kind;

typedef struct {
  const char *source;
  char *destination;
  int rank;  // of the outer axes
  axis axes[MAX_RANK];
  axis inner;   // contiguous in the destination where anything is
  axis across;  // contiguous in the source (transposes only)
  int64_t tile_inner, tile_across;
  int64_t tiles_inner, tiles_across;
  int64_t element_size, items;
  copy_kind kind;
} copy_job;

/// One run of single elements of a fixed size, which the compiler turns into loads and stores.
#define COPY_SINGLES(bytes)                                                        \
  for (int64_t i = 0; i < a.size; i++) {                                           \
    memcpy(to + i * a.to * (bytes), from + i * a.from * (bytes), (size_t)(bytes)); \
  }

static void copy_singles(const char *from, char *to, axis a, int64_t element_size) {
  switch (element_size) {
    case 1: COPY_SINGLES(1) break;
    case 2: COPY_SINGLES(2) break;
    case 4: COPY_SINGLES(4) break;
    case 8: COPY_SINGLES(8) break;
    default: COPY_SINGLES(element_size) break;
  }
}

/// to[i * across.to + j * inner.to] = from[i * across.from + j * inner.from] over one tile.
static void copy_tile(const char *from, char *to, axis across, axis inner, int64_t element_size) {
  if (element_size == 4 && ((uintptr_t)from | (uintptr_t)to) % 4 == 0 && across.from == 1 &&
      inner.to == 1) {
    HEBB_AT_LEVEL(transpose_words)
    ((const uint32_t *)(const void *)from, inner.from, (uint32_t *)(void *)to, across.to,
     across.size, inner.size);
    return;
  }
  for (int64_t i = 0; i < across.size; i++) {
    copy_singles(from + i * across.from * element_size, to + i * across.to * element_size, inner,
                 element_size);
  }
}

static void copy_item(const copy_job *job, const char *from, char *to, int64_t tile) {
  const int64_t size = job->element_size;
  if (job->kind == RUNS) {
    const int64_t begin = tile * job->tile_inner;
    const int64_t length = hebb_smaller(job->tile_inner, job->inner.size - begin);
    hebb_copy_bytes(to + begin * size, from + begin * size, length * size);
    return;
  }
  axis across = job->across, inner = job->inner;
  const int64_t j = tile % job->tiles_inner * job->tile_inner;
  const int64_t i = tile / job->tiles_inner * job->tile_across;
  inner.size = hebb_smaller(job->tile_inner, inner.size - j);
  from += j * inner.from * size;
  to += j * inner.to * size;
  if (job->kind == SINGLES) {
    copy_singles(from, to, inner, size);
    return;
  }
  across.size = hebb_smaller(job->tile_across, across.size - i);
  copy_tile(from + i * across.from * size, to + i * across.to * size, across, inner, size);
}

static void copy_body(void *context, int index, int count) {
  const copy_job *job = context;
  const hebb_range range = hebb_part(job->items, 1, index, count);
  if (range.begin >= range.end) return;
  const int64_t tiles = job->tiles_inner * job->tiles_across;
  int64_t tile = range.begin % tiles;
  int64_t place[MAX_RANK];
  int64_t outer = range.begin / tiles, from = 0, to = 0;
  for (int d = job->rank - 1; d >= 0; d--) {
    place[d] = outer % job->axes[d].size;
    outer /= job->axes[d].size;
    from += place[d] * job->axes[d].from;
    to += place[d] * job->axes[d].to;
  }
  for (int64_t item = range.begin; item < range.end; item++) {
    copy_item(job, job->source + from * job->element_size,
              job->destination + to * job->element_size, tile);
    if (++tile < tiles) continue;
    tile = 0;
    for (int d = job->rank - 1; d >= 0; d--) {
      const axis *a = &job->axes[d];
      from += a->from;
      to += a->to;
      if (++place[d] < a->size) break;
      from -= a->from * a->size;
      to -= a->to * a->size;
      place[d] = 0;
    }
  }
}

static int64_t magnitude(int64_t a) { return a < 0 ? -a : a; }

/// Drops axes of size 1, makes destination strides positive, sorts the axes by them and joins
/// neighbours that both sides walk through as one.
static void simplify(copy_job *job) {
  axis *axes = job->axes;
  int rank = 0;
  for (int d = 0; d < job->rank; d++) {
    axis a = axes[d];
    if (a.size == 1) continue;
    if (a.to < 0) {
      job->source += (a.size - 1) * a.from * job->element_size;
      job->destination += (a.size - 1) * a.to * job->element_size;
      a.from = -a.from;
      a.to = -a.to;
    }
    int k = rank++;
    for (; k > 0 && axes[k - 1].to < a.to; k--) axes[k] = axes[k - 1];
    axes[k] = a;
  }
  int joined = 0;
  for (int d = 0; d < rank; d++) {
    const axis a = axes[d];
    axis *last = &axes[joined > 0 ? joined - 1 : 0];
    if (joined > 0 && last->to == a.to * a.size && last->from == a.from * a.size) {
      last->size *= a.size;
      last->to = a.to;
      last->from = a.from;
    } else {
      axes[joined++] = a;
    }
  }
  job->rank = joined;
}

/// Chooses the loops: takes the inner axis, and for transposes the one across, off `job->axes`.
static void choose(copy_job *job) {
  const axis one = {1, 1, 1};
  job->inner = job->rank > 0 ? job->axes[--job->rank] : one;
  job->across = one;
  job->tiles_across = 1;
  job->kind = job->inner.to == 1 && job->inner.from == 1 ? RUNS : SINGLES;
  int across = -1;
  for (int d = 0; job->kind == SINGLES && d < job->rank; d++) {
    const int64_t step = magnitude(job->axes[d].from);
    if (step == 0 || step >= magnitude(job->inner.from)) continue;
    if (across < 0 || step < magnitude(job->axes[across].from)) across = d;
  }
  if (across >= 0) {
    job->kind = TRANSPOSES;
    job->across = job->axes[across];
    for (int d = across; d + 1 < job->rank; d++) job->axes[d] = job->axes[d + 1];
    job->rank--;
    const bool narrow = job->across.size < 16 || job->inner.size < 16;
    job->tile_across = narrow ? NARROW_TILE : TILE_ACROSS;
    job->tile_inner = narrow ? NARROW_TILE : TILE_INNER;
    job->tiles_across = (job->across.size + job->tile_across - 1) / job->tile_across;
  } else {
    job->tile_inner = 1 << 16;
  }
  job->tiles_inner = (job->inner.size + job->tile_inner - 1) / job->tile_inner;
}

void hebb_copy_strided(const void *source, const int64_t *source_strides, void *destination,
                       const int64_t *destination_strides, const int64_t *dimensions, int rank,
                       int64_t element_size, int threads) {
  if (rank > MAX_RANK) __builtin_trap();
  copy_job job = {.source = source, .destination = destination, .element_size = element_size};
  job.rank = rank;
  int64_t elements = 1;
  for (int d = 0; d < rank; d++) {
    elements *= dimensions[d];
    job.axes[d] = (axis){dimensions[d], source_strides[d], destination_strides[d]};
  }
  if (elements == 0) return;
  simplify(&job);
  choose(&job);
  job.items = job.tiles_inner * job.tiles_across;
  for (int d = 0; d < job.rank; d++) job.items *= job.axes[d].size;
  hebb_parallel(hebb_threads_for(elements, job.items, threads), copy_body, &job);
}
