#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET(name) name##_avx2
#define SET_NAME "avx2"
#include "body.h"
#pragma clang attribute pop
#endif
