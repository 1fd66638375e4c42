// Part of the template loops_pool_types.h: pooling where the channels vary fastest. Vectors run along
// the channels; where a pixel has fewer channels than a vector has lanes, the other lanes compute
// rubbish that the next pixel overwrites.

/// The part of the input that one output pixel looks at: `rows` x `columns` pixels, first one at x.
/// Inlined with constant sizes for the common windows.
static inline __attribute__((always_inline)) void POOL(pool_average_pixel)(
    const T *x, const T *x_end, T *y, const T *y_end, int64_t channels, int64_t row_step,
    int64_t column_step, int64_t rows, int64_t columns, T factor, bool divides, const bool whole) {
  for (int64_t c = 0; c < channels; c += LANES) {
    VEC sum = {};
    for (int64_t ky = 0; ky < rows; ky++) {
      for (int64_t kx = 0; kx < columns; kx++) {
        const T *p = x + ky * row_step + kx * column_step + c;
        sum += whole ? POOL(pool_load)(p) : POOL(pool_load_to)(p, x_end);
      }
    }
    POOL(pool_store_to)(y + c, divides ? sum / factor : sum * factor, y_end);
  }
}

static void POOL(pool_average_channels)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const int64_t channels = w->channels, image_row = w->width * channels;
  const int64_t row_step = w->dilation_height * image_row;
  const int64_t column_step = w->dilation_width * channels;
  const T *x_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + rows.end * w->out_width * channels;
  T *y = (T *)job->out + rows.begin * w->out_width * channels;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const int64_t top = r % w->out_height * w->stride_height - w->pad_top;
    const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
    const T *row = (const T *)job->in + r / w->out_height * w->height * image_row +
                   (top + ky.begin * w->dilation_height) * image_row;
    for (int64_t ox = 0; ox < w->out_width; ox++, y += channels) {
      const int64_t left = ox * w->stride_width - w->pad_left;
      const hebb_range kx = pool_inside(left, w->dilation_width, w->kernel_width, w->width);
      const int64_t m = ky.end - ky.begin, n = kx.end - kx.begin;
      const int64_t count = w->count_padding ? w->kernel_height * w->kernel_width : m * n;
      // Powers of two have exact inverses.
      const bool divides = (count & (count - 1)) != 0;
      const T factor = divides ? (T)count : 1 / (T)hebb_larger(1, count);
      const T *x = row + (left + kx.begin * w->dilation_width) * channels;
      const bool whole =
          x_end - x >= (m - 1) * row_step + (n - 1) * column_step + channels + LANES - 1;
      if (m <= 0 || n <= 0) {
        for (int64_t c = 0; c < channels; c++) y[c] = 0;
      } else if (m == 2 && n == 2 && whole) {
        POOL(pool_average_pixel)
        (x, x_end, y, end, channels, row_step, column_step, 2, 2, factor, divides, true);
      } else if (m == 3 && n == 3 && whole) {
        POOL(pool_average_pixel)
        (x, x_end, y, end, channels, row_step, column_step, 3, 3, factor, divides, true);
      } else if (whole) {
        POOL(pool_average_pixel)
        (x, x_end, y, end, channels, row_step, column_step, m, n, factor, divides, true);
      } else {
        POOL(pool_average_pixel)
        (x, x_end, y, end, channels, row_step, column_step, m, n, factor, divides, false);
      }
    }
  }
}

static void POOL(pool_average_gradient_channels)(const pool_job *job, hebb_range rows,
                                                 void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const int64_t channels = w->channels;
  const T *divisors = job->divisors;
  const T *dy_end = (const T *)job->in + job->in_size;
  const T *end = (T *)job->out + rows.end * w->width * channels;
  T *dx = (T *)job->out + rows.begin * w->width * channels;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const int64_t t = r % w->height + w->pad_top;
    const hebb_range oys = pool_windows_of(t, w->stride_height, w->dilation_height,
                                           w->kernel_height, w->out_height);
    const T *dy = (const T *)job->in + r / w->height * w->out_height * w->out_width * channels;
    for (int64_t ix = 0; ix < w->width; ix++, dx += channels) {
      const int64_t u = ix + w->pad_left;
      const hebb_range oxs = pool_windows_of(u, w->stride_width, w->dilation_width,
                                             w->kernel_width, w->out_width);
      for (int64_t c = 0; c < channels; c += LANES) {
        VEC sum = {};
        for (int64_t oy = oys.begin; oy < oys.end; oy++) {
          if (w->dilation_height > 1 && (t - oy * w->stride_height) % w->dilation_height != 0) {
            continue;
          }
          const T row_count = (T)pool_count_of_row(w, oy);
          for (int64_t ox = oxs.begin; ox < oxs.end; ox++) {
            if (w->dilation_width > 1 && (u - ox * w->stride_width) % w->dilation_width != 0) {
              continue;
            }
            const T *p = dy + (oy * w->out_width + ox) * channels + c;
            sum += POOL(pool_load_to)(p, dy_end) * (1 / (row_count * divisors[ox]));
          }
        }
        POOL(pool_store_to)(dx + c, sum, end);
      }
    }
  }
}

