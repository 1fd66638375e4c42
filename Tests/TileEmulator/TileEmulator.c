// The handler decodes the instruction that died (Intel's manual, volume 2: LDTILECFG, TILELOADD, TDPBF16PS …),
// computes what it would have, and goes on behind it. So the very code that runs on a processor with tiles
// is tested on one without.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "TileEmulator.h"

#if defined(__x86_64__) && defined(__linux__)

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <xmmintrin.h>

/// The tile registers of a thread.
typedef struct {
  uint8_t configuration[64];
  uint8_t data[8][16][64];
} tiles;

static _Thread_local tiles state;
static _Atomic long products;
static struct sigaction previous;

static int rows_of(int tile) { return state.configuration[48 + tile]; }

static int bytes_of(int tile) {
  uint16_t bytes;
  memcpy(&bytes, state.configuration + 16 + 2 * tile, sizeof bytes);
  return bytes;
}

static float widened(uint16_t half) {
  const uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// C[m][n] += sum over pairs; the first and second members of the pairs are summed apart.
static void multiply(int c, int a, int b) {
  const int rows = rows_of(c), columns = bytes_of(c) / 4, pairs = bytes_of(a) / 4;
  for (int m = 0; m < rows; m++) {
    float sums[2][16] = {{0}};
    for (int k = 0; k < pairs; k++) {
      uint16_t left[2], right[32];
      memcpy(left, state.data[a][m] + 4 * k, sizeof left);
      memcpy(right, state.data[b][k], sizeof right);
      const float first = widened(left[0]), second = widened(left[1]);
      for (int n = 0; n < columns; n++) {
        sums[0][n] += first * widened(right[2 * n]);
        sums[1][n] += second * widened(right[2 * n + 1]);
      }
    }
    float row[16];
    memcpy(row, state.data[c][m], sizeof row);
    for (int n = 0; n < columns; n++) row[n] += sums[0][n] + sums[1][n];
    memcpy(state.data[c][m], row, sizeof row);
  }
  atomic_fetch_add_explicit(&products, 1, memory_order_relaxed);
}

// The general registers in the order in which instructions number them.
static const int registers[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                  REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15};

/// An instruction's operands and length.
typedef struct {
  int opcode, prefix, vector, reg, rm, base, index;
  bool is_memory;
  uint8_t *address;  // base and displacement
  int64_t stride;    // the scaled index
  int length;
} instruction;

// Decodes a VEX-coded instruction of three prefix bytes; false for all others.
static bool decode(const uint8_t *at, const greg_t *r, instruction *i) {
  if (at[0] != 0xc4 || (at[1] & 0x1f) != 2) return false;
  const int x = at[1] & 0x40 ? 0 : 8, b = at[1] & 0x20 ? 0 : 8;
  i->prefix = at[2] & 3;
  i->vector = ~(at[2] >> 3) & 15;
  i->opcode = at[3];
  const int mode = at[4] >> 6;
  i->reg = at[4] >> 3 & 7;
  i->rm = at[4] & 7;
  i->length = 5;
  i->is_memory = mode != 3;
  i->stride = 0;
  if (!i->is_memory) return true;
  int64_t address = 0;
  bool has_base = true;
  int base = i->rm + b;
  if (i->rm == 4) {
    const uint8_t sib = at[i->length++];
    const int index = (sib >> 3 & 7) + x;
    base = (sib & 7) + b;
    if (index != 4) i->stride = (int64_t)((uint64_t)r[registers[index]] << (sib >> 6));
    if (mode == 0 && (sib & 7) == 5) has_base = false;
  }
  const bool relative = mode == 0 && i->rm == 5;
  int32_t displacement = 0;
  if (mode == 1) {
    displacement = (int8_t)at[i->length++];
  } else if (mode == 2 || relative || !has_base) {
    memcpy(&displacement, at + i->length, sizeof displacement);
    i->length += 4;
  }
  if (relative) {
    address = (int64_t)(intptr_t)(at + i->length);
  } else if (has_base) {
    address = r[registers[base]];
  }
  i->address = (uint8_t *)(intptr_t)(address + displacement);
  return true;
}

// Carries an instruction out; false if it is none for tiles.
static bool carry_out(const instruction *i) {
  enum { none = 0, word = 1, scalar = 2, twice = 3 };  // no prefix, 66, F3, F2
  switch (i->opcode) {
  case 0x49:
    if (i->prefix == none && i->is_memory && i->reg == 0) {
      memcpy(state.configuration, i->address, 64);
      memset(state.data, 0, sizeof state.data);
    } else if (i->prefix == none && !i->is_memory && i->reg == 0 && i->rm == 0) {
      memset(&state, 0, sizeof state);
    } else if (i->prefix == twice && !i->is_memory) {
      memset(state.data[i->reg], 0, sizeof state.data[0]);
    } else {
      return false;
    }
    return true;
  case 0x4b:
    if (!i->is_memory || state.configuration[0] != 1) return false;
    for (int row = 0; row < rows_of(i->reg); row++) {
      uint8_t *const line = i->address + row * i->stride, *const data = state.data[i->reg][row];
      if (i->prefix == twice || i->prefix == word) {
        memset(data, 0, 64);
        memcpy(data, line, (size_t)bytes_of(i->reg));
      } else if (i->prefix == scalar) {
        memcpy(line, data, (size_t)bytes_of(i->reg));
      } else {
        return false;
      }
    }
    return true;
  case 0x5c:
    if (i->is_memory || i->prefix != scalar || state.configuration[0] != 1) return false;
    multiply(i->reg, i->rm, i->vector & 7);
    return true;
  default: return false;
  }
}

static void on_illegal(int number, siginfo_t *info, void *context) {
  greg_t *const r = ((ucontext_t *)context)->uc_mcontext.gregs;
  instruction i;
  // The tiles round to nearest and flush denormals, whatever the thread does.
  _mm_setcsr(0x1f80 | 0x8040);
  if (decode((const uint8_t *)(intptr_t)r[REG_RIP], r, &i) && carry_out(&i)) {
    r[REG_RIP] += i.length;
    return;
  }
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    signal(SIGILL, SIG_DFL);  // it dies again, as it would have
  } else {
    previous.sa_handler(number);
  }
}

static bool installed;

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_illegal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  installed = sigaction(SIGILL, &action, &previous) == 0;
}

bool tile_emulator_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  return installed;
}

long tile_emulator_products(void) { return atomic_load_explicit(&products, memory_order_relaxed); }

#else

bool tile_emulator_install(void) { return false; }
long tile_emulator_products(void) { return 0; }

#endif
