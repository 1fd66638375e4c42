// Matrix tiles for processors that have none: the instructions die, and a handler carries them out.
#ifndef TILE_EMULATOR_H
#define TILE_EMULATOR_H

#include <stdbool.h>

/// Carries out the tile instructions (AMX-TILE and AMX-BF16) of this process from now on, slowly, where
/// the processor refuses them. False where it cannot: not on x86-64 Linux.
bool tile_emulator_install(void);

/// How many products of tiles have been carried out by the handler.
long tile_emulator_products(void);

#endif
