// The matrix tiles of x86 processors (AMX with bf16): whether they can be used, and products on them.
#ifndef HEBB_TILES_H
#define HEBB_TILES_H

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

#endif
