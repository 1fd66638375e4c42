#ifndef HEBB_TILES_ACTIVATION_H
#define HEBB_TILES_ACTIVATION_H

#include "hebb_tiles.h"

/// Applies an activation to `count` numbers in place.
void hebb_tiles_activate(float *row, int64_t count, hebb_tiles_activation activation);

#endif
