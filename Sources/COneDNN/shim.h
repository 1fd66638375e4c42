// oneDNN 3, C API. `scripts/setup` installs version 3.1 (Ubuntu 24.04) or 3.2 (Debian 12): use what
// both have.
#ifndef HEBB_CONEDNN_SHIM_H
#define HEBB_CONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#if DNNL_VERSION_MAJOR != 3
#error "Hebb needs oneDNN 3; run scripts/setup"
#endif

// The OpenMP run-time library that oneDNN runs on (libgomp; dnnl.pc links it). Its own header
// comes only with a C compiler. The number of threads is a setting of the calling thread.
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);

#endif
