// Elementary functions of vectors of floats, within 2.5 units in the last place (tangent: 4), right
// at infinities, NaN, zero and at both ends of the range; denormal results and arguments may be taken as
// zero. Polynomials are minimax fits, rounded coefficient by coefficient. For templates: include after
// loops_levels.h has defined the level (see vector_types.h).
#include "vector_types.h"

#ifndef HEBB_VECTOR_MATH_H
#define HEBB_VECTOR_MATH_H

#include <float.h>
#include <math.h>

#include "gelu_tables.h"
#include "hebb_activation.h"

#define vf_divide HEBB_L(vf_divide)
#define vf_square_root HEBB_L(vf_square_root)
#define vf_gelu HEBB_L(vf_gelu)
#define vf_gelu_slope HEBB_L(vf_gelu_slope)
#define vf_scale HEBB_L(vf_scale)
#define vf_exp HEBB_L(vf_exp)
#define vf_exp_parts HEBB_L(vf_exp_parts)
#define vf_exp_difference HEBB_L(vf_exp_difference)
#define vf_exp_minus_one HEBB_L(vf_exp_minus_one)
#define vf_log_parts HEBB_L(vf_log_parts)
#define vf_log HEBB_L(vf_log)
#define vf_log_one_plus HEBB_L(vf_log_one_plus)
#define vf_reduce_angle HEBB_L(vf_reduce_angle)
#define vf_sine_cosine HEBB_L(vf_sine_cosine)
#define vf_sine HEBB_L(vf_sine)
#define vf_cosine HEBB_L(vf_cosine)
#define vf_tangent HEBB_L(vf_tangent)
#define vf_tanh HEBB_L(vf_tanh)
#define vf_sigmoid HEBB_L(vf_sigmoid)
#define vf_activate HEBB_L(vf_activate)
#define vf_erf HEBB_L(vf_erf)
#define vf_softplus HEBB_L(vf_softplus)
#define vf_power HEBB_L(vf_power)
#define vf_log_result HEBB_L(vf_log_result)
#define vf_angle HEBB_L(vf_angle)

// ln 2 in two parts: the first has 9 bits, so its products with small whole numbers are exact.
#define HEBB_LN2_HIGH 0.693359375f
#define HEBB_LN2_LOW -2.12194440e-4f
#define HEBB_LOG2_E 1.44269504088896341f
/// Adding 1.5 * 2^23 (2^52) rounds a small float (double) to a whole number in its low bits.
#define HEBB_ROUNDER 12582912.0f
#define HEBB_ROUNDER_BITS 0x4b400000
#define HEBB_DOUBLE_ROUNDER 6755399441055744.0
/// Beyond this angle the reduction below loses bits, and the C library takes over.
#define HEBB_LARGEST_ANGLE 1e6f

#endif

// MARK: Quotients and roots

#if HEBB_LEVEL == 3

/// a / b by Newton's method from the reciprocal's first 14 bits, several times as fast as the divider. The
/// last step corrects the quotient by its own remainder: it is right to within a unit in the last place,
/// exact where the quotient is a float. Vectors with a lane out of the range of that go to the divider.
HEBB_INLINE vfloat vf_divide(vfloat a, vfloat b) {
  const __m512 x = (__m512)a, y = (__m512)b;
  __m512 r = _mm512_rcp14_ps(y);
  // Zero, infinite or no number.
  const __mmask16 odd = _mm512_fpclass_ps_mask(r, 0x9f);
  r = _mm512_fmadd_ps(r, _mm512_fnmadd_ps(y, r, _mm512_set1_ps(1.0f)), r);
  __m512 q = _mm512_mul_ps(x, r);
  q = _mm512_fmadd_ps(_mm512_fnmadd_ps(q, y, x), r, q);
  const __mmask16 wrong = odd | _mm512_fpclass_ps_mask(q, 0x99);
  if (__builtin_expect(wrong != 0, 0)) q = _mm512_div_ps(x, y);
  return (vfloat)q;
}

