// Part of the template loops_pool_types.h: pooling where the width varies fastest. Rows are copied
// (or, for averages, summed) into lines that carry the padding, a block of rows at a time: a line
// that is read right after it was written would wait for the stores to reach the cache.

/// p[0], p[stride], p[2 * stride] ...: may read up to element LANES * stride - 1.
static inline __attribute__((always_inline)) VEC POOL(pool_load_every)(const T *p,
                                                                      const int64_t stride) {
  if (stride == 1) return POOL(pool_load)(p);
  if (stride == 2) return HEBB_EVEN(LANES, POOL(pool_load)(p), POOL(pool_load)(p + LANES));
  VEC v;
  for (int l = 0; l < LANES; l++) v[l] = p[l * stride];
  return v;
}

/// Calls a function with the stride as last argument, a constant where it is 1 or 2.
#define POOL_BY_STRIDE(function, stride, ...) \
  do {                                        \
    if ((stride) == 1) {                      \
      function(__VA_ARGS__, 1);               \
    } else if ((stride) == 2) {               \
      function(__VA_ARGS__, 2);               \
    } else {                                  \
      function(__VA_ARGS__, (stride));        \
    }                                         \
  } while (0)

// MARK: Averages

static inline __attribute__((always_inline)) void POOL(pool_average_block)(
    const pool_job *job, hebb_range rows, const T *lines, const T *end, const int64_t stride) {
  const hebb_window *w = &job->window;
  const T *divisors = job->divisors;
  int64_t oy = rows.begin % w->out_height;
  for (int64_t r = rows.begin; r < rows.end; r++, lines += job->line_length) {
    const T count = (T)pool_count_of_row(w, oy);
    if (++oy == w->out_height) oy = 0;
    T *y = (T *)job->out + r * w->out_width;
    for (int64_t i = 0; i < w->out_width; i += LANES) {
      const T *p = lines + i * stride;
      VEC sum = {};
      for (int64_t k = 0; k < w->kernel_width; k++) {
        sum += POOL(pool_load_every)(p + k * w->dilation_width, stride);
      }
      POOL(pool_store_to)(y + i, sum / (POOL(pool_load)(divisors + i) * count), end);
    }
  }
}

static void POOL(pool_average_planes)(const pool_job *job, hebb_range rows, void *scratch) {
  const hebb_window *w = &job->window;
  T *lines = scratch;
  for (int64_t i = 0; i < job->block * job->line_length; i++) lines[i] = 0;
  const int64_t width = hebb_smaller(w->width, job->line_length - 16 - w->pad_left);
  const T *end = (T *)job->out + rows.end * w->out_width;
  hebb_range block;
  for (block.begin = rows.begin; block.begin < rows.end; block.begin = block.end) {
    block.end = hebb_smaller(rows.end, block.begin + job->block);
    T *line = lines + w->pad_left;
    for (int64_t r = block.begin; r < block.end; r++, line += job->line_length) {
      const int64_t top = r % w->out_height * w->stride_height - w->pad_top;
      const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
      const int64_t step = w->dilation_height * w->width;
      const T *x = (const T *)job->in + r / w->out_height * w->height * w->width + top * w->width;
      for (int64_t i = 0; i < width; i += LANES) {
        VEC sum = {};
        for (int64_t k = ky.begin; k < ky.end; k++) {
          sum += POOL(pool_load_some)(x + k * step + i, width - i, 0);
        }
        POOL(pool_store)(line + i, sum);
      }
    }
    POOL_BY_STRIDE(POOL(pool_average_block), w->stride_width, job, block, lines, end);
  }
}

/// Gathers dx for one block of image rows from lines of dy: column i * stride + e of the image gets
/// those columns k of the windows with (e + pad_left - k * dilation) divisible by the stride.
static inline __attribute__((always_inline)) void POOL(pool_average_gradient_block)(
    const pool_job *job, hebb_range rows, const T *lines, const T *end, const int64_t stride) {
  const hebb_window *w = &job->window;
  for (int64_t r = rows.begin; r < rows.end; r++, lines += job->line_length) {
    T *dx = (T *)job->out + r * w->width;
    for (int64_t i = 0; i * stride < w->width; i += LANES) {
      VEC sums[2] = {};
      for (int64_t e = 0; e < stride; e++) {
        VEC sum = {};
        for (int64_t k = 0; k < w->kernel_width; k++) {
          const int64_t place = e + w->pad_left - k * w->dilation_width;
          const int64_t shift = place >= 0 ? place / stride : -((stride - 1 - place) / stride);
          if (shift * stride == place) sum += POOL(pool_load)(lines + job->lead + i + shift);
        }
        if (stride <= 2) {
          sums[e] = sum;
        } else {
          for (int l = 0; l < LANES; l++) {
            if ((i + l) * stride + e < w->width) dx[(i + l) * stride + e] = sum[l];
          }
        }
      }
      if (stride == 1) {
        POOL(pool_store_to)(dx + i, sums[0], end);
      } else if (stride == 2) {
        POOL(pool_store_to)(dx + 2 * i, HEBB_ZIP_LOW(LANES, sums[0], sums[1]), end);
        POOL(pool_store_to)(dx + 2 * i + LANES, HEBB_ZIP_HIGH(LANES, sums[0], sums[1]), end);
      }
    }
  }
}

