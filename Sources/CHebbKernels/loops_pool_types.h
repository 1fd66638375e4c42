// Template of loops_pool.c, included once for each vector level by loops_levels.h; includes the
// loops in turn once for each element type T. POOL(name) is the copy for this type and level.

#define POOL_JOIN_NAMES(name, type, level) name##_##type##_level##level
#define POOL_JOIN(name, type, level) POOL_JOIN_NAMES(name, type, level)
#define POOL(name) POOL_JOIN(name, T, HEBB_LEVEL)
#define VEC POOL(pool_vector)
#define MASK POOL(pool_mask)
#define PLACES POOL(pool_places)

#define T float
#define T_INTEGER int32_t
#define T_IS_FLOAT 1
#define LANES HEBB_LANES_32
#include "loops_pool_vectors.h"
#include "loops_pool_planes.h"
#include "loops_pool_channels.h"
#undef T
#undef T_INTEGER
#undef T_IS_FLOAT
#undef LANES

#define T double
#define T_INTEGER int64_t
#define T_IS_FLOAT 0
#define LANES HEBB_LANES_64
#include "loops_pool_vectors.h"
#include "loops_pool_planes.h"
#include "loops_pool_channels.h"
#undef T
#undef T_INTEGER
#undef T_IS_FLOAT
#undef LANES

#undef POOL_JOIN_NAMES
#undef POOL_JOIN
#undef POOL
#undef VEC
#undef MASK
#undef PLACES