/// Windows that tile the image: each element of dy fills a window. `rows` are rows of dy.
static void POOL(pool_average_gradient_channels_tiled)(const pool_job *job, hebb_range rows,
                                                       void *scratch) {
  (void)scratch;
  const hebb_window *w = &job->window;
  const int64_t channels = w->channels, image_row = w->width * channels;
  const T scale = 1 / (T)(w->kernel_height * w->kernel_width);
  const T *dy = (const T *)job->in + rows.begin * w->out_width * channels;
  const T *dy_end = (const T *)job->in + job->in_size;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    T *first = (T *)job->out + r * w->kernel_height * image_row;
    // The rubbish behind this row is overwritten by the copies of it, or stays within the share.
    const T *end = first + hebb_smaller(w->kernel_height, 2) * image_row;
    T *dx = first;
    for (int64_t ox = 0; ox < w->out_width; ox++, dy += channels) {
      if (channels <= LANES) {
        const VEC g = POOL(pool_load_to)(dy, dy_end) * scale;
        for (int64_t k = 0; k < w->kernel_width; k++, dx += channels) {
          POOL(pool_store_to)(dx, g, end);
        }
      } else {
        for (int64_t c = 0; c < channels; c += LANES) {
          const VEC g = POOL(pool_load_to)(dy + c, dy_end) * scale;
          for (int64_t k = 0; k < w->kernel_width; k++) {
            // Not whole vectors beyond this pixel: the next one was written before.
            POOL(pool_store_to)(dx + k * channels + c, g, dx + (k + 1) * channels);
          }
        }
        dx += w->kernel_width * channels;
      }
    }
    for (int64_t k = 1; k < w->kernel_height; k++) {
      memcpy(first + k * image_row, first, (size_t)image_row * sizeof(T));
    }
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_pixel)(
    const T *x, const T *x_end, T *y, const T *y_end, int32_t *places, const int32_t *places_end,
    int64_t channels, int64_t row_step, int64_t column_step, int64_t rows, int64_t columns,
    int32_t first, int32_t row_places, int32_t column_places, const bool with_places,
    const bool whole) {
  for (int64_t c = 0; c < channels; c += LANES) {
    VEC best = (VEC){} - (T)INFINITY;
    PLACES place = (PLACES){} + first;
    for (int64_t ky = 0; ky < rows; ky++) {
      for (int64_t kx = 0; kx < columns; kx++) {
        const T *p = x + ky * row_step + kx * column_step + c;
        const VEC v = whole ? POOL(pool_load)(p) : POOL(pool_load_to)(p, x_end);
        if (with_places) {
          const MASK takes = POOL(pool_takes)(v, best);
          const PLACES taken = __builtin_convertvector(takes, PLACES);
          const int32_t here = first + (int32_t)ky * row_places + (int32_t)kx * column_places;
          best = POOL(pool_choose)(takes, v, best);
          place = (taken & here) | (~taken & place);
        } else {
          best = POOL(pool_choose)((MASK)(v > best) | (MASK)(v != v), v, best);
        }
      }
    }
    POOL(pool_store_to)(y + c, best, y_end);
    if (with_places) POOL(pool_store_places_to)(places + c, place, places_end);
  }
}

static inline __attribute__((always_inline)) void POOL(pool_max_channels_loop)(
    const pool_job *job, hebb_range rows, const bool places) {
  const hebb_window *w = &job->window;
  const int64_t channels = w->channels, image_row = w->width * channels;
  const int64_t row_step = w->dilation_height * image_row;
  const int64_t column_step = w->dilation_width * channels;
  const int32_t row_places = (int32_t)(w->dilation_height * w->width);
  const int32_t column_places = (int32_t)w->dilation_width;
  const T *x_end = (const T *)job->in + job->in_size;
  int64_t at = rows.begin * w->out_width * channels;
  const int64_t end = rows.end * w->out_width * channels;
  T *out = job->out;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const int64_t top = r % w->out_height * w->stride_height - w->pad_top;
    const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
    const int64_t iy = top + ky.begin * w->dilation_height;
    const T *row = (const T *)job->in + (r / w->out_height * w->height + iy) * image_row;
    for (int64_t ox = 0; ox < w->out_width; ox++, at += channels) {
      const int64_t left = ox * w->stride_width - w->pad_left;
      const hebb_range kx = pool_inside(left, w->dilation_width, w->kernel_width, w->width);
      const int64_t m = hebb_larger(0, ky.end - ky.begin), n = hebb_larger(0, kx.end - kx.begin);
      const int64_t ix = left + kx.begin * w->dilation_width;
      const int32_t first = m > 0 && n > 0 ? (int32_t)(iy * w->width + ix) : -1;
      const T *x = row + ix * channels;
      int32_t *to = places ? job->places + at : NULL;
      const int32_t *to_end = places ? job->places + end : NULL;
      const bool whole =
          x_end - x >= (m - 1) * row_step + (n - 1) * column_step + channels + LANES - 1;
      if (m == 3 && n == 3 && whole) {
        POOL(pool_max_pixel)
        (x, x_end, out + at, out + end, to, to_end, channels, row_step, column_step, 3, 3, first,
         row_places, column_places, places, true);
      } else if (m == 2 && n == 2 && whole) {
        POOL(pool_max_pixel)
        (x, x_end, out + at, out + end, to, to_end, channels, row_step, column_step, 2, 2, first,
         row_places, column_places, places, true);
      } else if (whole) {
        POOL(pool_max_pixel)
        (x, x_end, out + at, out + end, to, to_end, channels, row_step, column_step, m, n, first,
         row_places, column_places, places, true);
      } else {
        POOL(pool_max_pixel)
        (x, x_end, out + at, out + end, to, to_end, channels, row_step, column_step, m, n, first,
         row_places, column_places, places, false);
      }
    }
  }
}

static void POOL(pool_max_channels)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  if (job->places) {
    POOL(pool_max_channels_loop)(job, rows, true);
  } else {
    POOL(pool_max_channels_loop)(job, rows, false);
  }
}
