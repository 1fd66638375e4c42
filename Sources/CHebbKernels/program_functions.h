// Functions of one number that the C library does not have.
#ifndef HEBB_PROGRAM_FUNCTIONS_H
#define HEBB_PROGRAM_FUNCTIONS_H

#include <math.h>

/// x times the normal distribution function.
static inline __attribute__((unused)) double hebb_gelu(double x) {
  return 0.5 * x * erfc(-0.70710678118654752440 * x);
}

/// Its slope: the distribution function plus x times the density.
static inline __attribute__((unused)) double hebb_gelu_slope(double x) {
  return 0.5 * erfc(-0.70710678118654752440 * x) + x * 0.39894228040143267794 * exp(-0.5 * x * x);
}

/// The y with erf(y) = x; infinite at -1 and 1. Giles 2010, "Approximating the erfinv function", to
/// seven digits, then two steps of Halley's method. Near 1 the distance to 1, which is exact, takes the
/// place of x.
static inline __attribute__((unused)) double hebb_erf_inverse(double x) {
  const double a = fabs(x);
  if (!(a < 1)) return a == 1 ? copysign(HUGE_VAL, x) : NAN;
  double w = -log((1 - a) * (1 + a)), y;
  if (w < 5) {
    w -= 2.5;
    y = 2.81022636e-08;
    y = 3.43273939e-07 + y * w;
    y = -3.5233877e-06 + y * w;
    y = -4.39150654e-06 + y * w;
    y = 0.00021858087 + y * w;
    y = -0.00125372503 + y * w;
    y = -0.00417768164 + y * w;
    y = 0.246640727 + y * w;
    y = 1.50140941 + y * w;
  } else {
    w = sqrt(w) - 3;
    y = -0.000200214257;
    y = 0.000100950558 + y * w;
    y = 0.00134934322 + y * w;
    y = -0.00367342844 + y * w;
    y = 0.00573950773 + y * w;
    y = -0.0076224613 + y * w;
    y = 0.00943887047 + y * w;
    y = 1.00167406 + y * w;
    y = 2.83297682 + y * w;
  }
  y *= a;
  for (int i = 0; i < 2; i++) {
    const double error = a < 0.5 ? erf(y) - a : (1 - a) - erfc(y);
    const double step = error / (1.1283791670955126 * exp(-y * y));
    y -= step / (1 + y * step);
  }
  return copysign(y, x);
}

#endif
