// How HebbCore finds the CPU backend without depending on it: a weak symbol that HebbCPU defines.
#ifndef HEBB_BACKEND_H
#define HEBB_BACKEND_H

#include <stddef.h>

/// Defined by HebbCPU: a retained reference to a Swift `BackendBox`.
extern void *_Nullable hebb_cpu_backend(void) __attribute__((weak));

/// The CPU backend, or null in a program that does not contain HebbCPU.
static inline void *_Nullable hebb_find_cpu_backend(void) {
  return hebb_cpu_backend != NULL ? hebb_cpu_backend() : NULL;
}

#endif