/// The square root in the same way; zeros stay zeros.
HEBB_INLINE vfloat vf_square_root(vfloat a) {
  const __m512 x = (__m512)a;
  const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_EQ_OQ);
  const __m512 r = _mm512_rsqrt14_ps(x);
  __m512 s = _mm512_mul_ps(x, r);
  const __m512 half = _mm512_mul_ps(r, _mm512_set1_ps(0.5f));
  s = _mm512_fmadd_ps(_mm512_fnmadd_ps(s, s, x), half, s);
  // Below, the remainder would be lost; above is infinity. Negative numbers have become NaN.
  const __mmask16 plain = _mm512_cmp_ps_mask(x, _mm512_set1_ps(0x1p-96f), _CMP_GE_OQ)
      & _mm512_cmp_ps_mask(x, _mm512_set1_ps(__builtin_inff()), _CMP_LT_OQ);
  if (__builtin_expect((plain | zero) != 0xffff, 0)) return (vfloat)_mm512_sqrt_ps(x);
  return (vfloat)_mm512_mask_mov_ps(s, zero, x);
}

#else

HEBB_INLINE vfloat vf_divide(vfloat a, vfloat b) { return a / b; }
HEBB_INLINE vfloat vf_square_root(vfloat a) { return __builtin_elementwise_sqrt(a); }

#endif

// MARK: Exponentials

/// x * 2^n for whole n in -252...254, given also as integers.
HEBB_INLINE vfloat vf_scale(vfloat x, vfloat n, vint bits) {
#if HEBB_LEVEL == 3
  (void)bits;
  return (vfloat)_mm512_scalef_ps((__m512)x, (__m512)n);
#else
  // In two steps: 2^n itself may not be a float although x * 2^n is.
  (void)n;
  vint half = bits >> 1;
  return x * (vfloat)((vuint)(half + 127) << 23) * (vfloat)((vuint)(bits - half + 127) << 23);
#endif
}

#if HEBB_LEVEL == 3

/// 2^(k / 16).
static const float hebb_exp_table[16] = {
    1.0f, 1.0442737f, 1.0905077f, 1.1387886f, 1.1892071f, 1.2418578f, 1.2968396f, 1.3542556f,
    1.4142135f, 1.4768262f, 1.5422108f, 1.6104903f, 1.6817929f, 1.7562522f, 1.8340081f, 1.9152066f};

/// 2^n exp(r), where n is the nearest multiple of 1/16 and t holds it in its lowest bits.
HEBB_INLINE vfloat vf_exp_parts(__m512 t, __m512 n, __m512 r) {
  const __m512 root = _mm512_permutexvar_ps(_mm512_castps_si512(t), _mm512_loadu_ps(hebb_exp_table));
  __m512 q = _mm512_fmadd_ps(r, _mm512_set1_ps(0.166666667f), _mm512_set1_ps(0.5f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(1.0f));
  // The scale is rounded down to a whole number.
  return (vfloat)_mm512_scalef_ps(_mm512_fmadd_ps(q, _mm512_mul_ps(root, r), root), n);
}

HEBB_INLINE vfloat vf_exp(vfloat v) {
  // Of a NaN the second operand is given.
  __m512 x = _mm512_min_ps(_mm512_set1_ps(89.0f), (__m512)v);
  x = _mm512_max_ps(_mm512_set1_ps(-105.0f), x);
  const __m512 rounder = _mm512_set1_ps(HEBB_ROUNDER / 16);
  const __m512 t = _mm512_fmadd_ps(x, _mm512_set1_ps(HEBB_LOG2_E), rounder);
  const __m512 n = _mm512_sub_ps(t, rounder);
  const __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(HEBB_LN2_HIGH), x);
  return vf_exp_parts(t, n, _mm512_fnmadd_ps(n, _mm512_set1_ps(HEBB_LN2_LOW), r));
}

/// Of the difference of two floats of which the first is not larger: ln 2 is one float, which adds less to the
/// error than the difference has already.
HEBB_INLINE vfloat vf_exp_difference(vfloat a, vfloat b) {
  const __m512 x = _mm512_max_ps(_mm512_set1_ps(-105.0f), (__m512)(a - b));
  const __m512 rounder = _mm512_set1_ps(HEBB_ROUNDER / 16);
  const __m512 t = _mm512_fmadd_ps(x, _mm512_set1_ps(HEBB_LOG2_E), rounder);
  const __m512 n = _mm512_sub_ps(t, rounder);
  return vf_exp_parts(t, n, _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693147181f), x));
}

