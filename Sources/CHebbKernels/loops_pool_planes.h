// Part of the template loops_pool_types.h: pooling where the width varies fastest. Rows are copied
// (or, for averages, summed) into lines that carry the padding, a block of rows at a time: a line that
// is read right after it was written would wait for the stores to reach the cache.

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
  for (int64_t r = rows.begin; r < rows.end; r++, lines += job->line_length) {
    const T count = (T)pool_count_of_row(w, r % w->out_height);
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

// MARK: Maxima

/// Rows of the image, counted over all planes, that output row r looks at: from the first to the last.
static inline hebb_range POOL(pool_rows_seen)(const hebb_window *w, int64_t r) {
  const int64_t top = r % w->out_height * w->stride_height - w->pad_top;
  const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
  const int64_t first = r / w->out_height * w->height + top;
  const hebb_range seen = {first + ky.begin * w->dilation_height,
                           first + (ky.end - 1) * w->dilation_height + 1};
  return seen;
}

static inline __attribute__((always_inline)) void POOL(pool_max_row)(
    const pool_job *job, const T *const *lines, int64_t line_count, int64_t first_row, int64_t at,
    const T *end, const int32_t *places_end, const bool places, const int64_t stride) {
  const hebb_window *w = &job->window;
  PLACES iota;
  for (int l = 0; l < LANES; l++) iota[l] = l;
  for (int64_t i = 0; i < w->out_width; i += LANES) {
    VEC best = (VEC){} - (T)INFINITY;
    PLACES place = {}, column = {};
    if (places) {
      memcpy(&place, job->first_columns + i, sizeof place);
      place += (place >= 0) & (int32_t)(first_row * w->width);
      if (line_count <= 0) place = (PLACES){} - 1;
      column = iota * (int32_t)stride + (int32_t)(i * stride - w->pad_left);
    }
    for (int64_t k = 0; k < line_count; k++) {
      const T *p = lines[k] + i * stride;
      const int64_t base = (first_row + k * w->dilation_height) * w->width;
      for (int64_t kx = 0; kx < w->kernel_width; kx++) {
        const VEC v = POOL(pool_load_every)(p + kx * w->dilation_width, stride);
        if (places) {
          const MASK takes = POOL(pool_takes)(v, best);
          const PLACES here = column + (int32_t)(base + kx * w->dilation_width);
          const PLACES taken = __builtin_convertvector(takes, PLACES);
          best = POOL(pool_choose)(takes, v, best);
          place = (taken & here) | (~taken & place);
        } else {
          best = POOL(pool_choose)((MASK)(v > best) | (MASK)(v != v), v, best);
        }
      }
    }
    POOL(pool_store_to)((T *)job->out + at + i, best, end);
    if (places) POOL(pool_store_places_to)(job->places + at + i, place, places_end);
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
  hebb_range block = rows;
  for (; block.begin < rows.end; block.begin = block.end) {
    // As many output rows as there are slots for the rows that they see.
    hebb_range seen = POOL(pool_rows_seen)(w, block.begin);
    for (block.end = block.begin + 1; block.end < rows.end; block.end++) {
      const hebb_range more = POOL(pool_rows_seen)(w, block.end);
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
    for (int64_t r = block.begin; r < block.end; r++) {
      const hebb_range own = POOL(pool_rows_seen)(w, r);
      int64_t count = 0;
      for (int64_t g = own.begin; g < own.end; g += w->dilation_height) {
        lines[count++] =
            g < direct ? in + g * w->width : slots + (g - seen.begin) * job->line_length;
      }
      const int64_t first = own.begin - r / w->out_height * w->height, at = r * w->out_width;
      POOL_BY_STRIDE(POOL(pool_max_row), w->stride_width, job, lines, count, first, at, end,
                     places_end, places);
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

static void POOL(pool_average_planes_2x2)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const T *x_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + rows.end * w->out_width;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const T *x = (const T *)job->in +
                 (r / w->out_height * w->height + r % w->out_height * 2) * w->width;
    T *y = (T *)job->out + r * w->out_width;
    for (int64_t i = 0; i < w->out_width; i += LANES) {
      const T *p = x + 2 * i, *q = p + w->width;
      const VEC a = POOL(pool_load_to)(p, x_end) + POOL(pool_load_to)(q, x_end);
      const VEC b = POOL(pool_load_to)(p + LANES, x_end) + POOL(pool_load_to)(q + LANES, x_end);
      const VEC sum = HEBB_EVEN(LANES, a, b) + HEBB_ODD(LANES, a, b);
      POOL(pool_store_to)(y + i, sum * (T)0.25, end);
    }
  }
}

/// `rows` are rows of dy; each gives two of dx.
static void POOL(pool_average_gradient_planes_2x2)(const pool_job *job, hebb_range rows,
                                                   void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const T *in_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + 2 * rows.end * w->width;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const T *dy = (const T *)job->in + r * w->out_width;
    T *dx = (T *)job->out + 2 * r * w->width;
    for (int half = 0; half < 2; half++, dx += w->width) {
      for (int64_t i = 0; i < w->out_width; i += LANES) {
        const VEC g = POOL(pool_load_to)(dy + i, in_end) * (T)0.25;
        POOL(pool_store_to)(dx + 2 * i, HEBB_ZIP_LOW(LANES, g, g), end);
        POOL(pool_store_to)(dx + 2 * i + LANES, HEBB_ZIP_HIGH(LANES, g, g), end);
      }
    }
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_planes_2x2_loop)(
    const pool_job *job, hebb_range rows, const bool places) {
  const hebb_window *w = &job->window;
  const T *x_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + rows.end * w->out_width;
  const int32_t *places_end = places ? job->places + rows.end * w->out_width : NULL;
  PLACES iota;
  for (int l = 0; l < LANES; l++) iota[l] = 2 * l;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const int64_t top = r % w->out_height * 2;
    const T *x = (const T *)job->in + (r / w->out_height * w->height + top) * w->width;
    for (int64_t i = 0; i < w->out_width; i += LANES) {
      const T *p = x + 2 * i, *q = p + w->width;
      const VEC p0 = POOL(pool_load_to)(p, x_end), p1 = POOL(pool_load_to)(p + LANES, x_end);
      const VEC q0 = POOL(pool_load_to)(q, x_end), q1 = POOL(pool_load_to)(q + LANES, x_end);
      const VEC v[4] = {HEBB_EVEN(LANES, p0, p1), HEBB_ODD(LANES, p0, p1),
                        HEBB_EVEN(LANES, q0, q1), HEBB_ODD(LANES, q0, q1)};
      VEC best = v[0];
      PLACES place = iota + (int32_t)(top * w->width + 2 * i);
      const PLACES first = place;
#pragma clang loop unroll(full)
      for (int k = 1; k < 4; k++) {
        const MASK takes = POOL(pool_takes)(v[k], best);
        best = POOL(pool_choose)(takes, v[k], best);
        if (places) {
          const PLACES here = first + (int32_t)((k >> 1) * w->width + (k & 1));
          const PLACES taken = __builtin_convertvector(takes, PLACES);
          place = (taken & here) | (~taken & place);
        }
      }
      const int64_t at = r * w->out_width + i;
      POOL(pool_store_to)((T *)job->out + at, best, end);
      if (places) POOL(pool_store_places_to)(job->places + at, place, places_end);
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
