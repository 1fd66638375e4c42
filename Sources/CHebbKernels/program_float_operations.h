// Operations of the float loops that vector_math.h does not have. Template: see program_kernels.h.

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
