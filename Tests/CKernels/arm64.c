// The portable kernels against loops written straight from the definition of a convolution. Compiled for arm64 and run under
// emulation by arm64.sh, since no test machine is one; says nothing of speed.
#include "CKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// F(4, 4, 4) in f32 loses up to 5e-5 of the result's rms; a wrong index is wrong by about 1.
static const double tolerance = 2e-4;

static unsigned long state = 1;
static float drawn(void) {
  state = state * 6364136223846793005ul + 1442695040888963407ul;
  return (float)(state >> 40) / (1 << 23) - 1;
}

static float *filled(long count) {
  float *values = vigil_allocate((unsigned long)(count + 32) * sizeof(float));
  for (long i = 0; i < count + 32; i++) values[i] = i < count ? drawn() : 0;
  return values;
}

static void product(long rows, long columns, long inner, const float *a, long a_stride, const float *b, long b_stride,
                    float *c, long c_stride) {
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++) {
      float sum = 0;
      for (long k = 0; k < inner; k++) sum += a[i * a_stride + k] * b[k * b_stride + j];
      c[i * c_stride + j] = sum;
    }
}

static double read_at(const vigil_source *src, long z, long y, long x, long c) {
  if (z < 0 || y < 0 || x < 0 || z >= src->depth || y >= src->height || x >= src->width) return 0;
  const double value = src->data[((z * src->height + y) * src->width + x) * src->voxel_stride + c];
  if (!src->pointwise.scale) return value;
  const double t = value * src->pointwise.scale[c] + src->pointwise.shift[c];
  return t > 0 ? t : t * src->pointwise.slope[c];
}

/// One value of the result by the definition; weights [O][I][kz][ky][kx].
static double convolved(const vigil_source *src, const vigil_window *w, const float *weights, long o, const long at[3]) {
  double sum = 0;
  const long taps = w->kernel[0] * w->kernel[1] * w->kernel[2];
  for (long c = 0; c < src->channels; c++)
    for (long t = 0; t < taps; t++) {
      const long tap[3] = {t / (w->kernel[1] * w->kernel[2]), t / w->kernel[2] % w->kernel[1], t % w->kernel[2]};
      long from[3];
      for (int i = 0; i < 3; i++) from[i] = at[i] * w->stride[i] - w->padding[i] + tap[i];
      sum += read_at(src, from[0], from[1], from[2], c) * weights[(o * src->channels + c) * taps + t];
    }
  return sum;
}

static int failures = 0;
static void expect(const char *what, double error) {
  const int good = error < tolerance;
  printf("%s %s: largest difference %.1e of the rms\n", good ? "ok  " : "BAD ", what, error);
  failures += !good;
}

/// Largest difference between `dst` [voxel][channels] and the definition, over the rms of the definition.
static double difference(const vigil_source *src, const vigil_window *w, const float *weights, long outputs, long depth,
                         const float *dst, long stride) {
  double largest = 0, squares = 0;
  long count = 0;
  for (long z = 0; z < depth; z++)
    for (long y = 0; y < w->out_height; y++)
      for (long x = 0; x < w->out_width; x++)
        for (long o = 0; o < outputs; o++, count++) {
          const double right = convolved(src, w, weights, o, (const long[3]){z, y, x});
          const double error = fabs(right - dst[((z * w->out_height + y) * w->out_width + x) * stride + o]);
          if (!(error <= largest)) largest = error;
          squares += right * right;
        }
  return largest / sqrt(squares / (double)count);
}

static vigil_source source(long d, long h, long w, long channels, int pointwise) {
  vigil_source src = {filled(d * h * w * channels), d, h, w, channels, channels, {0}, 0};
  if (pointwise) {
    float *slope = filled(channels);
    for (long c = 0; c < channels; c++) slope[c] = 0.01f;
    src.pointwise = (vigil_pointwise){filled(channels), filled(channels), slope};
  }
  return src;
}

