// The activations that follow products on tiles.
#include "tiles_activation.h"

#define HEBB_TEMPLATE "tiles_activation_kernels.h"
#include "loops_levels.h"

void hebb_tiles_activate(float *row, int64_t count, hebb_tiles_activation activation) {
  HEBB_AT_LEVEL(activate_row)(row, count, activation);
}
