#include "CKernels.h"

#include <string.h>

#define SET(name) name##_portable
#define SET_NAME "portable"
// As many sums as fit the registers: 32 of 4 floats on arm64, 16 on the oldest x86-64.
#if defined(__aarch64__)
#else
#endif
#include "body.h"
