// Normalization of rows in one go. Template: see program_kernels.h. Every value is computed by the operations of the
// five loops that it takes the place of; only where those would run a single row at a time are sums added in
// another order.

/// Lane sums of (x - mean)^2 as K(sum_lanes) adds them. Meanwhile half of a later row is asked for.
HEBB_INLINE V K(deviation_lanes)(const E *x, int64_t n, V mean, const E *later) {
  V s[4];
  for (int k = 0; k < 4; k++) s[k] = (V){0};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    for (int k = 0; k < 4; k++) {
      const V d = LOAD(x + i + k * LANES) - mean;
      const V square = d * d;
      s[k] = SUM(s[k], square);
    }
    for (int b = 0; b < 2 * HEBB_BYTES; b += 64) __builtin_prefetch((const char *)(later + i / 2) + b, 0, 3);
  }
  const V s01 = SUM(s[0], s[1]), s23 = SUM(s[2], s[3]);
  s[0] = SUM(s01, s23);
  for (; i < n; i += LANES) {
    const int64_t rest = n - i < LANES ? n - i : LANES;
    const V d = (rest == LANES ? LOAD(x + i) : LOAD_PART(x + i, rest)) - mean;
    V square = d * d;
    if (rest < LANES) square = K(keep_lanes)(square, rest, 0);
    s[0] = SUM(s[0], square);
  }
  return s[0];
}

static bool K(normalize)(const hebb_normalization *job, int64_t rows) {
  const int64_t n = job->n;
  // Shorter rows share the addition of their lanes.
  if (n < 8 * LANES) return false;
  const bool streams = job->streams && n % LANES == 0 && ((uintptr_t)job->y & (HEBB_BYTES - 1)) == 0;
  const E *x = job->x, *scale = job->scale, *shift = job->shift;
  E *y = job->y;
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    const E *later = r + 2 < rows ? x + 2 * n : x;
    job->sum[r] = (E)FOLD_WIDE(SUM, K(sum_lanes)(x, n));
    job->mean[r] = job->sum[r] * *job->reciprocal;
    const V mean = job->mean[r] - (V){0};
    job->squares[r] = (E)FOLD_WIDE(SUM, K(deviation_lanes)(x, n, mean, later));
    const V squares = job->squares[r] - (V){0};
    const V variance = OP_MULTIPLY_ADD(squares, *job->factor, *job->epsilon);
    const V slope = OP_RECIPROCAL_SQUARE_ROOT(variance);
    job->slope[r] = slope[0];
    for (int64_t i = 0; i < n; i += LANES) {
      const int64_t rest = n - i;
      if (rest < LANES) {
        const V part = (LOAD_PART(x + i, rest) - mean) * slope;
        STORE_PART(y + i, OP_MULTIPLY_ADD(part, LOAD_PART(scale + i, rest), LOAD_PART(shift + i, rest)), rest);
        break;
      }
      // The other half, with the stores, so that memory reads and writes at once.
      if (i * sizeof(E) % 128 == 0) __builtin_prefetch(later + n / 2 + i / 2, 0, 3);
      const V part = (LOAD(x + i) - mean) * slope;
      const V result = OP_MULTIPLY_ADD(part, LOAD(scale + i), LOAD(shift + i));
      if (streams) v_stream(y + i, (vlong)result);
      else STORE(y + i, result);
    }
  }
  if (streams) hebb_end_streams();
  return true;
}
