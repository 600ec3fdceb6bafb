// Part of body.h, after winograd.h: backward passes.

/// gradient where t is above 0, gradient * slope elsewhere.
#if defined(SET_AVX512)
INLINE lanes SET(sided)(lanes t, lanes gradient, lanes slope) {
  const __mmask16 below = _mm512_cmp_ps_mask((__m512)t, _mm512_setzero_ps(), _CMP_NGT_UQ);
  return (lanes)_mm512_mask_mul_ps((__m512)gradient, below, (__m512)gradient, (__m512)slope);
}
#else
INLINE lanes SET(sided)(lanes t, lanes gradient, lanes slope) {
  const mask_lanes above = t > (lanes){0};
  return (lanes)(((mask_lanes)gradient & above) | ((mask_lanes)(gradient * slope) & ~above));
}
#endif

static void SET(norm_sums)(const float *gradient, long gradient_stride, const float *src, long src_stride,
                           vigil_pointwise pointwise, const float *mean, long channels, long count, double *sum,
                           double *products) {
  for (long group = 0; group < count; group += SUM_GROUP) {
    const long n = count - group < SUM_GROUP ? count - group : SUM_GROUP;
    for (long c = 0; c < channels; c += VIGIL_LANES) {
      const lanes scale = LOAD(pointwise.scale + c), shift = LOAD(pointwise.shift + c);
      const lanes slope = LOAD(pointwise.slope + c), center = LOAD(mean + c);
      const float *g = gradient + group * gradient_stride + c, *x = src + group * src_stride + c;
      lanes s = {0}, q = {0};
      for (long i = 0; i < n; i++, g += gradient_stride, x += src_stride) {
        const lanes value = LOAD(x), t = SET(sided)(value * scale + shift, LOAD(g), slope);
        s += t;
        q += t * (value - center);
      }
      SET(add_double)(sum + c, s);
      SET(add_double)(products + c, q);
    }
  }
}

static void SET(norm)(const float *gradient, long gradient_stride, const float *src, long src_stride,
                      vigil_pointwise pointwise, const float *a, const float *b, const float *c, long channels,
                      long count, float *dst, long dst_stride) {
  for (long k = 0; k < channels; k += VIGIL_LANES) {
    const lanes scale = LOAD(pointwise.scale + k), shift = LOAD(pointwise.shift + k), slope = LOAD(pointwise.slope + k);
    const lanes of_gradient = LOAD(a + k), of_source = LOAD(b + k), constant = LOAD(c + k);
    for (long i = 0; i < count; i++) {
      const lanes x = LOAD(src + i * src_stride + k);
      const lanes t = SET(sided)(x * scale + shift, LOAD(gradient + i * gradient_stride + k), slope);
      STORE(dst + i * dst_stride + k, of_gradient * t + (of_source * x + constant));
    }
  }
}

static void SET(leaky_gradient)(const float *gradient, long gradient_stride, const float *result, long result_stride,
                                float slope, long channels, long count, float *dst, long dst_stride) {
  const lanes slopes = slope - (lanes){0};
  for (long i = 0; i < count; i++)
    for (long c = 0; c < channels; c += VIGIL_LANES)
      STORE(dst + i * dst_stride + c,
            SET(sided)(LOAD(result + i * result_stride + c), LOAD(gradient + i * gradient_stride + c), slopes));
}

/// The first voxel of window `i`.
INLINE long SET(window_start)(const vigil_source *src, const vigil_window *w, long i) {
  const long x = i % w->out_width, y = i / w->out_width % w->out_height, z = i / w->out_width / w->out_height;
  return (z * w->stride[0] * src->height + y * w->stride[1]) * src->width + x * w->stride[2];
}

/// A voxel of a window, counted from its start.
#define FOR_EACH_TAP(src, w, voxel)                      \
  for (long a = 0; a < (w)->kernel[0]; a++)              \
    for (long b = 0; b < (w)->kernel[1]; b++)            \
      for (long d = 0, voxel = (a * (src)->height + b) * (src)->width; d < (w)->kernel[2]; d++, voxel++)

static void SET(largest)(const vigil_source *src, const vigil_window *w, long first, long count, float *dst,
                         long dst_stride) {
  for (long i = first; i < first + count; i++) {
    const float *from = src->data + SET(window_start)(src, w, i) * src->voxel_stride;
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      lanes most = SET(read)(src, from, c);
      FOR_EACH_TAP(src, w, voxel) most = SET(larger)(most, SET(read)(src, from + voxel * src->voxel_stride, c));
      STORE(dst + i * dst_stride + c, most);
    }
  }
}