static void POOL(pool_average_gradient_planes)(const pool_job *job, hebb_range rows,
                                               void *scratch) {
  const hebb_window *w = &job->window;
  T *lines = scratch;
  for (int64_t i = 0; i < job->block * job->line_length; i++) lines[i] = 0;
  const T *divisors = job->divisors;
  const T *end = (T *)job->out + rows.end * w->width;
  hebb_range block;
  for (block.begin = rows.begin; block.begin < rows.end; block.begin = block.end) {
    block.end = hebb_smaller(rows.end, block.begin + job->block);
    T *line = lines + job->lead;
    for (int64_t r = block.begin; r < block.end; r++, line += job->line_length) {
      const int64_t t = r % w->height + w->pad_top;
      const T *dy = (const T *)job->in + r / w->height * w->out_height * w->out_width;
      const hebb_range oys = pool_windows_of(t, w->stride_height, w->dilation_height,
                                             w->kernel_height, w->out_height);
      for (int64_t i = 0; i < w->out_width; i += LANES) {
        VEC sum = {};
        for (int64_t oy = oys.begin; oy < oys.end; oy++) {
          if (w->dilation_height > 1 && (t - oy * w->stride_height) % w->dilation_height != 0) {
            continue;
          }
          const T scale = 1 / (T)pool_count_of_row(w, oy);
          sum += POOL(pool_load_some)(dy + oy * w->out_width + i, w->out_width - i, 0) * scale;
        }
        POOL(pool_store)(line + i, sum / POOL(pool_load)(divisors + i));
      }
    }
    POOL_BY_STRIDE(POOL(pool_average_gradient_block), w->stride_width, job, block, lines, end);
  }
}

/// Windows that tile the image: each element of dy fills one. `rows` are rows of dy.
static void POOL(pool_average_gradient_planes_tiled)(const pool_job *job, hebb_range rows,
                                                     void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const T divisor = (T)(w->kernel_height * w->kernel_width);
  const T *dy = (const T *)job->in + rows.begin * w->out_width;
  T *dx = (T *)job->out + rows.begin * w->kernel_height * w->width;
  const T *end = (T *)job->out + rows.end * w->kernel_height * w->width;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const T *first = dx;
    for (int64_t ox = 0; ox < w->out_width; ox++, dx += w->kernel_width) {
      const VEC g = (VEC){} + *dy++ / divisor;
      for (int64_t i = 0; i < w->kernel_width; i += LANES) POOL(pool_store_to)(dx + i, g, end);
    }
    for (int64_t k = 1; k < w->kernel_height; k++, dx += w->width) {
      hebb_copy_bytes(dx, first, w->width * (int64_t)sizeof(T));
    }
  }
}

// MARK: Maxima

/// An output row: its plane's first row, counted over all planes, and its own place in the plane.
typedef struct {
  int64_t plane, oy;
} POOL(pool_cursor);

static inline POOL(pool_cursor) POOL(pool_next)(const hebb_window *w, POOL(pool_cursor) c) {
  if (++c.oy == w->out_height) {
    c.oy = 0;
    c.plane += w->height;
  }
  return c;
}

/// Rows of the image, counted over all planes, that an output row sees: from the first to the last.
static inline hebb_range POOL(pool_rows_seen)(const hebb_window *w, POOL(pool_cursor) c) {
  const int64_t top = c.oy * w->stride_height - w->pad_top;
  const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
  const int64_t first = c.plane + top;
  const hebb_range seen = {first + ky.begin * w->dilation_height,
                           first + (ky.end - 1) * w->dilation_height + 1};
  return seen;
}

