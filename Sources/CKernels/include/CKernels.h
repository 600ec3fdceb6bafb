#ifndef VIGIL_CKERNELS_H
#define VIGIL_CKERNELS_H

// The inner loops of the engine in C with vector extensions. One source (body.h) is compiled for several instruction
// sets; `vigil_kernels_best` picks the widest the processor has. Arrays are channels-last (D, H, W, C), all lengths
// count floats, channel counts are multiples of VIGIL_LANES unless a comment says otherwise.

/// Floats in one vector of the source, whatever the processor's registers hold. Channel counts are padded to it.
#define VIGIL_LANES 16

/// Sets flush-to-zero and denormals-are-zero for the calling thread, where the processor has them.
void vigil_flush_denormals(void);

/// What a layer leaves to the next to apply while it reads: y = t > 0 ? t : slope * t, t = scale * x + shift,
/// per channel, slope at most 1. `scale` NULL: y = x.
typedef struct {
  const float *scale;
  const float *shift;
  const float *slope;
} vigil_pointwise;

/// Channels-last activations as a kernel reads them. `voxel_stride` >= `channels` (a concatenation reads half a voxel).
typedef struct {
  const float *data;
  long depth, height, width;
  long channels;
  long voxel_stride;
  vigil_pointwise pointwise;
  /// Above 0: the memory is a ring of so many slices, and slice z lies at z % ring. Only Winograd's transform knows this.
  long ring;
} vigil_source;

/// A window over a source, of at most 15 taps per axis: output voxel (z, y, x) sees input z * stride[0] - padding[0] + tap ...
typedef struct {
  long kernel[3];
  long stride[3];
  long padding[3];
  long out_height, out_width;
} vigil_window;

/// Winograd's minimal filtering F(m, 3) on each axis with a kernel of three, in tiles of m outputs (Lavin, Gray 2016).
/// An axis with a kernel of one has m = 1 and is not transformed. Along an axis a tile reads m + kernel - 1 points; the
/// points of a tile are numbered z, y, x like voxels.
typedef struct {
  /// Outputs per tile and axis: 1 (kernel 1), 2 or 4 (kernel 3).
  long tile[3];
  /// Size of the result, which is the size of the source.
  long extent[3];
  /// Tiles per axis, rounded up.
  long tiles[3];
  /// Tiles are numbered in chains of this many along z (it divides tiles[0]), then x, then y, then z: the tiles of a chain
  /// share slices of the source, each of which is transformed once.
  long chain;
  /// Tiles transformed at once, whose points (in the source's and the result's block) lie that many floats apart.
  long block, source_point_stride, result_point_stride;
  /// Sources, one after the other in memory, whose channels follow each other, and the channels of all of them.
  long sources, inner;
  /// Channels of the result, and how many of them are multiplied at once.
  long channels, channels_at_once;
  /// Transformed weights, [point][source channels][channels], points so many floats apart.
  const float *weights;
  long weight_point_stride;
  /// C = A B, row-major: A is rows x inner.
  void (*product)(long rows, long columns, long inner, const float *a, long a_stride, const float *b, long b_stride,
                  float *c, long c_stride);
  /// Whether the result is too large to stay in any cache: it is then written past them.
  int streaming;
} vigil_winograd;

#include "CDecision.h"
#include "CGradients.h"

