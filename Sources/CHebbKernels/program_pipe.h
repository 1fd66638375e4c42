// Steps of a block in registers. Template: see program_kernels.h. The operations are those of the single steps, so
// the bits are the same: see hebb_find_pipes.

/// Elements in registers, and their bytes.
#define PIPED (4 * LANES)
#define PIPED_BYTES (4 * HEBB_BYTES)
/// Elements from which on inputs are asked for: the processor's own looking ahead ends with the page.
#define AHEAD 1024

/// A step: where its operands lie, which move by `mask` & the offset.
typedef struct {
  const char *x, *y;
  int64_t x_mask, y_mask;
  char *target;
  int32_t code, sink;
} K(piped_place);

enum { K(not_kept), K(kept), K(streamed) };

#define X(k) LOAD(x + (k) * HEBB_BYTES)
#define Y(k) LOAD(y + (k) * HEBB_BYTES)
// One vector after the other, and in registers in between: the processor overlaps them, the compiler would need
// more registers than there are.
#if defined(__x86_64__)
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define IN_REGISTER(v) __asm__("" : "+w"(v))
#else
#define IN_REGISTER(v) (void)0
#endif
#define UNARY_CASE(name)             \
  case HEBB_PIPED(HEBB_##name, 0): { \
    v0 = OP_##name(v0);              \
    IN_REGISTER(v0);                 \
    v1 = OP_##name(v1);              \
    IN_REGISTER(v1);                 \
    v2 = OP_##name(v2);              \
    IN_REGISTER(v2);                 \
    v3 = OP_##name(v3);              \
    break;                           \
  }
#define BINARY_PLACE(name, place, A, B)  \
  case HEBB_PIPED(HEBB_##name, place): { \
    const char *x = s->x + (i & s->x_mask); \
    v0 = OP_##name(A(0), B(0));          \
    v1 = OP_##name(A(1), B(1));          \
    v2 = OP_##name(A(2), B(2));          \
    v3 = OP_##name(A(3), B(3));          \
    break;                               \
  }
#define VALUE(k) v##k
#define BINARY_CASE(name) BINARY_PLACE(name, 0, VALUE, X) BINARY_PLACE(name, 1, X, VALUE)
#define TERNARY_PLACE(name, place, A, B, C)                              \
  case HEBB_PIPED(HEBB_##name, place): {                                 \
    const char *x = s->x + (i & s->x_mask), *y = s->y + (i & s->y_mask); \
    v0 = OP_##name(A(0), B(0), C(0));                                    \
    v1 = OP_##name(A(1), B(1), C(1));                                    \
    v2 = OP_##name(A(2), B(2), C(2));                                    \
    v3 = OP_##name(A(3), B(3), C(3));                                    \
    break;                                                               \
  }
#define TERNARY_CASE(name)            \
  TERNARY_PLACE(name, 0, VALUE, X, Y) \
  TERNARY_PLACE(name, 1, X, VALUE, Y) \
  TERNARY_PLACE(name, 2, X, Y, VALUE)

/// The address of a slot: one value is written out as many times as registers take.
HEBB_INLINE const char *K(piped_operand)(const char *slot, uint8_t rate, V *values, int64_t *mask) {
  *mask = rate == HEBB_PER_BLOCK ? -1 : 0;
  if (rate == HEBB_PER_BLOCK) return slot;
  const V value = LOAD(slot);
  for (int k = 0; k < 4; k++) values[k] = value;
  return (const char *)values;
}

static int64_t K(pipe)(char *const *slots, const uint8_t *rates, const hebb_piped_step *steps, int64_t n) {
  K(piped_place) places[HEBB_PIPE_LENGTH];
  V values[2 * HEBB_PIPE_LENGTH][4];
  const char *fetched[HEBB_MAX_INPUTS];
  const int count = steps->length;
  int fetches = 0;
  for (uint32_t inputs = steps->fetched; inputs != 0; inputs &= inputs - 1)
    fetched[fetches++] = slots[__builtin_ctz(inputs)] + AHEAD * sizeof(E);
  for (int k = 0; k < count; k++) {
    const hebb_piped_step *step = &steps[k];
    K(piped_place) *place = &places[k];
    place->x = K(piped_operand)(slots[step->x], rates[step->x], values[2 * k], &place->x_mask);
    place->y = K(piped_operand)(slots[step->y], rates[step->y], values[2 * k + 1], &place->y_mask);
    place->target = slots[step->target];
    place->code = step->code;
    const bool aligned = ((uintptr_t)place->target & (HEBB_BYTES - 1)) == 0;
    place->sink = !step->keeps ? K(not_kept) : step->streams && aligned ? K(streamed) : K(kept);
  }
  const char *first = slots[steps->loaded];
  const int64_t end = n / PIPED * PIPED_BYTES;
  for (int64_t i = 0; i < end; i += PIPED_BYTES) {
    for (int f = 0; f < fetches; f++)
      for (int b = 0; b < PIPED_BYTES; b += 64) __builtin_prefetch(fetched[f] + i + b, 0, 3);
    const char *x = first + i;
    V v0 = X(0), v1 = X(1), v2 = X(2), v3 = X(3);
    const K(piped_place) *s = places;
    do {
      switch (s->code) {
        PIPED_UNARY(UNARY_CASE)
        PIPED_BINARY(BINARY_CASE)
        PIPED_TERNARY(TERNARY_CASE)
      }
      IN_REGISTER(v0);
      IN_REGISTER(v1);
      IN_REGISTER(v2);
      IN_REGISTER(v3);
      if (s->sink == K(not_kept)) continue;
      char *y = s->target + i;
      if (s->sink == K(streamed)) {
        v_stream(y, (vlong)v0);
        v_stream(y + HEBB_BYTES, (vlong)v1);
        v_stream(y + 2 * HEBB_BYTES, (vlong)v2);
        v_stream(y + 3 * HEBB_BYTES, (vlong)v3);
      } else {
        STORE(y, v0);
        STORE(y + HEBB_BYTES, v1);
        STORE(y + 2 * HEBB_BYTES, v2);
        STORE(y + 3 * HEBB_BYTES, v3);
      }
    } while (++s < places + count);
  }
  return n / PIPED * PIPED;
}

#undef PIPED
#undef PIPED_BYTES
#undef AHEAD
#undef X
#undef Y
#undef IN_REGISTER
#undef VALUE
#undef UNARY_CASE
#undef BINARY_PLACE
#undef BINARY_CASE
#undef TERNARY_PLACE
#undef TERNARY_CASE