#else

HEBB_INLINE vfloat vf_exp(vfloat x) {
  x = vf_select(x > 89.0f, vf_splat(89.0f), x);
  x = vf_select(x < -105.0f, vf_splat(-105.0f), x);
  vfloat t = x * HEBB_LOG2_E + HEBB_ROUNDER;
  vint bits = (vint)t - HEBB_ROUNDER_BITS;
  vfloat n = t - HEBB_ROUNDER;
  vfloat r = x - n * HEBB_LN2_HIGH;
  r = r - n * HEBB_LN2_LOW;
  vfloat q = 1.38209667e-3f * r + 8.36982764e-3f;
  q = q * r + 4.16682959e-2f;
  q = q * r + 0.166665122f;
  q = q * r + 0.49999994f;
  q = q * (r * r) + r;
  return vf_scale(q + 1.0f, n, bits);
}

HEBB_INLINE vfloat vf_exp_difference(vfloat a, vfloat b) { return vf_exp(a - b); }

#endif

/// exp(x) - 1 = 2^n (exp(r) - 1) + (2^n - 1), halved until the last step to reach 2^128.
HEBB_INLINE vfloat vf_exp_minus_one(vfloat x) {
  vfloat y = vf_select(x > 89.0f, vf_splat(89.0f), x);
  y = vf_select(y < -25.0f, vf_splat(-25.0f), y);
  vfloat t = y * HEBB_LOG2_E + HEBB_ROUNDER;
  vint bits = (vint)t - HEBB_ROUNDER_BITS;
  vfloat n = t - HEBB_ROUNDER;
  vfloat r = y - n * HEBB_LN2_HIGH;
  r = r - n * HEBB_LN2_LOW;
  vfloat q = 1.97713147e-4f * r + 1.39341247e-3f;
  q = q * r + 8.33353773e-3f;
  q = q * r + 4.16664779e-2f;
  q = q * r + 0.166666657f;
  q = q * r + 0.5f;
  q = q * (r * r) + r;
  vfloat half = (vfloat)((vuint)(bits + 126) << 23);
  q = q * half + (half - 0.5f);
  return q + q;
}

HEBB_INLINE vfloat vf_sigmoid(vfloat x) {
#if HEBB_LEVEL == 3
  // The divisor lies between 1 and exp(88): no case needs care.
  const __m512 y = 1.0f + (__m512)vf_exp((vfloat)_mm512_min_ps(_mm512_set1_ps(88.0f), -(__m512)x));
  const __m512 r = _mm512_rcp14_ps(y);
  return (vfloat)_mm512_fmadd_ps(r, _mm512_fnmadd_ps(y, r, _mm512_set1_ps(1.0f)), r);
#else
  return vf_divide(vf_splat(1.0f), 1.0f + vf_exp(-x));
#endif
}

/// tanh |x| = -t / (t + 2) with t = exp(-2 |x|) - 1.
HEBB_INLINE vfloat vf_tanh(vfloat x) {
  vfloat t = vf_exp_minus_one(-2.0f * vf_absolute(x));
  return vf_copy_sign(vf_divide(t, t + 2.0f), x);
}

/// What follows a product; no number passes the rectifier.
HEBB_INLINE vfloat vf_activate(vfloat x, hebb_activation activation) {
  switch (activation) {
    case HEBB_ACTIVATION_RELU: return vf_select(x < vf_splat(0), vf_splat(0), x);
    case HEBB_ACTIVATION_SIGMOID: return vf_sigmoid(x);
    case HEBB_ACTIVATION_TANH: return vf_tanh(x);
    default: return x;
  }
}

