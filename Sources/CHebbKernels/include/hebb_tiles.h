// The matrix tiles of x86 processors (AMX with bf16): whether they can be used, and products on them.
#ifndef HEBB_TILES_H
#define HEBB_TILES_H

#include "hebb_activation.h"
#include <stdbool.h>
#include <stdint.h>

/// Why the tiles are used or not.
typedef enum {
  HEBB_TILES_USABLE = 0,
  HEBB_TILES_ABSENT,         // the processor has none, or none for bf16
  HEBB_TILES_NO_PERMISSION,  // the system does not save their registers or refuses them
  HEBB_TILES_FAILED,         // the instructions are announced, but die or compute something else
  HEBB_TILES_FORBIDDEN       // switched off by hebb_set_tiles_allowed
} hebb_tiles_state;

/// Asks the processor (CPUID leaves 7 and 7.1, never 0x1D, which virtual machines leave empty), the system
/// (XCR0 and its permission), and tries a small product in a child process. Asks once.
hebb_tiles_state hebb_tiles_status(void);

/// Whether the tiles can be used and are allowed.
bool hebb_tiles_available(void);

/// Forbids or allows the tiles for what is planned from now on.
void hebb_set_tiles_allowed(bool allowed);
bool hebb_tiles_allowed(void);

/// Takes the tiles as usable without asking the machine: for a test that carries out their instructions
/// itself where the processor has none (Tests/TileEmulator).
void hebb_set_tiles_emulated(bool emulated);

/// C[b] = activation(A[b] B[b] + bias), `batches` times. A is [rows, depth], B [depth, columns], C dense [rows,
/// columns]; all sizes at least 1. Element (r, d) of A is at a_offsets[b] + r a_row + d a_depth, element (d, c)
/// of B at b_offsets[b] + d b_depth + c b_column: one stride of each is 1 (or its axis has size 1).
/// Null offsets are zeros.
typedef struct {
  int64_t batches, rows, columns, depth;
  int64_t a_row, a_depth, b_depth, b_column;
  const int64_t *a_offsets, *b_offsets;
  int parts;        // of each float32 number: 3, 2 or 1; 1 for bf16 operands
  bool half;        // operands are bf16
  bool half_result; // C is bf16; sums are float32 all the same
  hebb_activation activation;
} hebb_tiles_product;

/// Bytes of B's packed form (for one batch), and of scratch memory for a run, both 64-byte aligned. A run that
/// gets B packed needs less.
int64_t hebb_tiles_packed_bytes(const hebb_tiles_product *p);
int64_t hebb_tiles_scratch_bytes(const hebb_tiles_product *p, bool is_packed, int threads);

/// Packs B of batch 0 once for many runs of products of the same depth, columns and parts.
void hebb_tiles_pack(const hebb_tiles_product *p, const void *b, void *packed, int threads);

/// Computes C. `packed` is B's packed form (for one batch, or the same B in all) or null. bias, one number for
/// each column, may be null. Returns false, with C undefined, if operands hold numbers that the parts cannot
/// take (infinities, no numbers, magnitudes from about 2^30 on with two or three parts): the caller computes
/// the product without tiles then. The result does not depend on the number of threads.
bool hebb_tiles_run(const hebb_tiles_product *p, const void *a, const void *b, const void *packed,
                    const float *bias, void *c, void *scratch, int threads);

#endif
