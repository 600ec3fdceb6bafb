#include "CKernels.h"

#include <string.h>

#define SET(name) name##_portable
#define SET_NAME "portable"
// As many sums as fit the registers: 32 of 4 floats on arm64, 16 on the oldest x86-64.
#if defined(__aarch64__)
#define ROWS_AT_ONCE 6
#else
#define ROWS_AT_ONCE 2
#endif
#define PANELS_AT_ONCE 1
#include "body.h"