/// The kernels of one instruction set.
typedef struct {
  /// "avx512", "avx2" or "portable".
  const char *name;
  /// Those of backward passes.
  const vigil_gradient_kernels *gradients;
  /// Those of decisions on labels.
  const vigil_decision_kernels *decision;
  /// im2row: for `count` output voxels from `first` (in z, y, x order) and the kernel lines [line0, line1) of the
  /// kz * ky lines, writes rows of (line1 - line0) * kx * channels floats; outside the source is zero.
  /// Any channel count when the source has no pointwise part. May read and write up to 16 floats past the end of either.
  void (*rows)(const vigil_source *src, const vigil_window *window, long line0, long line1, long first, long count,
               float *dst);
  /// A convolution of the network's input, of a few channels without padding and without a pointwise part: `count` output voxels from
  /// `first`, each with channels [0, outputs). `weights` [kz, ky, kx, channels of src] rows, `weight_stride` floats apart.
  void (*direct)(const vigil_source *src, const vigil_window *window, const float *weights, long weight_stride,
                 long outputs, long first, long count, float *dst, long dst_stride);
  /// Adds the sums and the sums of squares of `count` voxels, per channel, to `sum` and `squares`.
  void (*sums)(const float *src, long voxel_stride, long channels, long count, double *sum, double *squares);
  /// dst = leaky(a + b), both read through their pointwise parts; `count` voxels from `first`, of dst too.
  void (*add)(const vigil_source *a, const vigil_source *b, float slope, long first, long count, float *dst,
              long dst_stride);
  /// Average over windows (kernel = stride, no padding); `count` voxels of dst from `first`.
  void (*average)(const vigil_source *src, const vigil_window *window, long first, long count, float *dst,
                  long dst_stride);
  /// Spreads rows [count][kz * ky * kx * channels] (one per source voxel from `first`) over the voxels of a map
  /// `kernel` times as large, adding `bias`: the second half of a transposed convolution. `streaming`: past the caches.
  void (*scatter)(const float *rows, const float *bias, const vigil_source *shape, const long kernel[3], long first,
                  long count, long channels, float *dst, long dst_stride, int streaming);
  /// Rows of channels to planes: dst[channel * plane + i * step] = rows[i][channel] + bias[channel], or that added to it.
  void (*planes)(const float *rows, long row_stride, const float *bias, long count, long channels, float *dst,
                 long plane, long step, int adding);
  /// dst[i] += src[i] * weights[i] * factor.
  void (*accumulate)(const float *src, const float *weights, float factor, long count, float *dst);
  /// dst[i] /= weights[i] * factor.
  void (*divide)(const float *weights, float factor, long count, float *dst);
  /// Transforms the kernels between `inputs` channels of src, whose taps follow each other, and up to 16 channels of dst, whose taps
  /// begin `channel_stride` floats apart, to points[point][input][16] (`stride` and `input_stride` floats apart), 0 beyond `channels`.
  void (*winograd_weights)(const float *taps, long channel_stride, long channels, long inputs, const long tile[3],
                           float *points, long stride, long input_stride);
  /// Transforms `tiles` tiles of all sources from tile `first`: dst[point][tile][channel].
  void (*winograd_source)(const vigil_source *src, const vigil_winograd *w, long first, long tiles, float *dst);
  /// From transformed tiles to the channels [channel, channel + count) of the result. `points` has room for
  /// result_point_stride floats per point. Adds the sums and sums of squares of what it writes to `sum` and `squares`.
  void (*winograd_result)(const float *transformed, const vigil_source *src, const vigil_winograd *w, long first,
                          long tiles, long channel, long count, float *points, float *dst, long dst_stride, double *sum,
                          double *squares);
  /// The last part of it alone: transforms products back, points[point][tile][count] (`result_point_stride` between points)
  /// of the tiles from `first`, and writes channels [0, count) of the result.
  void (*winograd_write)(const float *points, const vigil_winograd *w, long first, long tiles, long count, float *dst,
                         long dst_stride, double *sum, double *squares);
  /// Both, for the tiles [first, first + tiles) in blocks, fetching the source of the next block while it multiplies.
  /// `scratch` has room for source_point_stride + result_point_stride floats per point.
  void (*winograd)(const vigil_source *src, const vigil_winograd *w, long first, long tiles, float *scratch, float *dst,
                   long dst_stride, double *sum, double *squares);
} vigil_kernels;

/// The widest kernels this processor runs; the same on every call.
const vigil_kernels *vigil_kernels_best(void);
/// The kernels of that name, or NULL when this processor (or this build) lacks them.
const vigil_kernels *vigil_kernels_named(const char *name);

/// Processors this process may run on, at least 1.
int vigil_processors(void);

/// A fixed set of threads with denormals flushed.
typedef struct vigil_pool vigil_pool;
/// `threads` >= 1, the calling thread of `vigil_pool_run` being one of them. NULL when threads cannot be made.
vigil_pool *vigil_pool_create(int threads);
/// Runs task(context, i) for every i < count, in no particular order, and returns when all are done. Calls from
/// several threads take turns. Must not be called from within a task.
void vigil_pool_run(vigil_pool *pool, long count, void (*task)(void *context, long index, int worker), void *context);
/// Ends the threads. No run may be going on.
void vigil_pool_destroy(vigil_pool *pool);

/// `bytes` of 64-byte aligned memory, on huge pages where that helps; not cleared. NULL when there is none.
void *vigil_allocate(unsigned long bytes);
/// Gives back what `vigil_allocate` gave for as many `bytes`.
void vigil_release(void *memory, unsigned long bytes);
/// Gives pages of the heap that nothing uses back to the system, where the C library can.
void vigil_give_back(void);

#endif
