// libpng's simplified API: `png_image` and the functions `png_image_*`. They report errors in
// `png_image.warning_or_error` and `message`. The rest of libpng reports them with `longjmp`, which
// must not cross Swift frames: do not call it.
#ifndef HEBB_CPNG_SHIM_H
#define HEBB_CPNG_SHIM_H

#include <png.h>

#endif
