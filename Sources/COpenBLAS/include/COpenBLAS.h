#ifndef VIGIL_COPENBLAS_H
#define VIGIL_COPENBLAS_H

// OpenBLAS, loaded when the engine starts instead of by the linker: its kernels are chosen, once, while it is loaded, from the
// environment variable OPENBLAS_CORETYPE or the processor's model number. Here the engine chooses: the same instruction set
// as its own kernels, so that a result is the same to the bit whatever the environment says.

/// Loads the library with the kernels of `core` ("SkylakeX", "Haswell", ...), whatever OPENBLAS_CORETYPE says; NULL leaves the
/// choice to OpenBLAS. One thread: its callers are threads. NULL, or why it cannot be loaded. Not from two
/// threads at once; a second call returns what the first did.
const char *vigil_openblas_load(const char *core);

/// The kernels that run, as OpenBLAS names them. Only once it is loaded, like all below.
const char *vigil_openblas_core(void);

/// C = alpha op(A) op(B) + beta C, row-major; op(A) is rows x inner, op(B) inner x columns; strides are those of the
/// stored matrices.
void vigil_sgemm(int transpose_a, int transpose_b, long rows, long columns, long inner, float alpha, const float *a,
                 long a_stride, const float *b, long b_stride, float beta, float *c, long c_stride);

/// C = A B: what CKernels calls from its loops.
void vigil_product(long rows, long columns, long inner, const float *a, long a_stride, const float *b, long b_stride,
                   float *c, long c_stride);

#endif
