#ifndef VIGIL_CKERNELS_H
#define VIGIL_CKERNELS_H

/// Sets flush-to-zero and denormals-are-zero for the calling thread, where the processor has them.
void vigil_flush_denormals(void);

#endif
