#ifndef HEBB_ACTIVATION_KERNEL_H
#define HEBB_ACTIVATION_KERNEL_H

#include <stdint.h>

#include "hebb_activation.h"

/// Applies an activation to `count` numbers in place.
void hebb_activate(float *row, int64_t count, hebb_activation activation);

#endif
