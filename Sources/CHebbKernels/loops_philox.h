// What the templates that make Philox's numbers share.
#ifndef HEBB_LOOPS_PHILOX_H
#define HEBB_LOOPS_PHILOX_H

#include <stdint.h>

#include "hebb_program.h"
#include "loops_vectors.h"

#define PHILOX_M0 0xd2511f53u
#define PHILOX_M1 0xcd9e8d57u
#define PHILOX_W0 0x9e3779b9u
#define PHILOX_W1 0xbb67ae85u

typedef hebb_philox_stream philox_stream;

#define philox_words HEBB_L(philox_words)
#define philox_longs HEBB_L(philox_longs)
#define philox_pair HEBB_L(philox_pair)
#define philox_blocks HEBB_L(philox_blocks)
#define philox_lanes HEBB_L(philox_lanes)
#define philox_rounds HEBB_L(philox_rounds)

#endif
