// Several instructions as one. Template: see program_kernels.h.
#include "program_adam.h"
#include "program_pipe.h"