static void SET(largest_gradient)(const vigil_source *src, const vigil_window *w, const float *gradient,
                                  long gradient_stride, long first, long count, float *dst, long dst_stride) {
  for (long i = first; i < first + count; i++) {
    const long start = SET(window_start)(src, w, i);
    const float *from = src->data + start * src->voxel_stride;
    float *to = dst + start * dst_stride;
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      lanes most = SET(read)(src, from, c);
      FOR_EACH_TAP(src, w, voxel) most = SET(larger)(most, SET(read)(src, from + voxel * src->voxel_stride, c));
      // Where the largest has not been met yet: all bits set.
      mask_lanes waiting = ~(mask_lanes){0};
      const mask_lanes value = (mask_lanes)LOAD(gradient + i * gradient_stride + c);
      FOR_EACH_TAP(src, w, voxel) {
        const mask_lanes here = (mask_lanes)(SET(read)(src, from + voxel * src->voxel_stride, c) == most) & waiting;
        waiting &= ~here;
        float *at = to + voxel * dst_stride + c;
        STORE(at, LOAD(at) + (lanes)(value & here));
      }
    }
  }
}

static void SET(average_gradient)(const vigil_source *src, const vigil_window *w, const float *gradient,
                                  long gradient_stride, long first, long count, float *dst, long dst_stride) {
  const float share = 1.0f / (float)(w->kernel[0] * w->kernel[1] * w->kernel[2]);
  for (long i = first; i < first + count; i++) {
    float *to = dst + SET(window_start)(src, w, i) * dst_stride;
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      const lanes value = LOAD(gradient + i * gradient_stride + c) * share;
      FOR_EACH_TAP(src, w, voxel) {
        float *at = to + voxel * dst_stride + c;
        STORE(at, LOAD(at) + value);
      }
    }
  }
}

#undef FOR_EACH_TAP

static void SET(spread)(const float *rows, const long grid[3], const long origin[3], const long stride[3],
                        const long extent[3], long first, long count, long channels, float *dst, long dst_stride,
                        int adding) {
  for (long i = first; i < first + count; i++, rows += channels) {
    const long z = i / grid[2] / grid[1] * stride[0] + origin[0], y = i / grid[2] % grid[1] * stride[1] + origin[1];
    float *at = dst + ((z * extent[1] + y) * extent[2] + i % grid[2] * stride[2] + origin[2]) * dst_stride;
    for (long c = 0; c < channels; c += VIGIL_LANES)
      STORE(at + c, adding ? LOAD(at + c) + LOAD(rows + c) : LOAD(rows + c));
  }
}

/// A d along one axis, the transpose of `result_axis`: m values to m + 2 points, in place with room for them.
INLINE void SET(gradient_axis)(int m, lanes *d, long s) {
  if (m == 2) {
    const lanes d0 = d[0], d1 = d[s];
    d[s] = d0 + d1;
    d[2 * s] = d0 - d1;
    d[3 * s] = d1;
  } else if (m == 4) {
    const lanes d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];
    const lanes even_a = d0 + A2 * d2, odd_a = POINT_A * (d1 + A2 * d3);
    const lanes even_b = d0 + B2 * d2, odd_b = POINT_B * (d1 + B2 * d3);
    d[s] = even_a + odd_a;
    d[2 * s] = even_a - odd_a;
    d[3 * s] = even_b + odd_b;
    d[4 * s] = even_b - odd_b;
    d[5 * s] = d3;
  }
}

/// The lines of one slice of a tile, read and transformed along x.
INLINE void SET(gradient_lines)(int m, const vigil_source *src, long z, const long origin[3], long lines, long c,
                                lanes *points) {
  const int length = m == 1 ? 1 : m + 2;
  const float *at = src->data + ((z * src->height + origin[1]) * src->width + origin[2]) * src->voxel_stride + c;
  const long width = src->width - origin[2] < m ? src->width - origin[2] : m;
  for (long j = 0; j < lines; j++, points += length, at += src->width * src->voxel_stride) {
    lanes line[6];
    if (z >= src->depth || origin[1] + j >= src->height) {
      UNROLL for (int k = 0; k < length; k++) points[k] = (lanes){0};
      continue;
    }
    if (width == m) {
      UNROLL for (int k = 0; k < m; k++) line[k] = LOAD(at + k * src->voxel_stride);
    } else {
      UNROLL for (int k = 0; k < m; k++) line[k] = k < width ? LOAD(at + k * src->voxel_stride) : (lanes){0};
    }
    SET(gradient_axis)(m, line, 1);
    UNROLL for (int k = 0; k < length; k++) points[k] = line[k];
  }
}

INLINE void SET(gradient_columns)(int m, long width, lanes *points) {
  for (long k = 0; k < width; k++) {
    lanes line[6];
    const int length = m == 1 ? 1 : m + 2;
    UNROLL for (int j = 0; j < m; j++) line[j] = points[j * width + k];
    SET(gradient_axis)(m, line, 1);
    UNROLL for (int j = 0; j < length; j++) points[j * width + k] = line[j];
  }
}

INLINE void SET(gradient_depths)(int m, long plane, const lanes *points, float *dst, long stride) {
  const int length = m == 1 ? 1 : m + 2;
  for (long j = 0; j < plane; j++) {
    lanes line[6];
    UNROLL for (int i = 0; i < m; i++) line[i] = points[i * plane + j];
    SET(gradient_axis)(m, line, 1);
    UNROLL for (int i = 0; i < length; i++) STORE(dst + (i * plane + j) * stride, line[i]);
  }
}

