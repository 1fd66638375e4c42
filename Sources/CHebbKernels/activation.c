// The activations that follow products whose results are in memory already.
#include "activation.h"

#define HEBB_TEMPLATE "activation_kernels.h"
#include "loops_levels.h"

void hebb_activate(float *row, int64_t count, hebb_activation activation) {
  HEBB_AT_LEVEL(activate_row)(row, count, activation);
}
