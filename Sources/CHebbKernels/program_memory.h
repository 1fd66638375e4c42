// Loads and stores between the compute type and every element type, through two levels of strides.
// Template: see program_kernels.h. The inner loops are plain C, which the compiler vectorizes.

/// Copies the first `n` elements of `y` to the `rows - 1` rows behind them.
HEBB_INLINE void K(repeat_row)(E *y, int64_t rows, int64_t n) {
  const int64_t total = rows * n;
  for (int64_t done = n; done < total;) {
    const int64_t more = done < total - done ? done : total - done;
    memcpy(y + done, y, (size_t)more * sizeof(E));
    done += more;
  }
}

/// Fills row after row with one value each; a whole register at a time, since what it writes behind a
/// row is written again by the next one, and behind the last there is padding. (x - 0 is x, also for -0.)
#define FILL_ROWS(S, CONVERT)                                                         \
  for (int64_t r = 0; r < rows; r++, y += n) {                                        \
    const V value = CONVERT(x[r * row_stride]) - (V){0};                            \
    for (int64_t i = 0; i < n; i += LANES) STORE(y + i, value);                       \
  }

#define LOAD_LOOP(name, S, CONVERT, SAME)                                                \
  static void K(name)(void *target, const void *source, int64_t rows,                 \
                      int64_t row_stride, int64_t n, int64_t stride) {                \
    E *restrict y = target;                                                           \
    const S *restrict x = source;                                                     \
    if (rows == 1 || (stride == 1 && row_stride == n)) {                              \
      n *= rows;                                                                      \
      rows = 1;                                                                       \
      row_stride = 0;                                                                 \
    }                                                                                 \
    if (stride == 0) {                                                                \
      FILL_ROWS(S, CONVERT)                                                           \
    } else if (row_stride == 0) {                                                     \
      if (stride == 1) {                                                              \
        for (int64_t i = 0; i < n; i++) y[i] = CONVERT(x[i]);                         \
      } else {                                                                        \
        for (int64_t i = 0; i < n; i++) y[i] = CONVERT(x[i * stride]);                \
      }                                                                               \
      K(repeat_row)(y, rows, n);                                                      \
    } else if (stride == 1) {                                                         \
      for (int64_t r = 0; r < rows; r++, y += n, x += row_stride)                     \
        for (int64_t i = 0; i < n; i++) y[i] = CONVERT(x[i]);                         \
    } else if (row_stride == 1 && SAME) {                                             \
      K(copy_transposed)(target, n, source, stride, rows, n);                         \
    } else if (row_stride == 1) {                                                     \
      for (int64_t i = 0; i < n; i++)                                                 \
        for (int64_t r = 0; r < rows; r++) y[r * n + i] = CONVERT(x[r + i * stride]); \
    } else {                                                                          \
      for (int64_t r = 0; r < rows; r++, y += n, x += row_stride)                     \
        for (int64_t i = 0; i < n; i++) y[i] = CONVERT(x[i * stride]);                \
    }                                                                                 \
  }

#define STORE_LOOP(name, S, CONVERT, SAME)                                               \
  static void K(name)(void *target, const void *values, int64_t rows,                 \
                      int64_t row_stride, int64_t n, int64_t stride) {                \
    S *restrict y = target;                                                           \
    const E *restrict x = values;                                                     \
    if (stride == 1 && row_stride == n) {                                             \
      n *= rows;                                                                      \
      rows = 1;                                                                       \
    }                                                                                 \
    if (stride == 1) {                                                                \
      for (int64_t r = 0; r < rows; r++, x += n, y += row_stride)                     \
        for (int64_t i = 0; i < n; i++) y[i] = CONVERT(x[i]);                         \
    } else if (row_stride == 1 && SAME) {                                             \
      K(copy_transposed)(target, stride, values, n, n, rows);                         \
    } else if (row_stride == 1) {                                                     \
      for (int64_t i = 0; i < n; i++)                                                 \
        for (int64_t r = 0; r < rows; r++) y[r + i * stride] = CONVERT(x[r * n + i]); \
    } else {                                                                          \
      for (int64_t r = 0; r < rows; r++, x += n, y += row_stride)                     \
        for (int64_t i = 0; i < n; i++) y[i * stride] = CONVERT(x[i]);                \
    }                                                                                 \
  }

static void K(stream)(void *target, const void *values, int64_t bytes) {
  char *y = target;
  const char *x = values;
  int64_t head = (int64_t)(-(uintptr_t)y & (HEBB_BYTES - 1));
  if (head > bytes) head = bytes;
  memcpy(y, x, (size_t)head);
  int64_t i = head;
  for (; i + HEBB_BYTES <= bytes; i += HEBB_BYTES) v_stream(y + i, vl_load(x + i));
  memcpy(y + i, x + i, (size_t)(bytes - i));
}

#define IN_BFLOAT16(x) FROM_FLOAT(hebb_from_bfloat16(x))
#define IN_FLOAT16(x) FROM_FLOAT(K(from_float16)(x))
#define IN_BOOL(x) FROM_INTEGER((int32_t)((x) != 0))
#define OUT_BFLOAT16(x) hebb_to_bfloat16(TO_FLOAT(x))
#define OUT_FLOAT16(x) K(to_float16)(TO_FLOAT(x))
#define OUT_BOOL(x) ((uint8_t)((x) != 0))

LOAD_LOOP(load_float, float, FROM_FLOAT, SAME_FLOAT)
LOAD_LOOP(load_double, double, FROM_DOUBLE, SAME_DOUBLE)
LOAD_LOOP(load_bfloat16, uint16_t, IN_BFLOAT16, SAME_BFLOAT16)
LOAD_LOOP(load_float16, uint16_t, IN_FLOAT16, SAME_FLOAT16)
LOAD_LOOP(load_int32, int32_t, FROM_INTEGER, SAME_INT32)
LOAD_LOOP(load_int64, int64_t, FROM_INTEGER, SAME_INT64)
LOAD_LOOP(load_uint8, uint8_t, FROM_INTEGER, SAME_UINT8)
LOAD_LOOP(load_bool, uint8_t, IN_BOOL, SAME_BOOL)

STORE_LOOP(store_float, float, TO_FLOAT, SAME_FLOAT)
STORE_LOOP(store_double, double, TO_DOUBLE, SAME_DOUBLE)
STORE_LOOP(store_bfloat16, uint16_t, OUT_BFLOAT16, SAME_BFLOAT16)
STORE_LOOP(store_float16, uint16_t, OUT_FLOAT16, SAME_FLOAT16)
STORE_LOOP(store_int32, int32_t, TO_INT32, SAME_INT32)
STORE_LOOP(store_int64, int64_t, TO_INT64, SAME_INT64)
STORE_LOOP(store_uint8, uint8_t, TO_UINT8, SAME_UINT8)
STORE_LOOP(store_bool, uint8_t, OUT_BOOL, SAME_BOOL)

#undef FILL_ROWS
#undef LOAD_LOOP
#undef STORE_LOOP
#undef IN_BFLOAT16
#undef IN_FLOAT16
#undef IN_BOOL
#undef OUT_BFLOAT16
#undef OUT_FLOAT16
#undef OUT_BOOL
