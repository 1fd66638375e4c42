// Template of measure.c, included once for each vector level by loops_levels.h.
#include "vector_types.h"

static uint64_t HEBB_L(move_part)(const move_job *job, int64_t begin, int64_t end) {
  vlong found = vl_splat(0);
  for (int64_t i = begin; i < end; i += HEBB_BYTES) {
    vlong all = vl_load(job->sources[0] + i);
    for (int s = 1; s < job->source_count; s++) all |= vl_load(job->sources[s] + i);
    if (job->target_count == 0) found |= all;
    for (int t = 0; t < job->target_count; t++) {
      if (job->streams) v_stream(job->targets[t] + i, all);
      else vl_store(job->targets[t] + i, all);
    }
  }
  return (uint64_t)__builtin_reduce_or(found);
}

/// Independent chains for the case that is bound by the loads alone.
static uint64_t HEBB_L(read_part)(const char *source, int64_t begin, int64_t end) {
  vlong found[4] = {vl_splat(0), vl_splat(0), vl_splat(0), vl_splat(0)};
  int64_t i = begin;
  for (; i + 4 * HEBB_BYTES <= end; i += 4 * HEBB_BYTES)
    for (int k = 0; k < 4; k++) found[k] |= vl_load(source + i + k * HEBB_BYTES);
  for (; i < end; i += HEBB_BYTES) found[0] |= vl_load(source + i);
  return (uint64_t)__builtin_reduce_or(found[0] | found[1] | found[2] | found[3]);
}
