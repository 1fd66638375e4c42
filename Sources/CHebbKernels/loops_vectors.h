// Shuffles of two vectors by their number of lanes, for the templates of loops_levels.h.
#ifndef HEBB_LOOPS_VECTORS_H
#define HEBB_LOOPS_VECTORS_H

#define HEBB_SHUFFLE_NAMES(kind, lanes) HEBB_##kind##_##lanes
#define HEBB_SHUFFLE(kind, lanes) HEBB_SHUFFLE_NAMES(kind, lanes)

/// The lanes at even and at odd places of a and b, one after the other.
#define HEBB_EVEN(lanes, a, b) HEBB_SHUFFLE(EVEN, lanes)(a, b)
#define HEBB_ODD(lanes, a, b) HEBB_SHUFFLE(ODD, lanes)(a, b)
/// a[0], b[0], a[1], b[1] ... : the lower and the upper half of the lanes that this gives.
#define HEBB_ZIP_LOW(lanes, a, b) HEBB_SHUFFLE(ZIP_LOW, lanes)(a, b)
#define HEBB_ZIP_HIGH(lanes, a, b) HEBB_SHUFFLE(ZIP_HIGH, lanes)(a, b)

#define HEBB_EVEN_2(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HEBB_ODD_2(a, b) __builtin_shufflevector(a, b, 1, 3)
#define HEBB_ZIP_LOW_2(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HEBB_ZIP_HIGH_2(a, b) __builtin_shufflevector(a, b, 1, 3)

#define HEBB_EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define HEBB_ODD_4(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define HEBB_ZIP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HEBB_ZIP_HIGH_4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

#define HEBB_EVEN_8(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define HEBB_ODD_8(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define HEBB_ZIP_LOW_8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HEBB_ZIP_HIGH_8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

#define HEBB_EVEN_16(a, b) \
  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define HEBB_ODD_16(a, b) \
  __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define HEBB_ZIP_LOW_16(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HEBB_ZIP_HIGH_16(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

#endif
