// Chains of fused loops: see hebb_chain.h.
#include "hebb_chain.h"

#include <stddef.h>

#include "hebb_parallel.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t thread_scratch(const hebb_chain_link *links, int count) {
  int64_t bytes = 0;
  for (int i = 0; i < count; i++) {
    bytes = larger(bytes, hebb_program_scratch_bytes(links[i].program, 1));
    bytes = larger(bytes, hebb_program_scratch_bytes(links[i].last_program, 1));
  }
  return (bytes + 63) / 64 * 64;
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

static void run_chunk(const chain *c, int64_t chunk, int thread) {
  void *const *operand = c->operands;
  for (int i = 0; i < c->count; i++) {
    const hebb_chain_link *link = &c->links[i];
    const hebb_program *program = chunk + 1 < c->chunks ? link->program : link->last_program;
    const void *inputs[HEBB_MAX_INPUTS];
    void *outputs[HEBB_MAX_OUTPUTS];
    hebb_philox_stream streams[HEBB_MAX_INPUTS];
    for (int k = 0; k < program->input_count; k++) {
      if (program->inputs[k].dtype == HEBB_KEEP) {
        // Elements instead of bytes: the stream has no address to move.
        streams[k] = *(const hebb_philox_stream *)*operand++;
        streams[k].first += chunk * link->inputs[k].chunk_step;
        inputs[k] = &streams[k];
        continue;
      }
      inputs[k] = address(*operand++, &link->inputs[k], chunk, thread);
    }
    for (int k = 0; k < program->output_count; k++)
      outputs[k] = address(*operand++, &link->outputs[k], chunk, thread);
    void *scratch = c->scratch ? c->scratch + thread * c->scratch_step : NULL;
    hebb_program_run(program, inputs, outputs, scratch, 1);
  }
}

static void run_part(void *context, int index, int count) {
  const chain *c = context;
  const int64_t end = c->chunks * (index + 1) / count;
  for (int64_t chunk = c->chunks * index / count; chunk < end; chunk++) run_chunk(c, chunk, index);
}

void hebb_chain_run(const hebb_chain_link *links, int count, int64_t chunks, void *const *operands,
                    void *scratch, int threads) {
  chain c = {links, count, chunks, operands, scratch, thread_scratch(links, count)};
  if (threads > chunks) threads = (int)chunks;
  hebb_parallel(threads, run_part, &c);
}
