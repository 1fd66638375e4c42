// Vectors as wide as the registers of one level, for templates that loops_levels.h includes: HEBB_LEVEL,
// HEBB_BYTES and HEBB_L are defined there. Every name below stands for the level's own copy.
#ifndef HEBB_VECTOR_TYPES_H
#define HEBB_VECTOR_TYPES_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// What takes or returns vectors must be inlined: passed in memory or in registers, they would be slow
/// and their convention would depend on the level.
#define HEBB_INLINE static inline __attribute__((always_inline, unused))

// One register of floats, of doubles, and of whole numbers of the same width.
#define vfloat HEBB_L(vfloat)
#define vint HEBB_L(vint)
#define vuint HEBB_L(vuint)
#define vdouble HEBB_L(vdouble)
#define vlong HEBB_L(vlong)
#define vulong HEBB_L(vulong)
// Two registers of doubles: as many as a vfloat has floats. And narrow whole numbers, as many again.
#define vdoubles HEBB_L(vdoubles)
#define vlongs HEBB_L(vlongs)
#define vulongs HEBB_L(vulongs)
#define vshort HEBB_L(vshort)
#define vbyte HEBB_L(vbyte)

#define FLOAT_LANES (HEBB_BYTES / 4)
#define DOUBLE_LANES (HEBB_BYTES / 8)

#define vf_load HEBB_L(vf_load)
#define vf_store HEBB_L(vf_store)
#define vf_load_part HEBB_L(vf_load_part)
#define vf_store_part HEBB_L(vf_store_part)
#define vd_load HEBB_L(vd_load)
#define vd_store HEBB_L(vd_store)
#define vd_load_part HEBB_L(vd_load_part)
#define vd_store_part HEBB_L(vd_store_part)
#define vl_load HEBB_L(vl_load)
#define vl_store HEBB_L(vl_store)
#define vl_load_part HEBB_L(vl_load_part)
#define vl_store_part HEBB_L(vl_store_part)
#define vf_splat HEBB_L(vf_splat)
#define vd_splat HEBB_L(vd_splat)
#define vl_splat HEBB_L(vl_splat)
#define vf_select HEBB_L(vf_select)
#define vd_select HEBB_L(vd_select)
#define vl_select HEBB_L(vl_select)
// Not a function: two registers wide, its arguments would have no convention of their own.
#define vds_select(mask, a, b) \
  ((vdoubles)(((mask) & (vlongs)(a)) | (~(mask) & (vlongs)(b))))
#define vf_any HEBB_L(vf_any)
#define v_stream HEBB_L(v_stream)
#define vf_absolute HEBB_L(vf_absolute)
#define vf_copy_sign HEBB_L(vf_copy_sign)
#define vd_absolute HEBB_L(vd_absolute)

#endif

typedef float vfloat __attribute__((vector_size(HEBB_BYTES)));
typedef int32_t vint __attribute__((vector_size(HEBB_BYTES)));
typedef uint32_t vuint __attribute__((vector_size(HEBB_BYTES)));
typedef double vdouble __attribute__((vector_size(HEBB_BYTES)));
typedef int64_t vlong __attribute__((vector_size(HEBB_BYTES)));
typedef uint64_t vulong __attribute__((vector_size(HEBB_BYTES)));
typedef double vdoubles __attribute__((vector_size(2 * HEBB_BYTES)));
typedef int64_t vlongs __attribute__((vector_size(2 * HEBB_BYTES)));
typedef uint64_t vulongs __attribute__((vector_size(2 * HEBB_BYTES)));
typedef uint16_t vshort __attribute__((vector_size(HEBB_BYTES / 2)));
typedef uint8_t vbyte __attribute__((vector_size(HEBB_BYTES / 4)));

// MARK: Memory, aligned to nothing

HEBB_INLINE vfloat vf_load(const void *p) {
  vfloat v;
  memcpy(&v, p, sizeof v);
  return v;
}
HEBB_INLINE void vf_store(void *p, vfloat v) { memcpy(p, &v, sizeof v); }
HEBB_INLINE vdouble vd_load(const void *p) {
  vdouble v;
  memcpy(&v, p, sizeof v);
  return v;
}
HEBB_INLINE void vd_store(void *p, vdouble v) { memcpy(p, &v, sizeof v); }
HEBB_INLINE vlong vl_load(const void *p) {
  vlong v;
  memcpy(&v, p, sizeof v);
  return v;
}
HEBB_INLINE void vl_store(void *p, vlong v) { memcpy(p, &v, sizeof v); }

