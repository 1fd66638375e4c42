// Activations of rows for one vector level.
#include "vector_math.h"

static void HEBB_L(activate_row)(float *row, int64_t count, hebb_activation activation) {
  for (int64_t i = 0; i < count; i += FLOAT_LANES) {
    const int64_t rest = count - i;
    vfloat value = rest >= FLOAT_LANES ? vf_load(row + i) : vf_load_part(row + i, rest);
    value = vf_activate(value, activation);
    if (rest >= FLOAT_LANES) {
      vf_store(row + i, value);
    } else {
      vf_store_part(row + i, value, rest);
    }
  }
}
