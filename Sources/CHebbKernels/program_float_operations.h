// Operations of the float loops that vector_math.h does not have. Template: see program_kernels.h.
#include "loops_philox_blocks.h"

/// a - b floor(a / b), with the sign of b, or that of a if it is zero. In double precision the quotient's product with b is exact
/// up to 2^29; beyond, the C library takes over.
HEBB_INLINE vfloat K(vf_remainder)(vfloat a, vfloat b) {
  const vdoubles ad = __builtin_convertvector(a, vdoubles);
  const vdoubles bd = __builtin_convertvector(b, vdoubles);
  const vdoubles q = __builtin_elementwise_floor(ad / bd);
  vdoubles r = ad - q * bd;
  // A quotient that rounds up to a whole number leaves a remainder of the wrong sign.
  r = vds_select((r != 0.0) & ((r < 0.0) != (bd < 0.0)), r + bd, r);
  vfloat y = __builtin_convertvector(r, vfloat);
  y = vf_select(y == 0.0f, vf_copy_sign(y, a), y);
  const vint finite = vf_absolute(a) < __builtin_inff();
  const vint differ = (a != 0.0f) & ((a < 0.0f) != (b < 0.0f));
  y = vf_select(finite & (vf_absolute(b) == __builtin_inff()), vf_select(differ, b, a), y);
  const vint large = finite & (vf_absolute(a) > 0x1p29f * vf_absolute(b)) & (b != 0.0f);
  if (__builtin_expect(vf_any(large), 0)) {
    for (int i = 0; i < FLOAT_LANES; i++) {
      if (!large[i]) continue;
      const float m = fmodf(a[i], b[i]);
      y[i] = m != 0.0f && (m < 0.0f) != (b[i] < 0.0f) ? m + b[i] : m;
    }
  }
  return y;
}

HEBB_INLINE vfloat K(vf_round_to_bfloat16)(vfloat x) {
  const vuint bits = (vuint)x;
  const vuint rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  const vuint special = (bits | 0x400000u) & 0xffff0000u;
  return vf_select(x != x, (vfloat)special, (vfloat)rounded);
}

HEBB_INLINE vfloat K(vf_round_to_float16)(vfloat x) {
#if HEBB_LEVEL >= 2 || defined(__aarch64__)
  typedef _Float16 vhalf __attribute__((vector_size(HEBB_BYTES / 2)));
  return __builtin_convertvector(__builtin_convertvector(x, vhalf), vfloat);
#else
  vfloat y;
  for (int i = 0; i < FLOAT_LANES; i++) y[i] = hebb_from_float16(hebb_to_float16(x[i]));
  return y;
#endif
}

// MARK: Keep masks

/// 4 * LANES elements from a multiple of 8 on.
HEBB_INLINE void K(keep_elements)(const hebb_philox_stream *s, uint64_t block, float *y) {
  const philox_pair pair = philox_blocks(s, block);
#if HEBB_LEVEL == 3
  const __m512i threshold = _mm512_set1_epi16((short)s->threshold);
  const __m512 one = _mm512_set1_ps(1);
  const uint32_t low = _mm512_cmpge_epu16_mask((__m512i)pair.low, threshold);
  const uint32_t high = _mm512_cmpge_epu16_mask((__m512i)pair.high, threshold);
  _mm512_storeu_ps(y, _mm512_maskz_mov_ps((__mmask16)low, one));
  _mm512_storeu_ps(y + 16, _mm512_maskz_mov_ps((__mmask16)(low >> 16), one));
  _mm512_storeu_ps(y + 32, _mm512_maskz_mov_ps((__mmask16)high, one));
  _mm512_storeu_ps(y + 48, _mm512_maskz_mov_ps((__mmask16)(high >> 16), one));
#else
  uint16_t numbers[4 * LANES];
  memcpy(numbers, &pair, sizeof numbers);
  for (int i = 0; i < 4 * LANES; i++) y[i] = numbers[i] >= s->threshold ? 1.0f : 0.0f;
#endif
}

/// n elements side by side.
HEBB_INLINE void K(keep_run)(const hebb_philox_stream *s, uint64_t first, float *y, int64_t n) {
  float part[4 * LANES];
  const int64_t skipped = (int64_t)(first % 8);
  uint64_t block = first / 8;
  if (skipped > 0) {
    K(keep_elements)(s, block++, part);
    const int64_t here = 8 - skipped < n ? 8 - skipped : n;
    memcpy(y, part + skipped, (size_t)here * sizeof(float));
    y += here;
    n -= here;
  }
  for (; n >= 4 * LANES; n -= 4 * LANES, y += 4 * LANES, block += LANES / 2)
    K(keep_elements)(s, block, y);
  if (n > 0) {
    K(keep_elements)(s, block, part);
    memcpy(y, part, (size_t)n * sizeof(float));
  }
}

/// n elements `stride` apart, each of a block of its own.
HEBB_INLINE void K(keep_apart)(const hebb_philox_stream *s, uint64_t first, uint64_t stride, float *y,
                               int64_t n) {
  for (int64_t i = 0; i < n; i += LANES / 2) {
    philox_longs element;
    for (int lane = 0; lane < LANES / 2; lane++)
      element[lane] = first + (uint64_t)(i + lane) * stride;
    const philox_lanes c = philox_rounds(s, element >> 3);
    const philox_longs word = (element >> 1) & 3, shift = (element & 1) << 4;
    philox_longs number = {0};
    for (int w = 0; w < 4; w++)
      number |= c.words[w] & (philox_longs)(word == (philox_longs){} + (uint64_t)w);
    number = (number >> shift) & 0xffffu;
    for (int lane = 0; lane < LANES / 2 && i + lane < n; lane++)
      y[i + lane] = number[lane] >= s->threshold ? 1.0f : 0.0f;
  }
}

static void K(load_keep)(void *target, const hebb_philox_stream *stream, int64_t first, int64_t rows,
                         int64_t row_stride, int64_t n, int64_t stride) {
  float *y = target;
  if (stream->threshold > 0xffff) {
    memset(y, 0, (size_t)(rows * n) * sizeof(float));
    return;
  }
  if (stride == 1 && row_stride == n) {
    n *= rows;
    rows = 1;
  }
  for (int64_t r = 0; r < rows; r++, y += n) {
    const uint64_t start = (uint64_t)(stream->first + first + r * row_stride);
    if (stride == 1) K(keep_run)(stream, start, y, n);
    else K(keep_apart)(stream, start, (uint64_t)stride, y, n);
  }
}
