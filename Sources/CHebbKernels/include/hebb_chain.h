// Fused loops that run one after the other over the same rows, some rows at a time, so that what one loop
// writes is still in the cache when the next one reads it. Normalization is three loops over each row
// (mean, variance, result): as a chain they read memory once.
#ifndef HEBB_CHAIN_H
#define HEBB_CHAIN_H

#include "hebb_program.h"

/// How an operand moves: bytes from one chunk of rows to the next, and from one thread to the next (for
/// memory that only this chain uses).
typedef struct {
  int64_t chunk_step, thread_step;
} hebb_chain_operand;

/// One loop of a chain.
typedef struct {
  /// The loop over the rows of one chunk, and over those of the last chunk, which may have fewer.
  const hebb_program *program, *last_program;
  hebb_chain_operand inputs[HEBB_MAX_INPUTS], outputs[HEBB_MAX_OUTPUTS];
} hebb_chain_link;

/// Bytes of scratch memory that a run with `threads` threads needs (64-byte aligned), 0 if none.
int64_t hebb_chain_scratch_bytes(const hebb_chain_link *links, int count, int threads);

/// Runs the loops on all chunks. `operands` lists, loop by loop, the addresses of its inputs and then of
/// its outputs in the first chunk of the first thread. The result does not depend on `threads`.
void hebb_chain_run(const hebb_chain_link *links, int count, int64_t chunks, void *const *operands,
                    void *scratch, int threads);

#endif
