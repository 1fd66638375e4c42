// Conversions of single values. Plain C that the compiler turns into vector code inside the loops of each
// level. Floats become whole numbers by truncation; what is too large becomes the nearest value, NaN zero.
#ifndef HEBB_PROGRAM_CONVERSIONS_H
#define HEBB_PROGRAM_CONVERSIONS_H

#include <stdint.h>
#include <string.h>

#define HEBB_SCALAR static inline __attribute__((always_inline, unused))

HEBB_SCALAR uint32_t hebb_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
HEBB_SCALAR float hebb_from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// MARK: 16-bit floats

HEBB_SCALAR float hebb_from_bfloat16(uint16_t x) { return hebb_from_bits((uint32_t)x << 16); }

/// To nearest, ties to even; a NaN stays one although its low bits go.
HEBB_SCALAR uint16_t hebb_to_bfloat16(float x) {
  uint32_t bits = hebb_bits(x);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : rounded);
}

/// For processors without the instruction. Exact also where denormals are taken as zero.
HEBB_SCALAR float hebb_from_float16(uint16_t x) {
  uint32_t size = x & 0x7fff, sign = (uint32_t)(x & 0x8000) << 16;
  uint32_t normal = (size << 13) + (112u << 23);
  uint32_t special = size << 13 | 0x7f800000;
  uint32_t small = hebb_bits((float)(int32_t)size * 0x1p-24f);
  return hebb_from_bits(sign | (size < 0x400 ? small : size < 0x7c00 ? normal : special));
}

HEBB_SCALAR uint16_t hebb_to_float16(float x) {
  uint32_t bits = hebb_bits(x), size = bits & 0x7fffffff;
  uint32_t normal = (size - (112u << 23) + 0xfff + (size >> 13 & 1)) >> 13;
  // Adding 1/2 moves the last bit of a 16-bit denormal to the last bit of the sum.
  uint32_t small = hebb_bits(hebb_from_bits(size) + 0.5f) - 0x3f000000;
  uint32_t special = size > 0x7f800000 ? (size >> 13 & 0x3ff) | 0x7e00 : 0x7c00;
  uint32_t result = size < 0x38800000 ? small : size < 0x477ff000 ? normal : special;
  return (uint16_t)((bits >> 16 & 0x8000) | result);
}

// MARK: Whole numbers

// The clamp comes first because C leaves the conversion of what does not fit undefined.
#define HEBB_SATURATE(name, F, I, low, below_limit, limit, highest) \
  HEBB_SCALAR I name(F x) {                                                 \
    F clamped = x > low ? x : low;                                          \
    clamped = clamped < limit ? clamped : below_limit;                      \
    I y = (I)clamped;                                                       \
    y = x >= limit ? highest : y;                                           \
    return x != x ? 0 : y;                                                  \
  }

HEBB_SATURATE(hebb_float_to_int32, float, int32_t, -0x1p31f, 0x1.fffffep30f, 0x1p31f, INT32_MAX)
HEBB_SATURATE(hebb_float_to_int64, float, int64_t, -0x1p63f, 0x1.fffffep62f, 0x1p63f, INT64_MAX)
HEBB_SATURATE(hebb_double_to_int32, double, int32_t, -0x1p31, 2147483647.0, 0x1p31, INT32_MAX)
HEBB_SATURATE(hebb_double_to_int64, double, int64_t, -0x1p63, 0x1.fffffffffffffp62, 0x1p63,
              INT64_MAX)

HEBB_SCALAR uint8_t hebb_float_to_uint8(float x) {
  float clamped = x > 0.0f ? x : 0.0f;
  return (uint8_t)(int32_t)(clamped < 255.0f ? clamped : 255.0f);
}
HEBB_SCALAR uint8_t hebb_double_to_uint8(double x) {
  double clamped = x > 0.0 ? x : 0.0;
  return (uint8_t)(int32_t)(clamped < 255.0 ? clamped : 255.0);
}

// MARK: Arithmetic of whole numbers that never traps

HEBB_SCALAR int64_t hebb_int_divide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

/// Has the sign of the divisor, as in Python.
HEBB_SCALAR int64_t hebb_int_remainder(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  int64_t r = a % b;
  return r != 0 && (r ^ b) < 0 ? r + b : r;
}

/// Negative exponents give the whole part of the true value: 0 except for bases 1 and -1.
HEBB_SCALAR int64_t hebb_int_power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  uint64_t result = 1, base = (uint64_t)a;
  for (; b > 0; b >>= 1, base *= base)
    if (b & 1) result *= base;
  return (int64_t)result;
}

#endif
