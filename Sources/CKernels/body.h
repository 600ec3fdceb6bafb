// The kernels themselves, included once per instruction set with SET(name) and SET_NAME defined. Vectors are 16 floats
// wide in the source; the compiler splits them for narrower registers.

// Functions that take vectors are always inlined, so how a vector would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((vector_size(64)));
typedef float lanes_unaligned __attribute__((vector_size(64), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
typedef int mask_lanes __attribute__((vector_size(64)));
/// For loops of constant length over registers.
#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(p) (*(const lanes_unaligned *)(p))
#define STORE(p, v) (*(lanes_unaligned *)(p) = (v))

/// The larger, element by element: one instruction, which the language has no word for (a comparison and a choice are four).
#if defined(SET_AVX512)
INLINE lanes SET(larger)(lanes a, lanes b) { return (lanes)_mm512_max_ps((__m512)a, (__m512)b); }
#elif defined(SET_AVX2)
INLINE lanes SET(larger)(lanes a, lanes b) {
  const __m256 low = _mm256_max_ps((__m256)__builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7),
                                   (__m256)__builtin_shufflevector(b, b, 0, 1, 2, 3, 4, 5, 6, 7));
  const __m256 high = _mm256_max_ps((__m256)__builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15),
                                    (__m256)__builtin_shufflevector(b, b, 8, 9, 10, 11, 12, 13, 14, 15));
  return (lanes)__builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#else
INLINE lanes SET(larger)(lanes a, lanes b) {
  const mask_lanes first = a > b;
  return (lanes)(((mask_lanes)a & first) | ((mask_lanes)b & ~first));
}
#endif

/// LeakyReLU for a slope of at most 1.
INLINE lanes SET(leaky)(lanes t, lanes slope) { return SET(larger)(t, t * slope); }

INLINE lanes SET(pointwise)(vigil_pointwise p, long c, lanes x) {
  return SET(leaky)(x * LOAD(p.scale + c) + LOAD(p.shift + c), LOAD(p.slope + c));
}

INLINE void SET(copy)(float *dst, const float *src, long count) { memcpy(dst, src, (size_t)count * sizeof(float)); }

INLINE void SET(read_voxel)(const vigil_source *src, const float *voxel, float *dst) {
  if (!src->pointwise.scale) {
    SET(copy)(dst, voxel, src->channels);
    return;
  }
  for (long c = 0; c < src->channels; c += VIGIL_LANES) STORE(dst + c, SET(pointwise)(src->pointwise, c, LOAD(voxel + c)));
}

/// One line of the kernel at one output voxel, x0 being its first tap; `line` NULL outside the source.
INLINE void SET(read_line)(const vigil_source *src, const float *line, long x0, long taps, float *dst) {
  const long channels = src->channels;
  if (!line) {
    memset(dst, 0, (size_t)(taps * channels) * sizeof(float));
    return;
  }
  if (x0 >= 0 && x0 + taps <= src->width && !src->pointwise.scale && src->voxel_stride == channels) {
    SET(copy)(dst, line + x0 * channels, taps * channels);
    return;
  }
  for (long t = 0; t < taps; t++) {
    const long x = x0 + t;
    if (x < 0 || x >= src->width) memset(dst + t * channels, 0, (size_t)channels * sizeof(float));
    else SET(read_voxel)(src, line + x * src->voxel_stride, dst + t * channels);
  }
}

/// Where a line of the source begins, or NULL outside.
INLINE const float *SET(line_at)(const vigil_source *src, long z, long y) {
  if (z < 0 || z >= src->depth || y < 0 || y >= src->height) return NULL;
  return src->data + (z * src->height + y) * src->width * src->voxel_stride;
}

/// Most lines of a kernel, 15 x 15.
#define MOST_LINES 225

/// Output voxels [x, end) of one line of the result, for kernels whose lines have at most 16 floats: a vector per line,
/// and what it writes too much is written over by the next.
INLINE void SET(short_rows)(const vigil_source *src, const float *const *lines, long count, long x, long end, long stride,
                            long padding, long run, float *dst) {
  static const float zeros[VIGIL_LANES];
  for (; x < end; x++) {
    const long offset = (x * stride - padding) * src->voxel_stride;
    for (long i = 0; i < count; i++, dst += run) STORE(dst, LOAD(lines[i] ? lines[i] + offset : zeros));
  }
}

/// Output voxels [x, end) of one line of the result whose taps lie within the source: 16 channels of all of them at a time.
INLINE void SET(inner_rows)(int pointwise, const vigil_source *src, const float *const *lines, long count, long x,
                            long end, long stride, long padding, long taps, float *dst) {
  const long channels = src->channels, step = src->voxel_stride;
  for (long c = 0; c < channels; c += VIGIL_LANES) {
    lanes scale = {0}, shift = {0}, slope = {0};
    if (pointwise) {
      scale = LOAD(src->pointwise.scale + c);
      shift = LOAD(src->pointwise.shift + c);
      slope = LOAD(src->pointwise.slope + c);
    }
    float *to = dst + c;
    for (long v = x; v < end; v++) {
      const long offset = (v * stride - padding) * step + c;
      for (long i = 0; i < count; i++) {
        const float *from = lines[i] ? lines[i] + offset : NULL;
        for (long t = 0; t < taps; t++, to += channels) {
          if (!from) {
            STORE(to, (lanes){0});
            continue;
          }
          const lanes value = LOAD(from + t * step);
          STORE(to, pointwise ? SET(leaky)(value * scale + shift, slope) : value);
        }
      }
    }
  }
}

/// Output voxels whose rows are written together, 16 channels at a time.
#define ROW_STRETCH 64

static void SET(rows)(const vigil_source *src, const vigil_window *w, long line0, long line1, long first, long count,
                      float *dst) {
  const long taps = w->kernel[2], run = taps * src->channels, lines = line1 - line0;
  const int is_short = run <= VIGIL_LANES && !src->pointwise.scale && src->voxel_stride == src->channels;
  const int is_padded = src->channels % VIGIL_LANES == 0;
  const float *at[MOST_LINES];
  for (long i = first; i < first + count;) {
    const long x = i % w->out_width, y = i / w->out_width % w->out_height, z = i / w->out_width / w->out_height;
    const long end = w->out_width - x < first + count - i ? w->out_width : x + first + count - i;
    for (long line = line0; line < line1; line++)
      at[line - line0] = SET(line_at)(src, z * w->stride[0] - w->padding[0] + line / w->kernel[1],
                                      y * w->stride[1] - w->padding[1] + line % w->kernel[1]);
    for (long v = x; v < end;) {
      const long x0 = v * w->stride[2] - w->padding[2];
      if ((is_short || is_padded) && x0 >= 0 && x0 + taps <= src->width) {
        const long last = (src->width - taps + w->padding[2]) / w->stride[2] + 1;
        // Few enough that all channels of a voxel are read while it is in the first-level cache.
        const long most = last < end ? last : end;
        const long stop = most < v + ROW_STRETCH ? most : v + ROW_STRETCH;
        if (src->pointwise.scale)
          SET(inner_rows)(1, src, at, lines, v, stop, w->stride[2], w->padding[2], taps, dst);
        else if (is_padded) SET(inner_rows)(0, src, at, lines, v, stop, w->stride[2], w->padding[2], taps, dst);
        else SET(short_rows)(src, at, lines, v, stop, w->stride[2], w->padding[2], run, dst);
        dst += (stop - v) * lines * run;
        v = stop;
        continue;
      }
      for (long line = 0; line < lines; line++, dst += run) SET(read_line)(src, at[line], x0, taps, dst);
      v++;
    }
    i += end - x;
  }
}

/// Output voxels that keep their sums in registers while all taps pass by.
#define DIRECT_BLOCK 8

/// 16 channels of `voxels` output voxels of a line from `x` on, whose taps lie within the source if it is a whole block.
INLINE void SET(direct_block)(int voxels, const vigil_source *src, const vigil_window *w, const float *const *lines,
                              const float *weights, long weight_stride, long x, float *dst, long dst_stride) {
  const long channels = src->channels, step = w->stride[2] * src->voxel_stride;
  const long count = w->kernel[0] * w->kernel[1], x0 = x * w->stride[2] - w->padding[2];
  lanes sums[DIRECT_BLOCK];
  UNROLL for (int v = 0; v < voxels; v++) sums[v] = (lanes){0};
  for (long line = 0; line < count; line++) {
    if (!lines[line]) continue;
    for (long tap = 0; tap < w->kernel[2]; tap++) {
      if (voxels < DIRECT_BLOCK && (x0 + tap < 0 || x0 + tap >= src->width)) continue;
      const float *from = lines[line] + (x0 + tap) * src->voxel_stride;
      const float *row = weights + (line * w->kernel[2] + tap) * channels * weight_stride;
      for (long c = 0; c < channels; c++, row += weight_stride) {
        const lanes weight = LOAD(row);
        UNROLL for (int v = 0; v < voxels; v++) sums[v] += weight * from[v * step + c];
      }
    }
  }
  UNROLL for (int v = 0; v < voxels; v++) STORE(dst + v * dst_stride, sums[v]);
}

static void SET(direct)(const vigil_source *src, const vigil_window *w, const float *weights, long weight_stride,
                        long outputs, long first, long count, float *dst, long dst_stride) {
  const float *lines[MOST_LINES];
  // Output voxels whose taps all lie within the source.
  const long inner = (w->padding[2] + w->stride[2] - 1) / w->stride[2];
  const long outer = (src->width - w->kernel[2] + w->padding[2]) / w->stride[2] + 1;
  for (long i = first; i < first + count;) {
    const long x = i % w->out_width, y = i / w->out_width % w->out_height, z = i / w->out_width / w->out_height;
    const long end = w->out_width - x < first + count - i ? w->out_width : x + first + count - i;
    for (long line = 0; line < w->kernel[0] * w->kernel[1]; line++)
      lines[line] = SET(line_at)(src, z * w->stride[0] - w->padding[0] + line / w->kernel[1],
                                 y * w->stride[1] - w->padding[1] + line % w->kernel[1]);
    const long low = x > inner ? x : inner, high = end < outer ? end : outer;
    for (long o = 0; o < outputs; o += VIGIL_LANES) {
      for (long v = x; v < end;) {
        float *to = dst + (i - first + v - x) * dst_stride + o;
        // The last block of a line begins earlier, and writes some voxels again.
        const long back = v >= low && v < high && v + DIRECT_BLOCK > high ? v + DIRECT_BLOCK - high : 0;
        if (v >= low && v < high && v - back >= low) {
          SET(direct_block)(DIRECT_BLOCK, src, w, lines, weights + o, weight_stride, v - back, to - back * dst_stride,
                            dst_stride);
          v += DIRECT_BLOCK - back;
        } else {
          SET(direct_block)(1, src, w, lines, weights + o, weight_stride, v, to, dst_stride);
          v++;
        }
      }
    }
    i += end - x;
  }
}

INLINE void SET(add_double)(double *sum, lanes v) {
  for (int i = 0; i < VIGIL_LANES; i++) sum[i] += (double)v[i];
}

/// Voxels summed in float before the sum goes on in double.
#define SUM_GROUP 32

static void SET(sums)(const float *src, long voxel_stride, long channels, long count, double *sum, double *squares) {
  for (long group = 0; group < count; group += SUM_GROUP) {
    const long n = count - group < SUM_GROUP ? count - group : SUM_GROUP;
    for (long c = 0; c < channels; c += VIGIL_LANES) {
      const float *p = src + group * voxel_stride + c;
      lanes s = {0}, q = {0};
      for (long i = 0; i < n; i++) {
        const lanes v = LOAD(p + i * voxel_stride);
        s += v;
        q += v * v;
      }
      SET(add_double)(sum + c, s);
      SET(add_double)(squares + c, q);
    }
  }
}

INLINE lanes SET(read)(const vigil_source *src, const float *voxel, long c) {
  return src->pointwise.scale ? SET(pointwise)(src->pointwise, c, LOAD(voxel + c)) : LOAD(voxel + c);
}

static void SET(add)(const vigil_source *a, const vigil_source *b, float slope, long first, long count, float *dst,
                     long dst_stride) {
  const lanes slopes = slope - (lanes){0};
  for (long i = first; i < first + count; i++)
    for (long c = 0; c < a->channels; c += VIGIL_LANES) {
      const lanes t = SET(read)(a, a->data + i * a->voxel_stride, c) + SET(read)(b, b->data + i * b->voxel_stride, c);
      STORE(dst + i * dst_stride + c, SET(leaky)(t, slopes));
    }
}

static void SET(average)(const vigil_source *src, const vigil_window *w, long first, long count, float *dst,
                         long dst_stride) {
  const float share = 1.0f / (float)(w->kernel[0] * w->kernel[1] * w->kernel[2]);
  for (long i = first; i < first + count; i++) {
    const long x = i % w->out_width, y = i / w->out_width % w->out_height, z = i / w->out_width / w->out_height;
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      lanes sum = {0};
      for (long a = 0; a < w->kernel[0]; a++)
        for (long b = 0; b < w->kernel[1]; b++)
          for (long d = 0; d < w->kernel[2]; d++) {
            const long voxel = ((z * w->stride[0] + a) * src->height + y * w->stride[1] + b) * src->width +
                               x * w->stride[2] + d;
            sum += SET(read)(src, src->data + voxel * src->voxel_stride, c);
          }
      STORE(dst + i * dst_stride + c, sum * share);
    }
  }
}

