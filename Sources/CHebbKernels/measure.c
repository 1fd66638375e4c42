// Memory moved without arithmetic, as the limit that other loops are compared with.
#include "hebb_measure.h"

#include <time.h>

#include "loops_support.h"

uint64_t hebb_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

typedef struct {
  const char *sources[8];
  char *targets[8];
  int source_count, target_count;
  int64_t bytes;
  int streams;
  uint64_t found[256];
} move_job;

#define HEBB_TEMPLATE "measure_kernels.h"
#include "loops_levels.h"

static void move_body(void *context, int index, int count) {
  move_job *job = context;
  const hebb_range range = hebb_part(job->bytes, 4096, index, count);
  const int is_read = job->source_count == 1 && job->target_count == 0;
  const uint64_t found =
      is_read ? HEBB_AT_LEVEL(read_part)(job->sources[0], range.begin, range.end)
              : HEBB_AT_LEVEL(move_part)(job, range.begin, range.end);
  job->found[index % 256] |= found;
  if (job->streams) hebb_end_streams();
}

void hebb_move_memory(const void *const *sources, int source_count, void *const *targets,
                      int target_count, int64_t bytes, int streams, uint64_t *found, int threads) {
  move_job job = {.source_count = source_count, .target_count = target_count, .bytes = bytes,
                  .streams = streams};
  if (source_count < 1 || source_count > 8 || target_count < 0 || target_count > 8) return;
  for (int s = 0; s < source_count; s++) job.sources[s] = sources[s];
  for (int t = 0; t < target_count; t++) job.targets[t] = targets[t];
  hebb_parallel(threads, move_body, &job);
  for (int i = 0; i < 256; i++) *found |= job.found[i];
}
