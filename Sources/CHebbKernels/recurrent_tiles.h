// Products of few rows, included once for each vector level by recurrent_kernels.h. The rows are cut into vectors
// that stand side by side, a[k / lanes][row][k % lanes], as cells write them; the weights lie in panels as wide
// as a vector, w[k][lane], `stride` floats apart. The depth is a multiple of the lanes: both end with zeros.

#if HEBB_LEVEL == 3
#define HEBB_MOST_ROWS 24
#else
#define HEBB_MOST_ROWS 12
#endif

/// sums[column][row][lane] = sum over k of a[row][k] w[column][k][lane]; rows and columns are constants, so
/// that all sums stay in registers.
HEBB_INLINE void HEBB_L(product_tile)(const float *a, const float *w, int64_t stride, int64_t depth, float *sums,
                                      const int rows, const int columns) {
  vfloat total[HEBB_MOST_ROWS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * columns; i++) total[i] = vf_splat(0);
  for (int64_t block = 0; block < depth; block += FLOAT_LANES, a += (rows - 1) * FLOAT_LANES) {
#pragma clang loop unroll_count(2)
    for (int k = 0; k < FLOAT_LANES; k++, a++, w += FLOAT_LANES) {
      vfloat column[4];
#pragma clang loop unroll(full)
      for (int j = 0; j < columns; j++) {
        column[j] = vf_load(w + j * stride);
        __builtin_prefetch(w + j * stride + 32 * FLOAT_LANES);
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const vfloat value = vf_splat(a[i * FLOAT_LANES]);
#pragma clang loop unroll(full)
        for (int j = 0; j < columns; j++) total[j * rows + i] += value * column[j];
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * columns; i++) vf_store(sums + i * FLOAT_LANES, total[i]);
}

#define HEBB_TILE(rows, columns)                                                             \
  case rows:                                                                                 \
    HEBB_L(product_tile)(a, w, stride, depth, sums, rows, columns);                          \
    break;

/// The same for `columns` panels and the number of rows that there is.
static void HEBB_L(product)(const float *a, const float *w, int64_t stride, int64_t depth, float *sums, int rows,
                            int64_t columns) {
  while (columns > 0) {
    int taken = HEBB_MOST_ROWS / rows;
    taken = columns >= 4 && taken >= 4 ? 4 : columns >= 2 && taken >= 2 ? 2 : 1;
    if (taken == 4) {
      switch (rows) {
        HEBB_TILE(1, 4) HEBB_TILE(2, 4) HEBB_TILE(3, 4)
#if HEBB_LEVEL == 3
        HEBB_TILE(4, 4) HEBB_TILE(5, 4) HEBB_TILE(6, 4)
#endif
      }
    } else if (taken == 2) {
      switch (rows) {
        HEBB_TILE(1, 2) HEBB_TILE(2, 2) HEBB_TILE(3, 2) HEBB_TILE(4, 2) HEBB_TILE(5, 2) HEBB_TILE(6, 2)
#if HEBB_LEVEL == 3
        HEBB_TILE(7, 2) HEBB_TILE(8, 2) HEBB_TILE(9, 2) HEBB_TILE(10, 2) HEBB_TILE(11, 2) HEBB_TILE(12, 2)
#endif
      }
    } else {
      switch (rows) {
        HEBB_TILE(1, 1) HEBB_TILE(2, 1) HEBB_TILE(3, 1) HEBB_TILE(4, 1) HEBB_TILE(5, 1) HEBB_TILE(6, 1)
        HEBB_TILE(7, 1) HEBB_TILE(8, 1) HEBB_TILE(9, 1) HEBB_TILE(10, 1) HEBB_TILE(11, 1) HEBB_TILE(12, 1)
#if HEBB_LEVEL == 3
        HEBB_TILE(13, 1) HEBB_TILE(14, 1) HEBB_TILE(15, 1) HEBB_TILE(16, 1) HEBB_TILE(17, 1) HEBB_TILE(18, 1)
        HEBB_TILE(19, 1) HEBB_TILE(20, 1) HEBB_TILE(21, 1) HEBB_TILE(22, 1) HEBB_TILE(23, 1) HEBB_TILE(24, 1)
#endif
      }
    }
    w += taken * stride;
    sums += taken * rows * FLOAT_LANES;
    columns -= taken;
  }
}

#undef HEBB_TILE
