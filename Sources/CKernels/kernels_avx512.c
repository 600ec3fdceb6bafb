#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define SET_AVX512
#define SET(name) name##_avx512
#define SET_NAME "avx512"
#include "body.h"
#pragma clang attribute pop
#endif