INLINE void SET(scatter_to)(int streaming, const float *rows, const float *bias, const vigil_source *shape,
                            const long kernel[3], long first, long count, long channels, float *dst,
                            long dst_stride) {
  const long taps = kernel[0] * kernel[1] * kernel[2];
  for (long i = first; i < first + count; i++) {
    const long x = i % shape->width, y = i / shape->width % shape->height, z = i / shape->width / shape->height;
    for (long t = 0; t < taps; t++, rows += channels) {
      const long a = z * kernel[0] + t / kernel[2] / kernel[1], b = y * kernel[1] + t / kernel[2] % kernel[1];
      const long d = x * kernel[2] + t % kernel[2];
      float *voxel = dst + ((a * shape->height * kernel[1] + b) * shape->width * kernel[2] + d) * dst_stride;
      for (long c = 0; c < channels; c += VIGIL_LANES) {
        const lanes value = LOAD(rows + c) + LOAD(bias + c);
        if (streaming) __builtin_nontemporal_store(value, (lanes *)(voxel + c));
        else STORE(voxel + c, value);
      }
    }
  }
}

static void SET(scatter)(const float *rows, const float *bias, const vigil_source *shape, const long kernel[3],
                         long first, long count, long channels, float *dst, long dst_stride, int streaming) {
  if (streaming) SET(scatter_to)(1, rows, bias, shape, kernel, first, count, channels, dst, dst_stride);
  else SET(scatter_to)(0, rows, bias, shape, kernel, first, count, channels, dst, dst_stride);
}

