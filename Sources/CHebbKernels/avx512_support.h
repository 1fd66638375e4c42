// What kernels of AVX-512 share: the instruction sets of their functions, masks of lanes, the transpose of a square.
#ifndef HEBB_AVX512_SUPPORT_H
#define HEBB_AVX512_SUPPORT_H

#include <stdint.h>

#if defined(__x86_64__)

#include <immintrin.h>

#define HEBB_AVX512_BEGIN                                                                                   \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512vl,\" \
\"avx512dq\"))), apply_to = function)")
#define HEBB_AVX512_END _Pragma("clang attribute pop")
#define HEBB_AVX512_INLINE static inline __attribute__((always_inline, unused))

HEBB_AVX512_BEGIN

/// The lanes below `count`, all of them from 16 on, none below 1.
HEBB_AVX512_INLINE __mmask16 hebb_avx512_lanes(int64_t count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

/// Transposes 16 vectors of 16 words.
HEBB_AVX512_INLINE void hebb_avx512_transpose(__m512i v[16]) {
  __m512i t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    const __m512i a = _mm512_unpacklo_epi32(v[i], v[i + 1]), b = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    const __m512i c = _mm512_unpacklo_epi32(v[i + 2], v[i + 3]);
    const __m512i d = _mm512_unpackhi_epi32(v[i + 2], v[i + 3]);
    t[i] = _mm512_unpacklo_epi64(a, c);
    t[i + 1] = _mm512_unpackhi_epi64(a, c);
    t[i + 2] = _mm512_unpacklo_epi64(b, d);
    t[i + 3] = _mm512_unpackhi_epi64(b, d);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const __m512i a = _mm512_shuffle_i32x4(t[i], t[i + 4], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(t[i], t[i + 4], 0xdd);
    const __m512i c = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0x88);
    const __m512i d = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0xdd);
    v[i] = _mm512_shuffle_i32x4(a, c, 0x88);
    v[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
    v[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
    v[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
}

HEBB_AVX512_END

#endif
#endif
