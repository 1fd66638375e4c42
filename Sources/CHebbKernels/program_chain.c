// Chains of fused loops: see hebb_chain.h.
#include "hebb_chain.h"

#include <stddef.h>

#include "hebb_parallel.h"
#include "hebb_processor.h"
#include "program_plan.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// A loop as one thread runs it: the plan is made for the first chunk and again for the last.
typedef struct {
  const hebb_program *program;
  const void *inputs[HEBB_MAX_INPUTS];
  void *outputs[HEBB_MAX_OUTPUTS];
  hebb_philox_stream streams[HEBB_MAX_INPUTS];
  bool is_plain;  // neither empty nor in tiles
  hebb_plan plan;
} planned_loop;

/// The plans come first, then what the loops need in turn.
static int64_t plan_bytes(int count) { return (count * (int64_t)sizeof(planned_loop) + 63) / 64 * 64; }

static int64_t thread_scratch(const hebb_chain_link *links, int count) {
  int64_t bytes = 0;
  for (int i = 0; i < count; i++) {
    bytes = larger(bytes, hebb_program_scratch_bytes(links[i].program, 1));
    bytes = larger(bytes, hebb_program_scratch_bytes(links[i].last_program, 1));
  }
  return plan_bytes(count) + (bytes + 63) / 64 * 64;
}

int64_t hebb_chain_scratch_bytes(const hebb_chain_link *links, int count, int threads) {
  return thread_scratch(links, count) * (threads < 1 ? 1 : threads);
}

typedef struct {
  const hebb_chain_link *links;
  int count;
  int64_t chunks;
  void *const *operands;
  char *scratch;
  int64_t scratch_step;
} chain;

static char *address(void *start, const hebb_chain_operand *o, int64_t chunk, int thread) {
  return (char *)start + chunk * o->chunk_step + thread * o->thread_step;
}

static void *const *place_operands(const hebb_chain_link *link, planned_loop *loop,
                                   void *const *operand, int64_t chunk, int thread) {
  const hebb_program *program = loop->program;
  for (int k = 0; k < program->input_count; k++) {
    if (program->inputs[k].dtype == HEBB_KEEP) {
      // Elements instead of bytes: the stream has no address to move.
      loop->streams[k] = *(const hebb_philox_stream *)*operand++;
      loop->streams[k].first += chunk * link->inputs[k].chunk_step;
      loop->inputs[k] = &loop->streams[k];
      continue;
    }
    loop->inputs[k] = address(*operand++, &link->inputs[k], chunk, thread);
  }
  for (int k = 0; k < program->output_count; k++)
    loop->outputs[k] = address(*operand++, &link->outputs[k], chunk, thread);
  return operand;
}

/// Plans where `plans` says so; else the plans are those of the chunk before.
static void run_loop(planned_loop *loop, bool plans, void *scratch) {
  if (plans) {
    hebb_tiling tiling;
    loop->is_plain = !hebb_find_tiling(loop->program, &tiling)
        && hebb_plan_program(&loop->plan, loop->program, loop->inputs, loop->outputs, scratch, 1);
  }
  if (loop->is_plain) {
    hebb_run_part(&loop->plan, 0);
    hebb_finish_partial(&loop->plan);
  } else {
    hebb_program_run(loop->program, loop->inputs, loop->outputs, scratch, 1);
  }
}

static void run_chunk(const chain *c, planned_loop *loops, int64_t chunk, int thread, bool is_first) {
  void *const *operand = c->operands;
  const bool is_last = chunk + 1 == c->chunks;
  void *scratch = (char *)loops + plan_bytes(c->count);
  for (int i = 0; i < c->count; i++) {
    loops[i].program = is_last ? c->links[i].last_program : c->links[i].program;
    operand = place_operands(&c->links[i], &loops[i], operand, chunk, thread);
  }
  for (int i = 0; i < c->count; i++) run_loop(&loops[i], is_first || is_last, scratch);
}

static void run_part(void *context, int index, int count) {
  const chain *c = context;
  planned_loop *loops = (planned_loop *)(c->scratch + index * c->scratch_step);
  const int64_t first = c->chunks * index / count, end = c->chunks * (index + 1) / count;
  for (int64_t chunk = first; chunk < end; chunk++)
    run_chunk(c, loops, chunk, index, chunk == first);
}

void hebb_chain_run(const hebb_chain_link *links, int count, int64_t chunks, void *const *operands,
                    void *scratch, int threads) {
  chain c = {links, count, chunks, operands, scratch, thread_scratch(links, count)};
  if (threads > chunks) threads = (int)chunks;
  hebb_parallel(threads, run_part, &c);
}
