// Blocks of Philox 4x32-10 for templates of loops_levels.h.
#include "loops_philox.h"

typedef uint32_t philox_words __attribute__((vector_size(HEBB_BYTES)));
typedef uint64_t philox_longs __attribute__((vector_size(HEBB_BYTES)));

/// Two registers of consecutive numbers: those of HEBB_LANES_64 blocks.
typedef struct {
  philox_words low, high;
} philox_pair;

/// The four words of blocks with these counters; the upper half of each lane holds rubbish.
typedef struct {
  philox_longs words[4];
} philox_lanes;

/// Ten rounds. Each lane of 64 bits carries one word of one block; its upper half holds rubbish, which the
/// 32-bit multiplication ignores.
static inline __attribute__((always_inline, unused)) philox_lanes philox_rounds(const philox_stream *s,
                                                                                philox_longs block) {
  const philox_longs half = (philox_longs){} + 0xffffffffu;
  philox_longs c0 = block;
  philox_longs c1 = c0 >> 32;
  philox_longs c2 = (philox_longs){} + (uint32_t)s->step;
  philox_longs c3 = (philox_longs){} + (s->step >> 32);
  uint32_t k0 = (uint32_t)s->key, k1 = (uint32_t)(s->key >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    const philox_longs p0 = (c0 & half) * (uint64_t)PHILOX_M0;
    const philox_longs p1 = (c2 & half) * (uint64_t)PHILOX_M1;
    c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
    c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
    c1 = p1;
    c3 = p0;
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
  return (philox_lanes){{c0, c1, c2, c3}};
}

/// The numbers of blocks `block` ..< `block` + HEBB_LANES_64.
static inline __attribute__((always_inline, unused)) philox_pair philox_blocks(const philox_stream *s,
                                                                               uint64_t block) {
  philox_longs iota;
  for (int i = 0; i < HEBB_LANES_64; i++) iota[i] = (uint64_t)i;
  const philox_longs half = (philox_longs){} + 0xffffffffu;
  const philox_lanes c = philox_rounds(s, iota + block);
  const philox_longs low = (c.words[0] & half) | (c.words[1] << 32);
  const philox_longs high = (c.words[2] & half) | (c.words[3] << 32);
  philox_pair pair;
  pair.low = (philox_words)HEBB_ZIP_LOW(HEBB_LANES_64, low, high);
  pair.high = (philox_words)HEBB_ZIP_HIGH(HEBB_LANES_64, low, high);
  return pair;
}