/// The maxima of LANES windows, whose first elements are lines[0][0], lines[0][stride] ... and lie
/// at `top->place` when that is known.
static inline __attribute__((always_inline)) void POOL(pool_max_windows)(
    POOL(pool_top) *top, const hebb_window *w, const T *const *lines, int64_t line_count,
    int64_t shift, int32_t base, const bool places, const bool careful, const int64_t stride) {
  const PLACES step = (PLACES){} + (int32_t)w->dilation_width;
  const bool is_three = w->kernel_width == 3 && w->dilation_width == 1 && stride <= 2;
  for (int64_t k = 0; k < line_count; k++) {
    const T *p = lines[k] + shift;
    PLACES here = (PLACES){} + base + (int32_t)(k * w->dilation_height * w->width);
    if (is_three) {
      const VEC a = POOL(pool_load)(p), b = POOL(pool_load)(p + (stride == 1 ? 1 : LANES));
      POOL(pool_offer)(top, stride == 1 ? a : HEBB_EVEN(LANES, a, b), here, places, careful);
      POOL(pool_offer)(top, stride == 1 ? b : HEBB_ODD(LANES, a, b), here + 1, places, careful);
      POOL(pool_offer)(top, POOL(pool_load_every)(p + 2, stride), here + 2, places, careful);
      continue;
    }
    for (int64_t kx = 0; kx < w->kernel_width; kx++, here += step, p += w->dilation_width) {
      POOL(pool_offer)(top, POOL(pool_load_every)(p, stride), here, places, careful);
    }
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_row)(
    const pool_job *job, const T *const *lines, int64_t line_count, int64_t first_row, int64_t at,
    const T *end, const int32_t *places_end, const bool places, const int64_t stride) {
  const hebb_window *w = &job->window;
  PLACES column;  // of each window's first element
  for (int l = 0; l < LANES; l++) column[l] = (int32_t)(l * stride - w->pad_left);
  for (int64_t i = 0; i < w->out_width; i += LANES, column += (int32_t)(LANES * stride)) {
    // Places are those of the first window until the end, so that all lanes have the same.
    POOL(pool_top) top = {(VEC){} - (T)INFINITY, {}, {}};
    const int32_t base = (int32_t)(first_row * w->width);
    if (places) {
      PLACES first;
      memcpy(&first, job->first_columns + i, sizeof first);
      top.place = base + first - column;
      if (line_count <= 0) top.place = -1 - column;
      // No column inside: the place comes out as -1 as well.
      top.place = ((first < 0) & (-1 - column)) | ((first >= 0) & top.place);
    }
    const POOL(pool_top) start = top;
    POOL(pool_max_windows)
    (&top, w, lines, line_count, i * stride, base, places, false, stride);
    if (__builtin_reduce_or(top.odd) != 0) {
      top = start;
      POOL(pool_max_windows)
      (&top, w, lines, line_count, i * stride, base, places, true, stride);
    }
    POOL(pool_store_to)((T *)job->out + at + i, top.best, end);
    if (places) POOL(pool_store_places_to)(job->places + at + i, top.place + column, places_end);
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_planes_loop)(
    const pool_job *job, hebb_range rows, void *scratch, const bool places) {
  const hebb_window *w = &job->window;
  const T **lines = scratch;
  T *slots = (T *)(void *)((char *)scratch + job->lines_bytes);
  for (int64_t i = 0; i < job->slots * job->line_length; i++) slots[i] = -(T)INFINITY;
  const int64_t width = hebb_smaller(w->width, job->line_length - 16 - w->pad_left);
  const T *end = (T *)job->out + rows.end * w->out_width;
  const int32_t *places_end = places ? job->places + rows.end * w->out_width : NULL;
  const T *in = job->in;
  // Rows from which lines can be read in place.
  const int64_t direct = job->direct ? (job->in_size - job->line_length) / w->width + 1 : 0;
  POOL(pool_cursor) c = {rows.begin / w->out_height * w->height, rows.begin % w->out_height};
  for (int64_t r = rows.begin; r < rows.end;) {
    // As many output rows as there are slots for the rows that they see.
    hebb_range seen = POOL(pool_rows_seen)(w, c);
    POOL(pool_cursor) next = POOL(pool_next)(w, c);
    int64_t stop = r + 1;
    for (; stop < rows.end; stop++, next = POOL(pool_next)(w, next)) {
      const hebb_range more = POOL(pool_rows_seen)(w, next);
      if (more.begin >= more.end) continue;
      if (seen.begin >= seen.end) seen = more;
      // With a dilation, a later window may begin at an earlier row.
      const hebb_range both = {hebb_smaller(seen.begin, more.begin),
                               hebb_larger(seen.end, more.end)};
      if (both.end - both.begin > job->slots) break;
      seen = both;
    }
    for (int64_t g = hebb_larger(seen.begin, direct); g < seen.end; g++) {
      const T *x = in + g * w->width;
      T *to = slots + (g - seen.begin) * job->line_length + w->pad_left;
      for (int64_t i = 0; i < width; i += LANES) {
        POOL(pool_store)(to + i, POOL(pool_load_some)(x + i, width - i, -(T)INFINITY));
      }
    }
    for (; r < stop; r++, c = POOL(pool_next)(w, c)) {
      const hebb_range own = POOL(pool_rows_seen)(w, c);
      int64_t count = 0;
      for (int64_t g = own.begin; g < own.end; g += w->dilation_height) {
        lines[count++] =
            g < direct ? in + g * w->width : slots + (g - seen.begin) * job->line_length;
      }
      POOL_BY_STRIDE(POOL(pool_max_row), w->stride_width, job, lines, count, own.begin - c.plane,
                     r * w->out_width, end, places_end, places);
    }
  }
}

static void POOL(pool_max_planes)(const pool_job *job, hebb_range rows, void *scratch) {
  if (job->places) {
    POOL(pool_max_planes_loop)(job, rows, scratch, true);
  } else {
    POOL(pool_max_planes_loop)(job, rows, scratch, false);
  }
}

// MARK: Windows of 2 x 2 that tile the image

/// The sums of neighbours in a row and the row below it, LANES of them, and the same with care at
/// the end of the array.
static inline VEC POOL(pool_sum_2x2)(const T *p, int64_t width, const T *end, const bool whole) {
  const T *q = p + width;
  if (whole) {
    const VEC a = POOL(pool_load)(p) + POOL(pool_load)(q);
    const VEC b = POOL(pool_load)(p + LANES) + POOL(pool_load)(q + LANES);
    return HEBB_EVEN(LANES, a, b) + HEBB_ODD(LANES, a, b);
  }
  const VEC a = POOL(pool_load_to)(p, end) + POOL(pool_load_to)(q, end);
  const VEC b = POOL(pool_load_to)(p + LANES, end) + POOL(pool_load_to)(q + LANES, end);
  return HEBB_EVEN(LANES, a, b) + HEBB_ODD(LANES, a, b);
}

static void POOL(pool_average_planes_2x2)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const int64_t width = w->width, out_width = w->out_width;
  int64_t oy = rows.begin % w->out_height;
  const T *x = (const T *)job->in + (rows.begin / w->out_height * w->height + 2 * oy) * width;
  const T *x_end = (const T *)job->in + job->in_size;
  T *y = (T *)job->out + rows.begin * out_width;
  const T *end = (T *)job->out + rows.end * out_width;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const bool whole = end - y >= out_width + LANES && x_end - x >= 2 * width + 2 * LANES;
    for (int64_t i = 0; i < out_width; i += LANES) {
      if (whole) {
        POOL(pool_store)(y + i, POOL(pool_sum_2x2)(x + 2 * i, width, x_end, true) * (T)0.25);
      } else {
        const VEC sum = POOL(pool_sum_2x2)(x + 2 * i, width, x_end, false);
        POOL(pool_store_to)(y + i, sum * (T)0.25, end);
      }
    }
    y += out_width;
    x += 2 * width;
    if (++oy == w->out_height) {
      oy = 0;
      x += (w->height - 2 * w->out_height) * width;
    }
  }
}

