// Transposition of squares of LANES by LANES elements in registers. Template: see program_kernels.h.

// Of two vectors, blocks of some lanes each: every second block of both, beginning with the first or with
// the second.
#define PICK __builtin_shufflevector
#define LOW_8_OF_16(a, b) PICK(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH_8_OF_16(a, b) PICK(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define LOW_4_OF_16(a, b) PICK(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define HIGH_4_OF_16(a, b) PICK(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define LOW_2_OF_16(a, b) PICK(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_2_OF_16(a, b) PICK(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define LOW_1_OF_16(a, b) PICK(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define HIGH_1_OF_16(a, b) PICK(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#define LOW_4_OF_8(a, b) PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH_4_OF_8(a, b) PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#define LOW_2_OF_8(a, b) PICK(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH_2_OF_8(a, b) PICK(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOW_1_OF_8(a, b) PICK(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define HIGH_1_OF_8(a, b) PICK(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define LOW_2_OF_4(a, b) PICK(a, b, 0, 1, 4, 5)
#define HIGH_2_OF_4(a, b) PICK(a, b, 2, 3, 6, 7)
#define LOW_1_OF_4(a, b) PICK(a, b, 0, 4, 2, 6)
#define HIGH_1_OF_4(a, b) PICK(a, b, 1, 5, 3, 7)
#define LOW_1_OF_2(a, b) PICK(a, b, 0, 2)
#define HIGH_1_OF_2(a, b) PICK(a, b, 1, 3)


/// In groups of 2 * half vectors, exchanges the second blocks of the first half with the first blocks of
/// the second half.
#define EXCHANGE(half, LOW, HIGH)                                                   \
  for (int k = 0; k < LANES; k++) {                                                 \
    if (k & half) continue;                                                         \
    const V low = LOW(s[k], s[k + half]), high = HIGH(s[k], s[k + half]);           \
    s[k] = low;                                                                     \
    s[k + half] = high;                                                             \
  }
#define EXCHANGE_STEPS_2 EXCHANGE(1, LOW_1_OF_2, HIGH_1_OF_2)
#define EXCHANGE_STEPS_4 EXCHANGE(2, LOW_2_OF_4, HIGH_2_OF_4) EXCHANGE(1, LOW_1_OF_4, HIGH_1_OF_4)
#define EXCHANGE_STEPS_8          \
  EXCHANGE(4, LOW_4_OF_8, HIGH_4_OF_8) \
  EXCHANGE(2, LOW_2_OF_8, HIGH_2_OF_8) \
  EXCHANGE(1, LOW_1_OF_8, HIGH_1_OF_8)
#define EXCHANGE_STEPS_16                \
  EXCHANGE(8, LOW_8_OF_16, HIGH_8_OF_16) \
  EXCHANGE(4, LOW_4_OF_16, HIGH_4_OF_16) \
  EXCHANGE(2, LOW_2_OF_16, HIGH_2_OF_16) \
  EXCHANGE(1, LOW_1_OF_16, HIGH_1_OF_16)
#define EXCHANGE_NAME(lanes) EXCHANGE_STEPS_##lanes
#define EXCHANGE_OF(lanes) EXCHANGE_NAME(lanes)

/// y[r * y_stride + i] = x[r + i * x_stride] for r < rows and i < n.
static void K(copy_transposed)(E *restrict y, int64_t y_stride, const E *restrict x, int64_t x_stride,
                               int64_t rows, int64_t n) {
  int64_t r = 0;
  for (; r + LANES <= rows; r += LANES) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      V s[LANES];
      for (int k = 0; k < LANES; k++) s[k] = LOAD(x + r + (i + k) * x_stride);
      EXCHANGE_OF(LANE_COUNT)
      for (int k = 0; k < LANES; k++) STORE(y + (r + k) * y_stride + i, s[k]);
    }
    for (; i < n; i++)
      for (int k = 0; k < LANES; k++) y[(r + k) * y_stride + i] = x[r + k + i * x_stride];
  }
  for (int64_t i = 0; i < n; i++)
    for (int64_t k = r; k < rows; k++) y[k * y_stride + i] = x[k + i * x_stride];
}
