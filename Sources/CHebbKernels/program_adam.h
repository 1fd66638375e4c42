// Adam's update as one loop in registers. Template: see program_kernels.h. The operations are those of the
// single instructions, so the bits are the same: see hebb_join_adam.

#define ADAM_VECTOR(LOAD_AT, STORE_AT)                                                      \
  const V g = LOAD_AT(s->gradient);                                                         \
  const V square = OP_SQUARE(g);                                                            \
  const V v_kept = OP_MULTIPLY(v_factor, LOAD_AT(s->v));                                    \
  const V v = OP_MULTIPLY_ADD(square, v_share, v_kept);                                     \
  STORE_AT(s->new_v, v);                                                                    \
  const V root = OP_SQUARE_ROOT(v);                                                         \
  const V divisor = OP_MULTIPLY_ADD(root, root_factor, epsilon);                            \
  const V m_old = LOAD_AT(s->m);                                                            \
  const V change = OP_SUBTRACT(g, m_old);                                                   \
  const V m = OP_MULTIPLY_ADD(change, m_share, m_old);                                      \
  STORE_AT(s->new_m, m);                                                                    \
  const V direction = OP_DIVIDE(m, divisor);                                                \
  const V p = LOAD_AT(s->p);                                                                \
  const V p_kept = s->decays ? OP_MULTIPLY(decay, p) : p;                                   \
  const V result = OP_SUBTRACT_PRODUCT(direction, rate, p_kept);                            \
  STORE_AT(s->new_p, result);

#define HERE(slot) LOAD((const E *)slots[slot] + i)
#define KEEP(slot, value) STORE((E *)slots[slot] + i, value)
#define PART_HERE(slot) LOAD_PART((const E *)slots[slot] + i, rest)
#define PART_KEEP(slot, value) STORE_PART((E *)slots[slot] + i, value, rest)

#define AHEAD 256

static void K(adam)(char *const *slots, const hebb_adam *s, int64_t n) {
  const V v_factor = LOAD(slots[s->v_factor]), v_share = LOAD(slots[s->v_share]);
  const V root_factor = LOAD(slots[s->root_factor]), epsilon = LOAD(slots[s->epsilon]);
  const V m_share = LOAD(slots[s->m_share]), rate = LOAD(slots[s->rate]);
  const V decay = LOAD(slots[s->decays ? s->decay : s->rate]);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    // The processor's own looking ahead ends with the page.
    __builtin_prefetch((const E *)slots[s->gradient] + i + AHEAD, 0, 3);
    __builtin_prefetch((const E *)slots[s->v] + i + AHEAD, 0, 3);
    __builtin_prefetch((const E *)slots[s->m] + i + AHEAD, 0, 3);
    __builtin_prefetch((const E *)slots[s->p] + i + AHEAD, 0, 3);
    ADAM_VECTOR(HERE, KEEP)
  }
  if (i < n) {
    const int64_t rest = n - i;
    ADAM_VECTOR(PART_HERE, PART_KEEP)
  }
}

#undef ADAM_VECTOR
#undef AHEAD
#undef HERE
#undef KEEP
#undef PART_HERE
#undef PART_KEEP