#if HEBB_LEVEL == 3 && T_IS_FLOAT
/// Rows of up to 16 windows, as whole vectors of dx, whose elements every few rows stem from the same places
/// of dy; returns how many rows of dy it did, all but the last few.
static int64_t POOL(pool_spread_rows)(const T *dy, const T *dy_end, int64_t rows, int64_t width,
                                      T *dx) {
  if (width > 16) return 0;
  // After so many rows of dy, a row of dx begins with a vector again.
  const int64_t group = width % 4 == 0 ? 1 : width % 2 == 0 ? 2 : 4;
  const int64_t vectors = group * width / 4;
  int32_t places[16][16], firsts[16];
  for (int64_t v = 0; v < vectors; v++) {
    firsts[v] = INT32_MAX;
    for (int64_t l = 0; l < 16; l++) {
      const int64_t e = 16 * v + l;
      places[v][l] = (int32_t)(e / (4 * width) * width + e % (2 * width) / 2);
      if (places[v][l] < firsts[v]) firsts[v] = places[v][l];
    }
    for (int64_t l = 0; l < 16; l++) places[v][l] -= firsts[v];
  }
  int64_t done = 0;
  while (done + group <= rows && dy_end - dy >= group * width + 16) {
    for (int64_t v = 0; v < vectors; v++, dx += 16) {
      const __m512 g = _mm512_permutexvar_ps(_mm512_loadu_si512(places[v]),
                                             _mm512_loadu_ps(dy + firsts[v]));
      _mm512_storeu_ps(dx, _mm512_mul_ps(g, _mm512_set1_ps(0.25f)));
    }
    done += group;
    dy += group * width;
  }
  return done;
}
#endif

