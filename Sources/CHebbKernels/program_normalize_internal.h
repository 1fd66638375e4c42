// A normalization of rows, y = (x - mean) / sqrt(variance + epsilon) * scale + shift, is five loops of a chain.
// They are run as one, row by row, so that a row stays in the first-level cache.
#ifndef HEBB_PROGRAM_NORMALIZE_INTERNAL_H
#define HEBB_PROGRAM_NORMALIZE_INTERNAL_H

#include "program_internal.h"

/// The loops of a normalization, and the longest row: longer ones do not stay in a block of the loops.
#define HEBB_NORMALIZATION_LOOPS 5
#define HEBB_NORMALIZED_ROW 1536

typedef struct {
  const hebb_program *program;
  const void *const *inputs;
  void *const *outputs;
} hebb_placed_program;

/// Whether the loops are a normalization; it is written to `job`.
bool hebb_find_normalization(const hebb_placed_program *loops, hebb_normalization *job);

#endif
