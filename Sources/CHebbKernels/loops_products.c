// Products of small matrices, many at once: what prepares and packs in a library costs more than they do.
// Each row of the result, or some columns of a single one, is one work item; its sums are taken in one order whatever
// the threads.
#include "hebb_loops.h"
#include "loops_support.h"

typedef struct {
  hebb_small_product sizes;
  const float *a, *b, *bias;
  float *c;
} product_job;

// Columns of one work item where there is only one row.
enum { COLUMNS = 64 };

#define HEBB_TEMPLATE "loops_products_kernels.h"
#include "loops_levels.h"

static void product_body(void *context, int index, int count) {
  const product_job *job = context;
  const hebb_range range = hebb_part(job->sizes.batch * job->sizes.rows, 1, index, count);
  if (range.begin < range.end) HEBB_AT_LEVEL(product_rows)(job, range);
}

// Some columns of a single row.
static void columns_body(void *context, int index, int count) {
  product_job job = *(const product_job *)context;
  const hebb_range range = hebb_part(job.sizes.columns, COLUMNS, index, count);
  if (range.begin >= range.end) return;
  job.sizes.columns = range.end - range.begin;
  job.b += range.begin * job.sizes.b_column;
  if (job.bias) job.bias += range.begin;
  job.c += range.begin;
  HEBB_AT_LEVEL(product_rows)(&job, (hebb_range){0, 1});
}

void hebb_product_small(const hebb_small_product *sizes, const float *a, const float *b, const float *bias,
                        float *c, int threads) {
  product_job job = {*sizes, a, b, bias, c};
  const int64_t rows = sizes->batch * sizes->rows;
  // A vector does several multiplications in the time of one element of other loops.
  const int64_t work = rows * sizes->columns * sizes->depth / 8;
  if (rows == 1)
    hebb_parallel(hebb_threads_for(work, sizes->columns / COLUMNS, threads), columns_body, &job);
  else
    hebb_parallel(hebb_threads_for(work, rows, threads), product_body, &job);
}