static void winograd(const vigil_kernels *k, const long tile[3], const long extent[3], long inputs, long outputs, int pointwise) {
  vigil_source src = source(extent[0], extent[1], extent[2], inputs, pointwise);
  vigil_window window = {{3, 3, 3}, {1, 1, 1}, {1, 1, 1}, extent[1], extent[2]};
  vigil_winograd w = {.sources = 1, .inner = inputs, .channels = outputs, .channels_at_once = 16, .product = product};
  long all = 1, tiles = 1, taps = 1;
  for (int i = 0; i < 3; i++) {
    w.tile[i] = tile[i];
    w.extent[i] = extent[i];
    w.tiles[i] = (extent[i] + tile[i] - 1) / tile[i];
    if (tile[i] == 1) window.kernel[i] = 1, window.padding[i] = 0;
    all *= tile[i] == 1 ? 1 : tile[i] + 2;
    tiles *= w.tiles[i];
    taps *= window.kernel[i];
  }
  w.chain = w.tiles[0] % 2 ? 1 : 2;
  w.block = 6;
  w.source_point_stride = w.block * inputs + 16;
  w.result_point_stride = w.block * 16 + 16;
  w.weight_point_stride = inputs * outputs + 16;
  float *weights = filled(outputs * inputs * taps), *points = filled(all * w.weight_point_stride);
  for (long o = 0; o < outputs; o += 16)
    k->winograd_weights(weights + o * inputs * taps, inputs * taps, outputs - o < 16 ? outputs - o : 16, inputs, tile, points + o,
                        w.weight_point_stride, outputs);
  w.weights = points;
  float *scratch = filled(all * (w.source_point_stride + w.result_point_stride));
  float *dst = filled(extent[0] * extent[1] * extent[2] * outputs);
  double *sum = calloc(outputs, sizeof(double)), *squares = calloc(outputs, sizeof(double));
  k->winograd(&src, &w, 0, tiles, scratch, dst, outputs, sum, squares);
  char what[99];
  snprintf(what, sizeof what, "F(%ld, %ld, %ld), %ld x %ld x %ld, %ld -> %ld%s", tile[0], tile[1], tile[2], extent[0], extent[1],
           extent[2], inputs, outputs, pointwise ? ", norm and leaky ReLU on reading" : "");
  expect(what, difference(&src, &window, weights, outputs, extent[0], dst, outputs));
  double added = 0, rms = 0;
  for (long v = 0; v < extent[0] * extent[1] * extent[2]; v++) added += dst[v * outputs], rms += dst[v * outputs] * dst[v * outputs];
  expect("  its sums", fabs(added - sum[0]) / sqrt(rms) + fabs(rms - squares[0]) / rms);
}

static void strided(const vigil_kernels *k, const long kernel[3], const long stride[3], const long extent[3], long inputs) {
  const long outputs = 16;
  vigil_source src = source(extent[0], extent[1], extent[2], inputs, 1);
  vigil_window window = {{kernel[0], kernel[1], kernel[2]}, {stride[0], stride[1], stride[2]}, {kernel[0] / 2, kernel[1] / 2, kernel[2] / 2}, 0, 0};
  long out[3];
  for (int i = 0; i < 3; i++) out[i] = (extent[i] + 2 * window.padding[i] - kernel[i]) / stride[i] + 1;
  window.out_height = out[1];
  window.out_width = out[2];
  const long taps = kernel[0] * kernel[1] * kernel[2], count = out[0] * out[1] * out[2], inner = taps * inputs;
  float *weights = filled(outputs * inner), *turned = filled(inner * outputs), *rows = filled(count * inner), *dst = filled(count * outputs);
  for (long o = 0; o < outputs; o++)
    for (long c = 0; c < inputs; c++)
      for (long t = 0; t < taps; t++) turned[(t * inputs + c) * outputs + o] = weights[(o * inputs + c) * taps + t];
  k->rows(&src, &window, 0, kernel[0] * kernel[1], 0, count, rows);
  product(count, outputs, inner, rows, inner, turned, outputs, dst, outputs);
  char what[99];
  snprintf(what, sizeof what, "rows, kernel %ld %ld %ld, stride %ld %ld %ld", kernel[0], kernel[1], kernel[2], stride[0], stride[1], stride[2]);
  expect(what, difference(&src, &window, weights, outputs, out[0], dst, outputs));
}

static void blended(const vigil_kernels *k) {
  float *src = filled(1000), *weights = filled(1000), *dst = filled(1000), *right = filled(1000);
  memcpy(right, dst, 1000 * sizeof(float));
  k->accumulate(src, weights, 0.5f, 1000, dst);
  double error = 0;
  for (long i = 0; i < 1000; i++) error = fmax(error, fabs(right[i] + src[i] * weights[i] * 0.5 - dst[i]));
  expect("accumulate", error);
}

static void flushed(void) {
  volatile float least = 1.2e-38f;
  const float product = least * 0.5f;
  expect("a denormal product is zero", product == 0 ? 0 : 1);
}

int main(void) {
  vigil_flush_denormals();
  flushed();
  const vigil_kernels *k = vigil_kernels_named("portable");
  const long tiles[][3] = {{4, 4, 4}, {2, 2, 2}, {2, 4, 4}, {2, 4, 2}, {1, 4, 4}, {1, 2, 2}, {1, 1, 4}, {4, 4, 1}};
  const long extents[][3] = {{5, 7, 9}, {8, 8, 8}, {1, 13, 6}};
  for (unsigned t = 0; t < sizeof tiles / sizeof *tiles; t++)
    for (unsigned e = 0; e < 3; e++) winograd(k, tiles[t], extents[e], 16 << e % 2, 32 >> e % 2, e != 0);
  strided(k, (const long[3]){3, 3, 3}, (const long[3]){2, 2, 2}, (const long[3]){7, 8, 9}, 16);
  strided(k, (const long[3]){1, 3, 3}, (const long[3]){1, 2, 2}, (const long[3]){3, 8, 5}, 32);
  strided(k, (const long[3]){3, 3, 3}, (const long[3]){1, 1, 1}, (const long[3]){2, 3, 4}, 16);
  blended(k);
  printf("%d of the comparisons failed\n", failures);
  return failures != 0;
}