static void SET(planes)(const float *rows, long row_stride, const float *bias, long count, long channels, float *dst,
                        long plane, long step, int adding) {
  for (long k = 0; k < channels; k++) {
    const float shift = bias[k];
    float *to = dst + k * plane;
    if (adding)
      for (long i = 0; i < count; i++) to[i * step] += rows[i * row_stride + k] + shift;
    else
      for (long i = 0; i < count; i++) to[i * step] = rows[i * row_stride + k] + shift;
  }
}

static void SET(accumulate)(const float *src, const float *weights, float factor, long count, float *dst) {
  for (long i = 0; i < count; i++) dst[i] += src[i] * (weights[i] * factor);
}

static void SET(divide)(const float *weights, float factor, long count, float *dst) {
  for (long i = 0; i < count; i++) dst[i] /= weights[i] * factor;
}

#include "winograd.h"
#include "gradients.h"
#include "decision.h"

#undef ROW_STRETCH
#undef DIRECT_BLOCK
#undef POINT_A
#undef POINT_B
#undef A2
#undef B2
#undef MOST_POINTS
#undef MOST_TAPS
#undef INPUTS_AT_ONCE

const vigil_kernels SET(vigil_kernels) = {
    .name = SET_NAME, .gradients = &SET(vigil_gradient_kernels), .decision = &SET(vigil_decision_kernels), .rows = SET(rows), .direct = SET(direct), .sums = SET(sums), .add = SET(add), .average = SET(average),
    .scatter = SET(scatter), .planes = SET(planes), .accumulate = SET(accumulate), .divide = SET(divide), .winograd_weights = SET(winograd_weights), .winograd_source = SET(winograd_source),
    .winograd_result = SET(winograd_result), .winograd_write = SET(winograd_write), .winograd = SET(winograd)};
