#ifndef VIGIL_CGRADIENTS_H
#define VIGIL_CGRADIENTS_H

// Included by CKernels.h: the inner loops of backward passes (gradients.h), in the same layouts. "gradient" is dL/d of
// what the layer wrote.

typedef struct {
  /// Through a pointwise part (an instance norm and its LeakyReLU) of `src`: dt = gradient * (t > 0 ? 1 : slope). Adds the sums of
  /// dt and of dt * (x - mean) over `count` voxels, per channel, to `sum` and `products`.
  void (*norm_sums)(const float *gradient, long gradient_stride, const float *src, long src_stride,
                    vigil_pointwise pointwise, const float *mean, long channels, long count, double *sum,
                    double *products);
  /// dst = a * dt + b * x + c, per channel; dst may lie in the gradient's memory.
  void (*norm)(const float *gradient, long gradient_stride, const float *src, long src_stride,
               vigil_pointwise pointwise, const float *a, const float *b, const float *c, long channels, long count,
               float *dst, long dst_stride);
  /// dst = gradient * (result > 0 ? 1 : slope): through a LeakyReLU whose result is kept; dst may lie in the gradient's memory.
  void (*leaky)(const float *gradient, long gradient_stride, const float *result, long result_stride, float slope,
                long channels, long count, float *dst, long dst_stride);
  /// Largest of windows (kernel = stride, no padding); `count` voxels of dst from `first`.
  void (*largest)(const vigil_source *src, const vigil_window *window, long first, long count, float *dst,
                  long dst_stride);
  /// Adds the gradient of each window to the first of its largest voxels in dst, which has src's size.
  void (*largest_gradient)(const vigil_source *src, const vigil_window *window, const float *gradient,
                           long gradient_stride, long first, long count, float *dst, long dst_stride);
  /// Adds the gradient of each window, divided by its size, to every voxel of it in dst, which has src's size.
  void (*average_gradient)(const vigil_source *src, const vigil_window *window, const float *gradient,
                           long gradient_stride, long first, long count, float *dst, long dst_stride);
  /// Rows of channels to every stride-th voxel of dst: row i is voxel first + i of a grid of `grid` voxels (z, y, x) that starts
  /// at `origin` in dst, which has `extent` voxels. `adding`: added to what is there.
  void (*spread)(const float *rows, const long grid[3], const long origin[3], const long stride[3],
                 const long extent[3], long first, long count, long channels, float *dst, long dst_stride, int adding);
  /// Transforms the gradient's tiles as `winograd_source` does a source's, with the transpose of the result's transform:
  /// dst[point][tile][channel], points `point_stride` apart. Zero outside.
  void (*winograd_gradient)(const vigil_source *gradient, const vigil_winograd *w, long first, long tiles,
                            long point_stride, float *dst);
  /// From the products of the points to the taps, taps[tap][16]: the transpose of the weights' transform, of the sum of
  /// `parts` sets of points.
  void (*winograd_taps)(const float *points, long point_stride, long parts, long part_stride, const long tile[3],
                        float *taps);
} vigil_gradient_kernels;

#endif