static void SET(winograd_gradient)(const vigil_source *src, const vigil_winograd *w, long first, long tiles,
                                   long point_stride, float *dst) {
  const long reach[3] = {SET(reach)(w->tile[0]), SET(reach)(w->tile[1]), SET(reach)(w->tile[2])};
  const long plane = reach[1] * reach[2];
  lanes points[MOST_POINTS];
  for (long t = first; t < first + tiles; t++, dst += src->channels) {
    long origin[3];
    SET(tile_origin)(w, t, origin);
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      for (long i = 0; i < w->tile[0]; i++) {
        lanes *slice = points + i * plane;
        switch (w->tile[2]) {
          case 1: SET(gradient_lines)(1, src, origin[0] + i, origin, w->tile[1], c, slice); break;
          case 2: SET(gradient_lines)(2, src, origin[0] + i, origin, w->tile[1], c, slice); break;
          default: SET(gradient_lines)(4, src, origin[0] + i, origin, w->tile[1], c, slice);
        }
        switch (w->tile[1]) {
          case 1: break;
          case 2: SET(gradient_columns)(2, reach[2], slice); break;
          default: SET(gradient_columns)(4, reach[2], slice);
        }
      }
      switch (w->tile[0]) {
        case 1: SET(gradient_depths)(1, plane, points, dst + c, point_stride); break;
        case 2: SET(gradient_depths)(2, plane, points, dst + c, point_stride); break;
        default: SET(gradient_depths)(4, plane, points, dst + c, point_stride);
      }
    }
  }
}

/// G^T p along one axis, the transpose of `weights_axis`: m + 2 points to three taps.
INLINE void SET(taps_axis)(long m, const lanes *points, lanes *taps, long s) {
  if (m == 2) {
    const lanes sum = 0.5f * (points[s] + points[2 * s]);
    taps[0] = points[0] + sum;
    taps[s] = 0.5f * (points[s] - points[2 * s]);
    taps[2 * s] = sum + points[3 * s];
    return;
  }
  const float at_zero = 1 / (A2 * B2), at_a = 1 / (2 * A2 * (A2 - B2)), at_b = 1 / (2 * B2 * (B2 - A2));
  const lanes sum_a = at_a * (points[s] + points[2 * s]), sum_b = at_b * (points[3 * s] + points[4 * s]);
  taps[0] = at_zero * points[0] + (sum_a + sum_b);
  taps[s] = (at_a * POINT_A) * (points[s] - points[2 * s]) + (at_b * POINT_B) * (points[3 * s] - points[4 * s]);
  taps[2 * s] = A2 * sum_a + B2 * sum_b + points[5 * s];
}

/// All lines along an axis: src [outer][m + 2][inner], dst [outer][3][inner]; m = 1 copies.
INLINE void SET(taps_pass)(long m, long outer, long inner, const lanes *src, lanes *dst) {
  for (long o = 0; o < outer; o++)
    for (long i = 0; i < inner; i++) {
      if (m == 1) dst[o * inner + i] = src[o * inner + i];
      else SET(taps_axis)(m, src + o * (m + 2) * inner + i, dst + o * 3 * inner + i, inner);
    }
}

static void SET(winograd_taps)(const float *points, long point_stride, long parts, long part_stride,
                               const long tile[3], float *taps) {
  lanes from[MOST_POINTS], to[MOST_POINTS];
  const long kernel[3] = {tile[0] == 1 ? 1 : 3, tile[1] == 1 ? 1 : 3, tile[2] == 1 ? 1 : 3};
  const long reach[3] = {SET(reach)(tile[0]), SET(reach)(tile[1]), SET(reach)(tile[2])};
  for (long p = 0; p < reach[0] * reach[1] * reach[2]; p++) {
    from[p] = LOAD(points + p * point_stride);
    for (long part = 1; part < parts; part++) from[p] += LOAD(points + part * part_stride + p * point_stride);
  }
  SET(taps_pass)(tile[0], 1, reach[1] * reach[2], from, to);
  SET(taps_pass)(tile[1], kernel[0], reach[2], to, from);
  SET(taps_pass)(tile[2], kernel[0] * kernel[1], 1, from, to);
  for (long t = 0; t < kernel[0] * kernel[1] * kernel[2]; t++) STORE(taps + t * VIGIL_LANES, to[t]);
}

static const vigil_gradient_kernels SET(vigil_gradient_kernels) = {
    .norm_sums = SET(norm_sums),
    .norm = SET(norm),
    .leaky = SET(leaky_gradient),
    .largest = SET(largest),
    .largest_gradient = SET(largest_gradient),
    .average_gradient = SET(average_gradient),
    .spread = SET(spread),
    .winograd_gradient = SET(winograd_gradient),
    .winograd_taps = SET(winograd_taps)};
