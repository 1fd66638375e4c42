// Products of blocks for attention.c: a tile of the result stays in registers while the inner index goes by.
// Template: see loops_levels.h.

#define LANES HEBB_LANES_32
#define A(name) HEBB_L(attention_##name)

/// c[R][C vectors] = or += Σ a[r * a_row + t * a_step] b[t * b_row ...], t < n.
#define ATTENTION_TILE(R, C)                                                                     \
  static void A(tile_##R##_##C)(int64_t n, const float *a, int64_t a_row, int64_t a_step,        \
                                const float *b, int64_t b_row, float *c, int64_t c_row,          \
                                bool add) {                                                      \
    vfloat sum[R][C];                                                                            \
    for (int r = 0; r < R; r++)                                                                  \
      for (int x = 0; x < C; x++)                                                                \
        sum[r][x] = add ? vf_load(c + r * c_row + x * LANES) : vf_splat(0);                      \
    for (int64_t t = 0; t < n; t++, a += a_step, b += b_row) {                                   \
      vfloat value[C];                                                                           \
      for (int x = 0; x < C; x++) value[x] = vf_load(b + x * LANES);                             \
      for (int r = 0; r < R; r++) {                                                              \
        const vfloat factor = vf_splat(a[r * a_row]);                                            \
        for (int x = 0; x < C; x++) sum[r][x] += factor * value[x];                              \
      }                                                                                          \
    }                                                                                            \
    for (int r = 0; r < R; r++)                                                                  \
      for (int x = 0; x < C; x++) vf_store(c + r * c_row + x * LANES, sum[r][x]);                \
  }

#pragma clang fp contract(fast)
#define ATTENTION_TILES(C) \
  ATTENTION_TILE(1, C)     \
  ATTENTION_TILE(2, C)     \
  ATTENTION_TILE(3, C)     \
  ATTENTION_TILE(4, C)     \
  ATTENTION_TILE(5, C)     \
  ATTENTION_TILE(6, C)

ATTENTION_TILES(1)
ATTENTION_TILES(2)
#if HEBB_LEVEL == 3
ATTENTION_TILES(3)
ATTENTION_TILES(4)
#define VECTORS 4
#else
#define VECTORS 2
#endif

#define ATTENTION_CALL(R, C)                                                                     \
  case R * 10 + C:                                                                               \
    A(tile_##R##_##C)(n, a, a_row, a_step, b + x, b_row, c + x, c_row, add);                     \
    break;
#define ATTENTION_CALLS(C)                                                                       \
  ATTENTION_CALL(1, C) ATTENTION_CALL(2, C) ATTENTION_CALL(3, C)                                 \
  ATTENTION_CALL(4, C) ATTENTION_CALL(5, C) ATTENTION_CALL(6, C)

/// c[rows][columns] = or += Σ a b over n, at most 6 rows; whole vectors are read and written.
static void A(product)(int64_t rows, int64_t columns, int64_t n, const float *a, int64_t a_row,
                       int64_t a_step, const float *b, int64_t b_row, float *c, int64_t c_row,
                       bool add) {
  for (int64_t x = 0; x < columns; x += VECTORS * LANES) {
    const int64_t vectors = hebb_smaller(VECTORS, (columns - x + LANES - 1) / LANES);
    switch (rows * 10 + vectors) {
      ATTENTION_CALLS(1)
      ATTENTION_CALLS(2)
#if HEBB_LEVEL == 3
      ATTENTION_CALLS(3)
      ATTENTION_CALLS(4)
#endif
      default: break;
    }
  }
}

/// to[c][r] = from[r][c], 16 by 16.
static void A(transpose_16)(const float *from, int64_t row, float *to, int64_t to_row) {
#if HEBB_LEVEL == 3
  vfloat x[16], y[16];
  for (int i = 0; i < 16; i++) x[i] = vf_load(from + i * row);
  // Each step joins what lies 8, 4, 2 and 1 rows apart; halves of a pair are zipped together.
  for (int step = 0; step < 2; step++) {
    for (int i = 0; i < 8; i++) {
      y[2 * i] = HEBB_ZIP_LOW(16, x[i], x[i + 8]);
      y[2 * i + 1] = HEBB_ZIP_HIGH(16, x[i], x[i + 8]);
    }
    for (int i = 0; i < 8; i++) {
      x[2 * i] = HEBB_ZIP_LOW(16, y[i], y[i + 8]);
      x[2 * i + 1] = HEBB_ZIP_HIGH(16, y[i], y[i + 8]);
    }
  }
  for (int i = 0; i < 16; i++) vf_store(to + i * to_row, x[i]);
#else
  for (int c = 0; c < 16; c++)
    for (int r = 0; r < 16; r++) to[c * to_row + r] = from[r * row + c];
#endif
}

#undef ATTENTION_TILE
#undef ATTENTION_TILES
#undef ATTENTION_CALL
#undef ATTENTION_CALLS
#undef VECTORS
#undef A
#undef LANES
