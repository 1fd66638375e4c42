// Part of the template loops_pool_types.h: pooling where the channels vary fastest. Vectors run
// along the channels; where a pixel has fewer channels than a vector has lanes, the other lanes
// compute rubbish that the next pixel overwrites.

/// Output pixels beside each other whose windows have the same shape: `rows` x `columns` pixels.
typedef struct {
  const T *x, *x_end;  // the first window; the end of the array
  T *y;
  const T *y_end;
  int64_t count, step;            // pixels, and elements from one window to the next
  int64_t row_step, column_step;  // elements from one row or column of a window to the next
  int32_t *places;
  const int32_t *places_end;
  int32_t place, place_step, row_places, column_places;  // maxima only
  T factor;                                              // averages only
  bool divides;
} POOL(pool_run);

/// Averages of a run. Inlined with constant window sizes for the common ones; `whole` tells that
/// whole vectors can be loaded without reaching the end of the array.
static inline __attribute__((always_inline)) void POOL(pool_average_run)(
    const POOL(pool_run) *run, int64_t channels, int64_t rows, int64_t columns, const bool whole) {
  for (int64_t i = 0; i < run->count; i++) {
    T *y = run->y + i * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      const T *x = run->x + i * run->step + c;
      VEC sum = {};
      for (int64_t ky = 0; ky < rows; ky++) {
        for (int64_t kx = 0; kx < columns; kx++) {
          const T *p = x + ky * run->row_step + kx * run->column_step;
          sum += whole ? POOL(pool_load)(p) : POOL(pool_load_to)(p, run->x_end);
        }
      }
      POOL(pool_store_to)(y + c, run->divides ? sum / run->factor : sum * run->factor, run->y_end);
    }
  }
}

/// Maxima of a run.
static inline __attribute__((always_inline)) void POOL(pool_max_run)(
    const POOL(pool_run) *run, int64_t channels, int64_t rows, int64_t columns, const bool whole,
    const bool places) {
  for (int64_t i = 0; i < run->count; i++) {
    const int32_t first = run->place + (int32_t)i * run->place_step;
    for (int64_t c = 0; c < channels; c += LANES) {
      const T *x = run->x + i * run->step + c;
      POOL(pool_top) top;
      for (int careful = 0; careful < 2; careful++) {
        top = (POOL(pool_top)){(VEC){} - (T)INFINITY, (PLACES){} + first, {}};
        for (int64_t ky = 0; ky < rows; ky++) {
          for (int64_t kx = 0; kx < columns; kx++) {
            const T *p = x + ky * run->row_step + kx * run->column_step;
            const VEC v = whole ? POOL(pool_load)(p) : POOL(pool_load_to)(p, run->x_end);
            const int32_t here =
                first + (int32_t)ky * run->row_places + (int32_t)kx * run->column_places;
            POOL(pool_offer)(&top, v, (PLACES){} + here, places, careful);
          }
        }
        if (__builtin_reduce_or(top.odd) == 0) break;
      }
      POOL(pool_store_to)(run->y + i * channels + c, top.best, run->y_end);
      if (places) {
        POOL(pool_store_places_to)
        (run->places + i * channels + c, top.place, run->places_end);
      }
    }
  }
}

static inline __attribute__((always_inline)) void POOL(pool_any_run)(const POOL(pool_run) *run,
                                                                    int64_t channels, int64_t rows,
                                                                    int64_t columns,
                                                                    const bool whole,
                                                                    const pool_kind kind) {
  if (kind == AVERAGES) {
    POOL(pool_average_run)(run, channels, rows, columns, whole);
  } else {
    POOL(pool_max_run)(run, channels, rows, columns, whole, kind == MAXIMA_WITH_PLACES);
  }
}

static inline __attribute__((always_inline)) void POOL(pool_channels_loop)(
    const pool_job *job, hebb_range rows, const pool_kind kind) {
  const hebb_window *w = &job->window;
  const int64_t channels = w->channels, image_row = w->width * channels;
  const int64_t reach = (w->kernel_width - 1) * w->dilation_width;
  // Outputs whose windows lie inside the image from left to right make one run.
  const int64_t inner_begin = (w->pad_left + w->stride_width - 1) / w->stride_width;
  const int64_t inner_end =
      hebb_smaller(w->out_width, (w->width - 1 - reach + w->pad_left) / w->stride_width + 1);
  const int64_t size = rows.end * w->out_width * channels;
  const bool places = kind == MAXIMA_WITH_PLACES;
  POOL(pool_run) run = {.x_end = (const T *)job->in + job->in_size,
                        .y = (T *)job->out + rows.begin * w->out_width * channels,
                        .y_end = (T *)job->out + size,
                        .step = w->stride_width * channels,
                        .row_step = w->dilation_height * image_row,
                        .column_step = w->dilation_width * channels,
                        .row_places = (int32_t)(w->dilation_height * w->width),
                        .column_places = (int32_t)w->dilation_width};
  if (places) {
    run.places = job->places + rows.begin * w->out_width * channels;
    run.places_end = job->places + size;
  }
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const int64_t top = r % w->out_height * w->stride_height - w->pad_top;
    const hebb_range ky = pool_inside(top, w->dilation_height, w->kernel_height, w->height);
    const int64_t iy = top + ky.begin * w->dilation_height;
    const T *row = (const T *)job->in + (r / w->out_height * w->height + iy) * image_row;
    for (int64_t ox = 0; ox < w->out_width; ox += run.count) {
      const int64_t left = ox * w->stride_width - w->pad_left;
      const hebb_range kx = pool_inside(left, w->dilation_width, w->kernel_width, w->width);
      const int64_t m = hebb_larger(0, ky.end - ky.begin), n = hebb_larger(0, kx.end - kx.begin);
      const int64_t ix = left + kx.begin * w->dilation_width;
      run.count = ox == inner_begin && inner_end > ox ? inner_end - ox : 1;
      run.x = row + ix * channels;
      run.place = m > 0 && n > 0 ? (int32_t)(iy * w->width + ix) : -1;
      run.place_step = m > 0 && n > 0 ? (int32_t)w->stride_width : 0;
      // Powers of two have exact inverses.
      const int64_t cells = w->count_padding ? w->kernel_height * w->kernel_width : m * n;
      run.divides = (cells & (cells - 1)) != 0;
      run.factor = run.divides ? (T)cells : 1 / (T)hebb_larger(1, cells);
      const bool whole = m > 0 && n > 0 &&
                         run.x_end - run.x >= (run.count - 1) * run.step + (m - 1) * run.row_step +
                                                  (n - 1) * run.column_step + channels + LANES - 1;
      if (m == 2 && n == 2 && whole) {
        POOL(pool_any_run)(&run, channels, 2, 2, true, kind);
      } else if (m == 3 && n == 3 && whole) {
        POOL(pool_any_run)(&run, channels, 3, 3, true, kind);
      } else if (whole) {
        POOL(pool_any_run)(&run, channels, m, n, true, kind);
      } else {
        POOL(pool_any_run)(&run, channels, m, n, false, kind);
      }
      run.y += run.count * channels;
      if (places) run.places += run.count * channels;
    }
  }
}

static void POOL(pool_average_channels)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  POOL(pool_channels_loop)(job, rows, AVERAGES);
}

static void POOL(pool_max_channels)(const pool_job *job, hebb_range rows, void *scratch) {
  (void)scratch;
  if (job->places) {
    POOL(pool_channels_loop)(job, rows, MAXIMA_WITH_PLACES);
  } else {
    POOL(pool_channels_loop)(job, rows, MAXIMA);
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
