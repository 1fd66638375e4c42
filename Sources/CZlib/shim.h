// zlib. `deflateInit2` and `inflateInit2` are macros, which Swift does not see: call
// `deflateInit2_` and `inflateInit2_` with `ZLIB_VERSION` and `MemoryLayout<z_stream>.size`.
#ifndef HEBB_CZLIB_SHIM_H
#define HEBB_CZLIB_SHIM_H

#include <zlib.h>

#endif