/// x + x P(x^2) near zero, 1 - exp(-|x| + |x| P(|x|)) beyond.
HEBB_INLINE vfloat vf_erf(vfloat x) {
  vfloat a = vf_absolute(x);
  vfloat s = x * x;
  vfloat p = 7.9962716e-5f * s - 8.04972311e-4f;
  p = p * s + 5.19240368e-3f;
  p = p * s - 2.68557314e-2f;
  p = p * s + 0.112836257f;
  p = p * s - 0.376126289f;
  p = p * s + 0.128379166f;
  p = p * a + a;
  vfloat b = vf_select(a > 4.0f, vf_splat(4.0f), a);
  vfloat q = -1.14934137e-5f * b + 3.25426663e-4f;
  q = q * b - 3.65312258e-3f;
  q = q * b + 2.37846188e-2f;
  q = q * b - 0.106263071f;
  q = q * b - 0.635135472f;
  q = q * b - 0.128652394f;
  q = 1.0f - vf_exp(q * b - b);
  return vf_copy_sign(vf_select(a < 0.927734375f, p, q), x);
}

// MARK: GELU

#if HEBB_LEVEL == 3

// The distance from the nearest number of so many binary digits behind the point, and, in the lowest five bits,
// which one that is.
#define HEBB_GELU_REST(a, digits) _mm512_reduce_ps(a, (digits) << 4)
#define HEBB_GELU_INTERVAL(a, digits) \
  _mm512_castps_si512(_mm512_add_ps(a, _mm512_set1_ps(HEBB_ROUNDER / (1 << (digits)))))
#define HEBB_GELU_COEFFICIENT(table, i, k) \
  _mm512_permutex2var_ps(_mm512_loadu_ps(table[i]), k, _mm512_loadu_ps(table[i] + 16))

/// x / 2 + |x / 2| (2 P - 1), where P is the normal distribution function of |x|.
HEBB_INLINE vfloat vf_gelu(vfloat x) {
  const vfloat half = 0.5f * x;
  // The smaller absolute value; of a NaN the limit.
  const __m512 a = _mm512_range_ps((__m512)half, _mm512_set1_ps(HEBB_GELU_LIMIT), 0xa);
  const __m512i k = HEBB_GELU_INTERVAL(a, HEBB_GELU_DIGITS);
  const __m512 d = HEBB_GELU_REST(a, HEBB_GELU_DIGITS);
  __m512 p = HEBB_GELU_COEFFICIENT(hebb_gelu_table, 4, k);
  for (int i = 3; i >= 0; i--) p = _mm512_fmadd_ps(p, d, HEBB_GELU_COEFFICIENT(hebb_gelu_table, i, k));
  return vf_absolute(half) * (vfloat)p + half;
}

/// 1/2 and an odd function.
HEBB_INLINE vfloat vf_gelu_slope(vfloat x) {
  // Of a NaN the second operand is given.
  const __m512 a = _mm512_min_ps(_mm512_set1_ps(HEBB_GELU_SLOPE_LIMIT), (__m512)vf_absolute(x));
  const __m512i k = HEBB_GELU_INTERVAL(a, HEBB_GELU_SLOPE_DIGITS);
  const __m512 d = HEBB_GELU_REST(a, HEBB_GELU_SLOPE_DIGITS);
  __m512 p = HEBB_GELU_COEFFICIENT(hebb_gelu_slope_table, 5, k);
  for (int i = 4; i >= 0; i--)
    p = _mm512_fmadd_ps(p, d, HEBB_GELU_COEFFICIENT(hebb_gelu_slope_table, i, k));
  return (vfloat)((vint)p ^ ((vint)x & INT32_MIN)) + 0.5f;
}

#else

HEBB_INLINE vfloat vf_gelu(vfloat x) {
  return 0.5f * x * (1.0f + vf_erf(x * 0.70710678118654752f));
}
HEBB_INLINE vfloat vf_gelu_slope(vfloat x) {
  const vfloat density = 0.39894228040143268f * vf_exp(-0.5f * x * x);
  return x * density + 0.5f * (1.0f + vf_erf(x * 0.70710678118654752f));
}

#endif

// MARK: Logarithms