/// Stores a whole register past the caches; `p` is aligned to its width. A fence has to follow.
HEBB_INLINE void v_stream(void *p, vlong v) {
#if HEBB_LEVEL == 3
  _mm512_stream_si512(p, (__m512i)v);
#elif HEBB_LEVEL == 2
  _mm256_stream_si256(p, (__m256i)v);
#elif defined(__SSE2__)
  _mm_stream_si128(p, (__m128i)v);
#else
  vl_store(p, v);
#endif
}

// The first `count` lanes only, 0 <= count < lanes; lanes that are not loaded are zero.
#if HEBB_LEVEL == 3

HEBB_INLINE vfloat vf_load_part(const void *p, int64_t count) {
  return (vfloat)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
HEBB_INLINE void vf_store_part(void *p, vfloat v, int64_t count) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}
HEBB_INLINE vdouble vd_load_part(const void *p, int64_t count) {
  return (vdouble)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), p);
}
HEBB_INLINE void vd_store_part(void *p, vdouble v, int64_t count) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), (__m512d)v);
}

#elif HEBB_LEVEL == 2

HEBB_INLINE vfloat vf_load_part(const void *p, int64_t count) {
  const vint lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (vfloat)_mm256_maskload_ps(p, (__m256i)(lane < (int32_t)count));
}
HEBB_INLINE void vf_store_part(void *p, vfloat v, int64_t count) {
  const vint lane = {0, 1, 2, 3, 4, 5, 6, 7};
  _mm256_maskstore_ps(p, (__m256i)(lane < (int32_t)count), (__m256)v);
}
HEBB_INLINE vdouble vd_load_part(const void *p, int64_t count) {
  const vlong lane = {0, 1, 2, 3};
  return (vdouble)_mm256_maskload_pd(p, (__m256i)(lane < count));
}
HEBB_INLINE void vd_store_part(void *p, vdouble v, int64_t count) {
  const vlong lane = {0, 1, 2, 3};
  _mm256_maskstore_pd(p, (__m256i)(lane < count), (__m256d)v);
}

#else

HEBB_INLINE vfloat vf_load_part(const void *p, int64_t count) {
  vfloat v = {0};
  for (int64_t i = 0; i < count; i++) v[i] = ((const float *)p)[i];
  return v;
}
HEBB_INLINE void vf_store_part(void *p, vfloat v, int64_t count) {
  for (int64_t i = 0; i < count; i++) ((float *)p)[i] = v[i];
}
HEBB_INLINE vdouble vd_load_part(const void *p, int64_t count) {
  vdouble v = {0};
  for (int64_t i = 0; i < count; i++) v[i] = ((const double *)p)[i];
  return v;
}
HEBB_INLINE void vd_store_part(void *p, vdouble v, int64_t count) {
  for (int64_t i = 0; i < count; i++) ((double *)p)[i] = v[i];
}

#endif

HEBB_INLINE vlong vl_load_part(const void *p, int64_t count) {
  return (vlong)vd_load_part(p, count);
}
HEBB_INLINE void vl_store_part(void *p, vlong v, int64_t count) {
  vd_store_part(p, (vdouble)v, count);
}

// MARK: Lanes

// x - 0 is x, also where x is -0.
HEBB_INLINE vfloat vf_splat(float x) { return x - (vfloat){0}; }
HEBB_INLINE vdouble vd_splat(double x) { return x - (vdouble){0}; }
HEBB_INLINE vlong vl_splat(int64_t x) { return x - (vlong){0}; }

/// mask ? a : b in each lane; a mask is what a comparison gives, all bits or none. The compiler makes
/// blends of these.
HEBB_INLINE vfloat vf_select(vint mask, vfloat a, vfloat b) {
  return (vfloat)((mask & (vint)a) | (~mask & (vint)b));
}
HEBB_INLINE vdouble vd_select(vlong mask, vdouble a, vdouble b) {
  return (vdouble)((mask & (vlong)a) | (~mask & (vlong)b));
}
HEBB_INLINE vlong vl_select(vlong mask, vlong a, vlong b) { return (mask & a) | (~mask & b); }

/// Whether any lane of the mask is set.
HEBB_INLINE int vf_any(vint mask) { return __builtin_reduce_or(mask) != 0; }

HEBB_INLINE vfloat vf_absolute(vfloat x) { return (vfloat)((vint)x & 0x7fffffff); }
HEBB_INLINE vdouble vd_absolute(vdouble x) { return (vdouble)((vlong)x & INT64_MAX); }
/// |x| with the sign of s.
HEBB_INLINE vfloat vf_copy_sign(vfloat x, vfloat s) {
  return (vfloat)(((vint)x & 0x7fffffff) | ((vint)s & INT32_MIN));
}
