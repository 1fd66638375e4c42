// Part of the template loops_pool_types.h: vectors of T, loads and stores at the ends of arrays.

typedef T VEC __attribute__((vector_size(HEBB_BYTES)));
typedef T_INTEGER MASK __attribute__((vector_size(HEBB_BYTES)));
typedef int32_t PLACES __attribute__((vector_size(LANES * 4)));

static inline VEC POOL(pool_load)(const T *p) {
  VEC v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void POOL(pool_store)(T *p, VEC v) { memcpy(p, &v, sizeof v); }

static inline VEC POOL(pool_choose)(MASK mask, VEC yes, VEC no) {
  return (VEC)((mask & (MASK)yes) | (~mask & (MASK)no));
}

/// The first `count` elements at p, which may be none or more than LANES, then `fill`. Whole
/// vectors take no mask: right after stores to other places, loads with a mask are several times
/// slower.
static inline VEC POOL(pool_load_some)(const T *p, int64_t count, T fill) {
  if (count >= LANES) return POOL(pool_load)(p);
#if HEBB_LEVEL == 3
  const unsigned lanes = count > 0 ? (1u << count) - 1 : 0;
#if T_IS_FLOAT
  return (VEC)_mm512_mask_loadu_ps(_mm512_set1_ps(fill), (__mmask16)lanes, p);
#else
  return (VEC)_mm512_mask_loadu_pd(_mm512_set1_pd(fill), (__mmask8)lanes, p);
#endif
#elif HEBB_LEVEL == 2
  MASK mask;
  for (int l = 0; l < LANES; l++) mask[l] = l < count ? -1 : 0;
#if T_IS_FLOAT
  const VEC v = (VEC)_mm256_maskload_ps(p, (__m256i)mask);
#else
  const VEC v = (VEC)_mm256_maskload_pd(p, (__m256i)mask);
#endif
  return POOL(pool_choose)(mask, v, (VEC){} + fill);
#else
  VEC v = (VEC){} + fill;
  for (int l = 0; l < LANES; l++) {
    if (l < count) v[l] = p[l];
  }
  return v;
#endif
}

/// The LANES elements at p as far as they lie before `end`; 0 behind it.
static inline VEC POOL(pool_load_to)(const T *p, const T *end) {
  return end - p >= LANES ? POOL(pool_load)(p) : POOL(pool_load_some)(p, end - p, 0);
}

/// Stores v as far as it lies before `end`. Loops that run upwards store whole vectors over
/// elements that they reach later, and need an exact end only where their share of the array ends.
static inline void POOL(pool_store_to)(T *p, VEC v, const T *end) {
  if (end - p >= LANES) {
    memcpy(p, &v, sizeof v);
  } else if (end > p) {
    hebb_copy_bytes(p, &v, (end - p) * (int64_t)sizeof(T));
  }
}

static inline void POOL(pool_store_places_to)(int32_t *p, PLACES v, const int32_t *end) {
  if (end - p >= LANES) {
    memcpy(p, &v, sizeof v);
  } else if (end > p) {
    hebb_copy_bytes(p, &v, (end - p) * 4);
  }
}

// MARK: Maxima

/// The largest elements of a window so far, and where they were.
typedef struct {
  VEC best;
  PLACES place;
  MASK odd;  // lanes that have seen a NaN
} POOL(pool_top);

/// Takes v where it is larger than the best. This alone is right without NaN, and fast, since only
/// the maximum waits for the one before; `careful` keeps the first NaN.
static inline __attribute__((always_inline)) void POOL(pool_offer)(POOL(pool_top) *top, VEC v,
                                                                  PLACES here, const bool places,
                                                                  const bool careful) {
  const MASK larger = (MASK)(v > top->best), odd = (MASK)(v != v);
  MASK takes = larger;
  if (careful) {
    takes = (larger | odd) & (MASK)(top->best == top->best);
    top->best = POOL(pool_choose)(takes, v, top->best);
  } else {
    top->odd |= odd;
    top->best = POOL(pool_choose)(larger, v, top->best);
  }
  if (places) {
    const PLACES taken = __builtin_convertvector(takes, PLACES);
    top->place = (taken & here) | (~taken & top->place);
  }
}