/// log(x) + correction for positive finite x: x = m 2^e with m in 2/3...4/3,
/// log(1 + f) = f - f^2 / 2 + f^3 P(f) with f = m - 1.
HEBB_INLINE vfloat vf_log_parts(vfloat x, vfloat correction) {
  vint above = (vint)((vuint)x - 0x3f2aaaab);
  vfloat e = __builtin_convertvector(above >> 23, vfloat);
  vfloat f = (vfloat)((vuint)x - ((vuint)above & 0xff800000)) - 1.0f;
  vfloat p = -0.12874262f * f + 0.139867067f;
  p = p * f - 0.121883817f;
  p = p * f + 0.140053406f;
  p = p * f - 0.166801795f;
  p = p * f + 0.200104445f;
  p = p * f - 0.249998048f;
  p = p * f + 0.333332151f;
  vfloat s = f * f;
  vfloat y = e * HEBB_LN2_LOW + correction;
  y = s * (f * p) + y;
  y = -0.5f * s + y;
  return e * HEBB_LN2_HIGH + (f + y);
}

/// `y` where x is a positive normal number, else what the logarithm of x is.
HEBB_INLINE vfloat vf_log_result(vfloat x, vfloat y) {
  vfloat below = vf_select(x < 0.0f, vf_splat(__builtin_nanf("")), vf_splat(-__builtin_inff()));
  y = vf_select(x < FLT_MIN, below, y);
  return vf_select(x < __builtin_inff(), y, x);
}

HEBB_INLINE vfloat vf_log(vfloat x) { return vf_log_result(x, vf_log_parts(x, vf_splat(0.0f))); }

/// log(u) + c / u, where u is 1 + x rounded and c what the rounding lost.
HEBB_INLINE vfloat vf_log_one_plus(vfloat x) {
  vfloat u = 1.0f + x;
  vfloat c = vf_select(x > 1.0f, 1.0f - (u - x), x - (u - 1.0f));
  return vf_log_result(u, vf_log_parts(u, c / u));
}

HEBB_INLINE vfloat vf_softplus(vfloat x) {
  vfloat positive = vf_select(x < 0.0f, vf_splat(0.0f), x);
  return positive + vf_log_one_plus(vf_exp(-vf_absolute(x)));
}

// MARK: Angles

/// x = r + quadrant * pi / 2 with |r| <= pi / 4.
typedef struct {
  vfloat r;
  vint quadrant;
} vf_angle;

HEBB_INLINE vf_angle vf_reduce_angle(vfloat x) {
  vdoubles d = __builtin_convertvector(x, vdoubles);
  vdoubles t = d * 0.63661977236758134308 + HEBB_DOUBLE_ROUNDER;
  vdoubles n = t - HEBB_DOUBLE_ROUNDER;
  // pi / 2 in two parts; the first has 33 bits, so its product with n is exact.
  d = d - n * 1.57079632673412561417;
  d = d - n * 6.07710050650619224932e-11;
  vf_angle angle = {__builtin_convertvector(d, vfloat), __builtin_convertvector((vlongs)t, vint)};
  return angle;
}

HEBB_INLINE void vf_sine_cosine(vfloat r, vfloat *sine, vfloat *cosine) {
  vfloat z = r * r;
  vfloat s = 2.83171812e-6f * z - 1.98530252e-4f;
  s = s * z + 8.3333794e-3f;
  s = s * z - 0.166666672f;
  *sine = (s * z) * r + r;
  vfloat c = 2.44314251e-5f * z - 1.38873048e-3f;
  c = c * z + 4.16666456e-2f;
  *cosine = (c * z) * z + (1.0f - 0.5f * z);
}

/// Lanes too large to reduce are done one by one.
#define HEBB_LARGE_ANGLES(x, y, function)                  \
  vint large = vf_absolute(x) > HEBB_LARGEST_ANGLE;        \
  if (__builtin_expect(vf_any(large), 0))                  \
    for (int i = 0; i < FLOAT_LANES; i++)                  \
      if (large[i]) y[i] = function(x[i]);

HEBB_INLINE vfloat vf_sine(vfloat x) {
  vf_angle a = vf_reduce_angle(x);
  vfloat s, c;
  vf_sine_cosine(a.r, &s, &c);
  vfloat y = vf_select((a.quadrant & 1) != 0, c, s);
  y = (vfloat)((vuint)y ^ (((vuint)a.quadrant & 2) << 30));
  HEBB_LARGE_ANGLES(x, y, sinf)
  return y;
}

