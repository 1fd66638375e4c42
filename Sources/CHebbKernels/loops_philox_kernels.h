// Template of loops_philox.c, included once for each vector level by loops_levels.h.

#include "loops_philox_blocks.h"

#define LANES HEBB_LANES_32
#define BLOCKS HEBB_LANES_64
#define FLOATS HEBB_L(philox_floats)
#define SIGNED HEBB_L(philox_signed)

typedef float FLOATS __attribute__((vector_size(HEBB_BYTES)));
typedef int32_t SIGNED __attribute__((vector_size(HEBB_BYTES)));

/// out[i] = number 4 * block + i.
static void HEBB_L(philox_fill_bits)(const philox_stream *s, uint64_t block, void *out,
                                     int64_t count) {
  uint32_t *y = out;
  int64_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES, block += BLOCKS) {
    const philox_pair pair = philox_blocks(s, block);
    memcpy(y + i, &pair, sizeof pair);
  }
  if (i < count) {
    const philox_pair pair = philox_blocks(s, block);
    memcpy(y + i, &pair, (size_t)(count - i) * 4);
  }
}

/// out[i] = the upper 24 bits of number 4 * block + i, over 2^24.
static void HEBB_L(philox_fill_uniform)(const philox_stream *s, uint64_t block, void *out,
                                        int64_t count) {
  float *y = out;
  for (int64_t i = 0; i < count; i += 2 * LANES, block += BLOCKS) {
    const philox_pair pair = philox_blocks(s, block);
    FLOATS u[2];
    u[0] = __builtin_convertvector((SIGNED)(pair.low >> 8), FLOATS) * 0x1p-24f;
    u[1] = __builtin_convertvector((SIGNED)(pair.high >> 8), FLOATS) * 0x1p-24f;
    if (i + 2 * LANES <= count) {
      memcpy(y + i, u, sizeof u);
    } else {
      memcpy(y + i, u, (size_t)(count - i) * 4);
    }
  }
}

/// out[i] = whether number 8 * block + i of 16 bits is not below the threshold, 0...65536, one byte each.
static void HEBB_L(philox_fill_keep)(const philox_stream *s, uint64_t block, void *out,
                                     int64_t count) {
  typedef uint16_t HALVES __attribute__((vector_size(2 * HEBB_BYTES)));
  typedef uint8_t TRUTHS __attribute__((vector_size(HEBB_BYTES)));
  uint8_t *y = out;
  if (s->threshold > 0xffff) {
    memset(y, 0, (size_t)count);
    return;
  }
  const uint16_t threshold = (uint16_t)s->threshold;
  for (int64_t i = 0; i < count; i += 4 * LANES, block += BLOCKS) {
    const philox_pair pair = philox_blocks(s, block);
    HALVES halves;
    memcpy(&halves, &pair, sizeof halves);
    const TRUTHS kept = __builtin_convertvector((halves >= threshold) & 1, TRUTHS);
    if (i + 4 * LANES <= count) {
      memcpy(y + i, &kept, sizeof kept);
    } else {
      memcpy(y + i, &kept, (size_t)(count - i));
    }
  }
}

static inline FLOATS HEBB_L(philox_choose)(SIGNED mask, FLOATS yes, FLOATS no) {
  return (FLOATS)((mask & (SIGNED)yes) | (~mask & (SIGNED)no));
}

/// -2 ln((n + 1) / 2^32). Near 1 the number's distance from 1, which is exact, is used, so that the
/// result has its full relative accuracy there too. Polynomial: Cephes (S. L. Moshier), logf.
static inline FLOATS HEBB_L(philox_minus_two_log)(philox_words n) {
  const SIGNED near = (SIGNED)(n >= 0xb504f333u);  // (n + 1) / 2^32 >= sqrt(1/2)
  // Both conversions see at most 32 bits without sign; the high one is wrong only where unused.
  const FLOATS distance = __builtin_convertvector((SIGNED)(~n & 0x7fffffffu), FLOATS) * -0x1p-32f;
  const FLOATS number = __builtin_convertvector(n + 1, FLOATS);
  const philox_words bits = (philox_words)number + (0x3f800000u - 0x3f3504f3u);
  const FLOATS exponent = __builtin_convertvector((SIGNED)(bits >> 23) - (127 + 32), FLOATS);
  const FLOATS mantissa = (FLOATS)((bits & 0x007fffffu) + 0x3f3504f3u);
  const FLOATS zero = (FLOATS){};
  const FLOATS x = HEBB_L(philox_choose)(near, distance, mantissa - 1.0f);
  const FLOATS e = HEBB_L(philox_choose)(near, zero, exponent);
  FLOATS p = x * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * x + 1.1676998740e-1f;
  p = p * x - 1.2420140846e-1f;
  p = p * x + 1.4249322787e-1f;
  p = p * x - 1.6668057665e-1f;
  p = p * x + 2.0000714765e-1f;
  p = p * x - 2.4999993993e-1f;
  p = p * x + 3.3333331174e-1f;
  const FLOATS square = x * x;
  FLOATS y = p * square * x + e * -2.12194440e-4f;
  y = y - square * 0.5f;
  return (e * 0.693359375f + (x + y)) * -2.0f;
}

/// Box-Muller on pairs of numbers. The angle is reduced to an eighth of a turn in whole numbers, so
/// exactly. Polynomials: Cephes, sinf and cosf.
static void HEBB_L(philox_fill_normal)(const philox_stream *s, uint64_t block, void *out,
                                       int64_t count) {
  float *y = out;
  for (int64_t i = 0; i < count; i += 2 * LANES, block += BLOCKS) {
    const philox_pair pair = philox_blocks(s, block);
    const philox_words n1 = HEBB_EVEN(LANES, pair.low, pair.high);
    const philox_words n2 = HEBB_ODD(LANES, pair.low, pair.high);
    const FLOATS radius = __builtin_elementwise_sqrt(HEBB_L(philox_minus_two_log)(n1));
    const philox_words quarter = (n2 + 0x20000000u) >> 30;
    const SIGNED rest = (SIGNED)(n2 - (quarter << 30));
    // 2 pi / 2^32
    const FLOATS t = __builtin_convertvector(rest, FLOATS) * 1.46291807926715968e-9f;
    const FLOATS z = t * t;
    FLOATS sine = z * -1.9515295891e-4f + 8.3321608736e-3f;
    sine = sine * z - 1.6666654611e-1f;
    sine = sine * z * t + t;
    FLOATS cosine = z * 2.443315711809948e-5f - 1.388731625493765e-3f;
    cosine = cosine * z + 4.166664568298827e-2f;
    cosine = cosine * z * z - z * 0.5f + 1.0f;
    const SIGNED odd = (SIGNED)((quarter & 1) != 0);
    const philox_words cosine_sign = ((quarter + 1) & 2) << 30, sine_sign = (quarter & 2) << 30;
    const FLOATS a = HEBB_L(philox_choose)(odd, sine, cosine);
    const FLOATS b = HEBB_L(philox_choose)(odd, cosine, sine);
    const FLOATS first = radius * (FLOATS)((philox_words)a ^ cosine_sign);
    const FLOATS second = radius * (FLOATS)((philox_words)b ^ sine_sign);
    const FLOATS normal[2] = {HEBB_ZIP_LOW(LANES, first, second),
                              HEBB_ZIP_HIGH(LANES, first, second)};
    if (i + 2 * LANES <= count) {
      memcpy(y + i, normal, sizeof normal);
    } else {
      memcpy(y + i, normal, (size_t)(count - i) * 4);
    }
  }
}

#undef LANES
#undef BLOCKS
#undef FLOATS
#undef SIGNED
