// C only where Swift cannot reach the instruction set: loops chosen at run time for AVX-512, AVX2,
// baseline x86 or NEON, and the thread pool that they share with oneDNN.
#ifndef CHEBBKERNELS_H
#define CHEBBKERNELS_H

#include "hebb_activation.h"
#include "hebb_attention.h"
#include "hebb_backend.h"
#include "hebb_chain.h"
#include "hebb_conv_places.h"
#include "hebb_conv_rows.h"
#include "hebb_conv_winograd.h"
#include "hebb_loops.h"
#include "hebb_measure.h"
#include "hebb_parallel.h"
#include "hebb_processor.h"
#include "hebb_products.h"
#include "hebb_program.h"
#include "hebb_tile_conv.h"
#include "hebb_tiles.h"
#include "hebb_recurrent.h"

#endif