/// `rows` are rows of dy; each gives two of dx.
static void POOL(pool_average_gradient_planes_2x2)(const pool_job *job, hebb_range rows,
                                                   void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const int64_t width = w->width;
  const T *in_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + 2 * rows.end * width;
  const T *dy = (const T *)job->in + rows.begin * w->out_width;
  T *dx = (T *)job->out + 2 * rows.begin * width;
  int64_t done = 0;
#if HEBB_LEVEL == 3 && T_IS_FLOAT
  done = POOL(pool_spread_rows)(dy, in_end, rows.end - rows.begin, w->out_width, dx);
  dy += done * w->out_width;
  dx += 2 * done * width;
#endif
  for (int64_t r = rows.begin + done; r < rows.end; r++, dy += w->out_width, dx += 2 * width) {
    const bool whole = end - dx >= 2 * width + 2 * LANES && in_end - dy >= w->out_width + LANES;
    // Upwards through both rows: what a vector writes behind the first is overwritten.
    for (int64_t i = 0; i < 2 * w->out_width; i += w->out_width) {
      T *to = dx + 2 * i;
      for (int64_t k = 0; k < w->out_width; k += LANES) {
        const VEC g = (whole ? POOL(pool_load)(dy + k) : POOL(pool_load_to)(dy + k, in_end));
        const VEC low = HEBB_ZIP_LOW(LANES, g, g) * (T)0.25;
        const VEC high = HEBB_ZIP_HIGH(LANES, g, g) * (T)0.25;
        if (whole) {
          POOL(pool_store)(to + 2 * k, low);
          POOL(pool_store)(to + 2 * k + LANES, high);
        } else {
          POOL(pool_store_to)(to + 2 * k, low, end);
          POOL(pool_store_to)(to + 2 * k + LANES, high, end);
        }
      }
    }
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_planes_2x2_loop)(
    const pool_job *job, hebb_range rows, const bool places) {
  const hebb_window *w = &job->window;
  const int64_t width = w->width;
  int64_t oy = rows.begin % w->out_height;
  const T *x = (const T *)job->in + (rows.begin / w->out_height * w->height + 2 * oy) * width;
  const T *x_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + rows.end * w->out_width;
  const int32_t *places_end = places ? job->places + rows.end * w->out_width : NULL;
  PLACES iota;
  for (int l = 0; l < LANES; l++) iota[l] = 2 * l;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    for (int64_t i = 0; i < w->out_width; i += LANES) {
      const T *p = x + 2 * i, *q = p + width;
      const VEC p0 = POOL(pool_load_to)(p, x_end), p1 = POOL(pool_load_to)(p + LANES, x_end);
      const VEC q0 = POOL(pool_load_to)(q, x_end), q1 = POOL(pool_load_to)(q + LANES, x_end);
      const VEC v[4] = {HEBB_EVEN(LANES, p0, p1), HEBB_ODD(LANES, p0, p1),
                        HEBB_EVEN(LANES, q0, q1), HEBB_ODD(LANES, q0, q1)};
      const PLACES first = iota + (int32_t)(2 * oy * width + 2 * i);
      const PLACES here[4] = {first, first + 1, first + (int32_t)width, first + (int32_t)width + 1};
      POOL(pool_top) top = {v[0], first, (MASK)(v[0] != v[0])};
#pragma clang loop unroll(full)
      for (int k = 1; k < 4; k++) POOL(pool_offer)(&top, v[k], here[k], places, false);
      if (__builtin_reduce_or(top.odd) != 0) {
        top.best = v[0];
        top.place = first;
        for (int k = 1; k < 4; k++) POOL(pool_offer)(&top, v[k], here[k], places, true);
      }
      const int64_t at = r * w->out_width + i;
      POOL(pool_store_to)((T *)job->out + at, top.best, end);
      if (places) POOL(pool_store_places_to)(job->places + at, top.place, places_end);
    }
    x += 2 * width;
    if (++oy == w->out_height) {
      oy = 0;
      x += (w->height - 2 * w->out_height) * width;
    }
  }
}

static void POOL(pool_max_planes_2x2)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  if (job->places) {
    POOL(pool_max_planes_2x2_loop)(job, rows, true);
  } else {
    POOL(pool_max_planes_2x2_loop)(job, rows, false);
  }
}

#undef POOL_BY_STRIDE