HEBB_INLINE vfloat vf_cosine(vfloat x) {
  vf_angle a = vf_reduce_angle(x);
  vfloat s, c;
  vf_sine_cosine(a.r, &s, &c);
  vfloat y = vf_select((a.quadrant & 1) != 0, s, c);
  y = (vfloat)((vuint)y ^ ((((vuint)a.quadrant + 1) & 2) << 30));
  HEBB_LARGE_ANGLES(x, y, cosf)
  return y;
}

HEBB_INLINE vfloat vf_tangent(vfloat x) {
  vf_angle a = vf_reduce_angle(x);
  vfloat s, c;
  vf_sine_cosine(a.r, &s, &c);
  vint odd = (a.quadrant & 1) != 0;
  vfloat y = vf_select(odd, -c, s) / vf_select(odd, s, c);
  HEBB_LARGE_ANGLES(x, y, tanf)
  return y;
}

#undef HEBB_LARGE_ANGLES

// MARK: Powers

/// 2^(y log2 |x|) in double precision, so that the product's error stays below a float's.
HEBB_INLINE vfloat vf_power(vfloat x, vfloat y) {
  const float infinity = __builtin_inff();
  vfloat a = vf_absolute(x);
  // |x| = m 2^e with m in sqrt(1/2)...sqrt(2); log2 m = f P(f^2) with f = (m - 1) / (m + 1).
  vint above = (vint)((vuint)a - 0x3f3504f3);
  vfloat m = (vfloat)((vuint)a - ((vuint)above & 0xff800000));
  vdoubles e = __builtin_convertvector(above >> 23, vdoubles);
  vdoubles md = __builtin_convertvector(m, vdoubles);
  vdoubles f = (md - 1.0) / (md + 1.0);
  vdoubles s = f * f;
  vdoubles l = 0.28311520826624287 * s + 0.31989136972264626;
  l = l * s + 0.41220958258729351;
  l = l * s + 0.57707793930177931;
  l = l * s + 0.96179669412312985;
  l = l * s + 2.8853900817778451;
  l = l * f + e;
  vdoubles ad = __builtin_convertvector(a, vdoubles);
  vdoubles zero = (vdoubles){0};
  l = vds_select(ad < (double)FLT_MIN, zero - __builtin_inf(), l);
  l = vds_select(ad == __builtin_inf(), zero + __builtin_inf(), l);
  vdoubles p = l * __builtin_convertvector(y, vdoubles);
  p = vds_select(l == 0.0, zero, p);  // also 1 to the power of infinity
  p = vds_select(p > 200.0, zero + 200.0, p);
  p = vds_select(p < -200.0, zero - 200.0, p);
  vdoubles t = p + HEBB_DOUBLE_ROUNDER;
  vdoubles r = p - (t - HEBB_DOUBLE_ROUNDER);
  vdoubles q = 1.5201903195604171e-05 * r + 0.00015469290841767716;
  q = q * r + 0.0013333922619901148;
  q = q * r + 0.0096180272544250742;
  q = q * r + 0.055504103534060413;
  q = q * r + 0.24022651198153772;
  q = q * r + 0.69314718072845283;
  q = q * r + 0.9999999999616821;
  q = (vdoubles)((vulongs)q + ((vulongs)t << 52));
  vfloat result = __builtin_convertvector(q, vfloat);

  // The sign of x survives odd powers; other powers of negative numbers must be whole.
  vfloat size = vf_absolute(y);
  vfloat small = vf_select(size < 16777216.0f, y, vf_splat(0.0f));
  vint whole = __builtin_convertvector(small, vint);
  vint is_whole = __builtin_convertvector(whole, vfloat) == small;
  vint odd = is_whole & ((whole & 1) != 0);
  result = (vfloat)((vint)result | ((vint)x & odd & INT32_MIN));
  vint undefined = (x < 0.0f) & (a < infinity) & (a >= FLT_MIN) & ~is_whole;
  undefined |= (x != x) | (y != y);
  result = vf_select(undefined, vf_splat(__builtin_nanf("")), result);
  return vf_select((y == 0.0f) | (x == 1.0f), vf_splat(1.0f), result);
}
