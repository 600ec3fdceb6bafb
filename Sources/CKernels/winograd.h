// Part of body.h. The transforms of Winograd's minimal filtering, 16 channels at a time, one axis after the other.
//
// F(2, 3) uses the points 0, 1, -1 and infinity. F(4, 3) uses 0, +-3/4, +-3/2 and infinity: with the customary 0, +-1, +-2
// the error in single precision is seven times as large (see Sources/Tensors/README.md).

#define POINT_A 0.75f
#define POINT_B 1.5f
#define A2 (POINT_A * POINT_A)
#define B2 (POINT_B * POINT_B)

/// Most points of a tile, 6 x 6 x 6.
#define MOST_POINTS 216

/// Points a tile of m outputs reads along an axis.
INLINE long SET(reach)(long m) { return m == 1 ? 1 : m + 2; }

/// B^T d along one axis, in place; `s` is the distance of the elements.
INLINE void SET(source_axis)(int m, lanes *d, long s) {
  if (m == 2) {
    const lanes d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];
    d[0] = d0 - d2;
    d[s] = d1 + d2;
    d[2 * s] = d2 - d1;
    d[3 * s] = d3 - d1;
  } else if (m == 4) {
    const lanes d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];
    const lanes even_a = d4 - B2 * d2, odd_a = d3 - B2 * d1, even_b = d4 - A2 * d2, odd_b = d3 - A2 * d1;
    d[0] = (d4 - (A2 + B2) * d2) + (A2 * B2) * d0;
    d[s] = even_a + POINT_A * odd_a;
    d[2 * s] = even_a - POINT_A * odd_a;
    d[3 * s] = even_b + POINT_B * odd_b;
    d[4 * s] = even_b - POINT_B * odd_b;
    d[5 * s] = (d5 - (A2 + B2) * d3) + (A2 * B2) * d1;
  }
}

/// A^T d along one axis, in place: the first m elements are the result.
INLINE void SET(result_axis)(int m, lanes *d, long s) {
  if (m == 2) {
    const lanes d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];
    d[0] = d0 + (d1 + d2);
    d[s] = (d1 - d2) + d3;
  } else if (m == 4) {
    const lanes sum_a = d[s] + d[2 * s], difference_a = d[s] - d[2 * s];
    const lanes sum_b = d[3 * s] + d[4 * s], difference_b = d[3 * s] - d[4 * s];
    d[0] = d[0] + (sum_a + sum_b);
    d[s] = POINT_A * difference_a + POINT_B * difference_b;
    d[2 * s] = A2 * sum_a + B2 * sum_b;
    d[3 * s] = (A2 * POINT_A * difference_a + d[5 * s]) + B2 * POINT_B * difference_b;
  }
}

/// The first result of tile `t` along each axis.
INLINE void SET(tile_origin)(const vigil_winograd *w, long t, long origin[3]) {
  const long column = t / w->chain;
  origin[0] = (column / w->tiles[2] / w->tiles[1] * w->chain + t % w->chain) * w->tile[0];
  origin[1] = column / w->tiles[2] % w->tiles[1] * w->tile[1];
  origin[2] = column % w->tiles[2] * w->tile[2];
}

typedef double SET(wide) __attribute__((vector_size(64)));

/// G g along one axis: `s` is the distance of the three taps and of the m + 2 points. In double: it is done once.
INLINE void SET(weights_axis)(int m, const SET(wide) *taps, SET(wide) *points, long s) {
  const SET(wide) g0 = taps[0], g1 = taps[s], g2 = taps[2 * s];
  if (m == 2) {
    points[0] = g0;
    points[s] = 0.5 * (g0 + g1 + g2);
    points[2 * s] = 0.5 * (g0 - g1 + g2);
    points[3 * s] = g2;
  } else {
    // Each point's row is divided by the product of its distances to the others.
    const double a = POINT_A, b = POINT_B, a2 = a * a, b2 = b * b;
    const double at_zero = 1 / (a2 * b2), at_a = 1 / (2 * a2 * (a2 - b2)), at_b = 1 / (2 * b2 * (b2 - a2));
    points[0] = at_zero * g0;
    points[s] = at_a * (g0 + a * g1 + a2 * g2);
    points[2 * s] = at_a * (g0 - a * g1 + a2 * g2);
    points[3 * s] = at_b * (g0 + b * g1 + b2 * g2);
    points[4 * s] = at_b * (g0 - b * g1 + b2 * g2);
    points[5 * s] = g2;
  }
}

/// All lines along an axis of m outputs: src [outer][3][inner], dst [outer][m + 2][inner]; m = 1 copies.
INLINE void SET(weights_pass)(long m, long outer, long inner, const SET(wide) *src, SET(wide) *dst) {
  for (long o = 0; o < outer; o++)
    for (long i = 0; i < inner; i++) {
      if (m == 1) dst[o * inner + i] = src[o * inner + i];
      else if (m == 2) SET(weights_axis)(2, src + o * 3 * inner + i, dst + o * 4 * inner + i, inner);
      else SET(weights_axis)(4, src + o * 3 * inner + i, dst + o * 6 * inner + i, inner);
    }
}

/// Exchanges, in pairs of rows `s` apart, the lanes that lie on the wrong side of the diagonal in squares of s: log2(16) of these
/// transpose 16 rows of 16. `FIRST` and `SECOND` are the lanes of a pair that make its two rows.
#define EXCHANGE(s, FIRST, SECOND) \
  UNROLL for (int i = 0; i < 16; i++) { \
    if (i & (s)) continue; \
    const lanes a = rows[i], b = rows[i + (s)]; \
    rows[i] = __builtin_shufflevector(a, b, FIRST); \
    rows[i + (s)] = __builtin_shufflevector(a, b, SECOND); \
  }
#define LANES(...) __VA_ARGS__

INLINE void SET(transpose)(lanes rows[16]) {
  EXCHANGE(1, LANES(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
           LANES(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
  EXCHANGE(2, LANES(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
           LANES(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  EXCHANGE(4, LANES(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
           LANES(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  EXCHANGE(8, LANES(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
           LANES(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}

#undef EXCHANGE
#undef LANES

/// Most taps of a kernel that is transformed, and channels of src whose taps are turned at once.
#define MOST_TAPS 27
#define INPUTS_AT_ONCE 16

/// `count` taps of 16 channels of dst, which lie one channel after the other, to one vector of channels for each tap.
INLINE void SET(taps_by_channel)(const float *taps, long channel_stride, long channels, long count, lanes *dst) {
  for (long first = 0; first < count; first += VIGIL_LANES) {
    const long n = count - first < VIGIL_LANES ? count - first : VIGIL_LANES;
    lanes rows[16];
    for (long i = 0; i < 16; i++) {
      rows[i] = (lanes){0};
      // Sixteen streams are more than the processor foresees: the taps that come next are fetched meanwhile.
      if (i < channels) __builtin_prefetch(taps + i * channel_stride + first + count);
      if (i < channels && n == VIGIL_LANES) rows[i] = LOAD(taps + i * channel_stride + first);
      else if (i < channels) memcpy(&rows[i], taps + i * channel_stride + first, (size_t)n * sizeof(float));
    }
    SET(transpose)(rows);
    for (long i = 0; i < n; i++) dst[first + i] = rows[i];
  }
}

typedef float SET(half) __attribute__((vector_size(32)));

static void SET(winograd_weights)(const float *taps, long channel_stride, long channels, long inputs,
                                  const long tile[3], float *points, long stride, long input_stride) {
  lanes turned[INPUTS_AT_ONCE * MOST_TAPS];
  SET(wide) from[2][MOST_POINTS], to[2][MOST_POINTS];
  const long kernel[3] = {tile[0] == 1 ? 1 : 3, tile[1] == 1 ? 1 : 3, tile[2] == 1 ? 1 : 3};
  const long reach[3] = {SET(reach)(tile[0]), SET(reach)(tile[1]), SET(reach)(tile[2])};
  const long count = kernel[0] * kernel[1] * kernel[2];
  for (long input = 0; input < inputs; input++, points += input_stride) {
    const long which = input % INPUTS_AT_ONCE;
    if (which == 0) {
      const long n = inputs - input < INPUTS_AT_ONCE ? inputs - input : INPUTS_AT_ONCE;
      SET(taps_by_channel)(taps + input * count, channel_stride, channels, n * count, turned);
    }
    const lanes *tap = turned + which * count;
    for (long half = 0; half < 2; half++) {
      for (long t = 0; t < count; t++)
        from[half][t] = __builtin_convertvector(((const SET(half) *)(tap + t))[half], SET(wide));
      SET(weights_pass)(tile[2], kernel[0] * kernel[1], 1, from[half], to[half]);
      SET(weights_pass)(tile[1], kernel[0], reach[2], to[half], from[half]);
      if (tile[0] > 1) SET(weights_pass)(tile[0], 1, reach[1] * reach[2], from[half], to[half]);
    }
    const SET(wide) *const lower = tile[0] > 1 ? to[0] : from[0], *const upper = tile[0] > 1 ? to[1] : from[1];
    // A whole line at a time: half a line would have to be read first.
    for (long p = 0; p < reach[0] * reach[1] * reach[2]; p++) {
      const SET(half) low = __builtin_convertvector(lower[p], SET(half));
      const SET(half) high = __builtin_convertvector(upper[p], SET(half));
      STORE(points + p * stride, __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    }
  }
}

INLINE lanes SET(read_at)(int pointwise, const float *voxel, lanes scale, lanes shift, lanes slope) {
  const lanes x = LOAD(voxel);
  return pointwise ? SET(leaky)(x * scale + shift, slope) : x;
}

/// One slice of a tile (y, x) of 16 channels, transformed along x. Outside the source is zero.
/// Where the slice after it is read next (`isChained`), its voxels are fetched meanwhile: they are lines of many pages, which no processor
/// expects.
INLINE void SET(source_lines)(int m, int pointwise, int isChained, const vigil_source *src, long z, const long origin[3],
                              long lines, long c, lanes *points) {
  const int length = m == 1 ? 1 : m + 2;
  if (z < 0 || z >= src->depth) {
    for (long i = 0; i < lines * length; i++) points[i] = (lanes){0};
    return;
  }
  lanes scale = {0}, shift = {0}, slope = {0};
  if (pointwise) {
    scale = LOAD(src->pointwise.scale + c);
    shift = LOAD(src->pointwise.shift + c);
    slope = LOAD(src->pointwise.slope + c);
  }
  const int whole = origin[2] >= 0 && origin[2] + length <= src->width;
  const long step = src->voxel_stride;
  const long slice = src->ring ? z % src->ring : z;
  const float *at = src->data + ((slice * src->height + origin[1]) * src->width + origin[2]) * step + c;
  const long next = z + 1 < src->depth ? (src->ring ? (z + 1) % src->ring : z + 1) - slice : 0;
  const long ahead = isChained ? next * src->height * src->width * step : 0;
  for (long y = origin[1]; y < origin[1] + lines; y++, points += length, at += src->width * step) {
    lanes line[6];
    if (y < 0 || y >= src->height) {
      UNROLL for (int k = 0; k < length; k++) points[k] = (lanes){0};
      continue;
    }
    if (whole) {
      if (ahead) UNROLL for (int k = 0; k < length; k++) __builtin_prefetch(at + k * step + ahead);
      UNROLL for (int k = 0; k < length; k++) line[k] = SET(read_at)(pointwise, at + k * step, scale, shift, slope);
    } else {
      UNROLL for (int k = 0; k < length; k++) {
        const long x = origin[2] + k;
        line[k] = x < 0 || x >= src->width ? (lanes){0} : SET(read_at)(pointwise, at + k * step, scale, shift, slope);
      }
    }
    SET(source_axis)(m, line, 1);
    UNROLL for (int k = 0; k < length; k++) points[k] = line[k];
  }
}

INLINE void SET(source_columns)(int m, long width, lanes *points) {
  for (long k = 0; k < width; k++) SET(source_axis)(m, points + k, width);
}

INLINE void SET(source_depths)(int m, long plane, const lanes *const slices[6], float *dst, long stride) {
  const int length = m == 1 ? 1 : m + 2;
  for (long j = 0; j < plane; j++) {
    lanes line[6];
    UNROLL for (int i = 0; i < length; i++) line[i] = slices[i][j];
    SET(source_axis)(m, line, 1);
    UNROLL for (int i = 0; i < length; i++) STORE(dst + (i * plane + j) * stride, line[i]);
  }
}

INLINE void SET(source_slice)(int pointwise, const vigil_source *src, const vigil_winograd *w, long z,
                              const long origin[3], const long reach[3], long c, lanes *points) {
  switch (w->tile[2]) {
    case 1: SET(source_lines)(1, pointwise, w->tile[0] > 1, src, z, origin, reach[1], c, points); break;
    case 2: SET(source_lines)(2, pointwise, w->tile[0] > 1, src, z, origin, reach[1], c, points); break;
    default: SET(source_lines)(4, pointwise, w->tile[0] > 1, src, z, origin, reach[1], c, points);
  }
  switch (w->tile[1]) {
    case 1: break;
    case 2: SET(source_columns)(2, reach[2], points); break;
    default: SET(source_columns)(4, reach[2], points);
  }
}

/// One group of 16 channels of all tiles. Tiles above one another share slices: each is transformed once.
INLINE void SET(source_chain)(int pointwise, const vigil_source *src, const vigil_winograd *w, const long reach[3],
                              long first, long tiles, long c, float *dst) {
  lanes points[MOST_POINTS];
  const long plane = reach[1] * reach[2];
  for (long t = first; t < first + tiles; t++, dst += w->inner) {
    long origin[3];
    SET(tile_origin)(w, t, origin);
    // The padding is one voxel where the kernel has three taps.
    for (int i = 0; i < 3; i++) origin[i] -= reach[i] > 1;
    const lanes *slices[6];
    const long known = t == first || t % w->chain == 0 ? 0 : reach[0] - w->tile[0];
    for (long i = 0; i < reach[0]; i++) {
      lanes *slice = points + (t % w->chain * w->tile[0] + i) % reach[0] * plane;
      if (i >= known) SET(source_slice)(pointwise, src, w, origin[0] + i, origin, reach, c, slice);
      slices[i] = slice;
    }
    switch (w->tile[0]) {
      case 1: SET(source_depths)(1, plane, slices, dst, w->source_point_stride); break;
      case 2: SET(source_depths)(2, plane, slices, dst, w->source_point_stride); break;
      default: SET(source_depths)(4, plane, slices, dst, w->source_point_stride);
    }
  }
}

static void SET(winograd_source)(const vigil_source *src, const vigil_winograd *w, long first, long tiles, float *dst) {
  const long reach[3] = {SET(reach)(w->tile[0]), SET(reach)(w->tile[1]), SET(reach)(w->tile[2])};
  for (const vigil_source *end = src + w->sources; src < end; dst += src->channels, src++)
    for (long c = 0; c < src->channels; c += VIGIL_LANES) {
      if (src->pointwise.scale) SET(source_chain)(1, src, w, reach, first, tiles, c, dst + c);
      else SET(source_chain)(0, src, w, reach, first, tiles, c, dst + c);
    }
}

INLINE void SET(result_depths)(int m, long plane, const float *src, long stride, lanes *points) {
  const int length = m == 1 ? 1 : m + 2;
  for (long j = 0; j < plane; j++) {
    lanes line[6];
    UNROLL for (int i = 0; i < length; i++) line[i] = LOAD(src + (i * plane + j) * stride);
    SET(result_axis)(m, line, 1);
    UNROLL for (int i = 0; i < m; i++) points[i * plane + j] = line[i];
  }
}

INLINE void SET(result_columns)(int m, long depth, const long reach[3], lanes *points) {
  for (long i = 0; i < depth; i++)
    for (long k = 0; k < reach[2]; k++) SET(result_axis)(m, points + i * reach[1] * reach[2] + k, reach[2]);
}

INLINE void SET(result_lines)(int m, int streaming, const vigil_winograd *w, const long origin[3], long lines,
                              const lanes *points, float *dst, long dst_stride, double *sum, double *squares) {
  const int length = m == 1 ? 1 : m + 2;
  const long depth = w->extent[0] - origin[0] < w->tile[0] ? w->extent[0] - origin[0] : w->tile[0];
  const long height = w->extent[1] - origin[1] < w->tile[1] ? w->extent[1] - origin[1] : w->tile[1];
  const long width = w->extent[2] - origin[2] < m ? w->extent[2] - origin[2] : m;
  lanes s = {0}, q = {0};
  for (long i = 0; i < depth; i++)
    for (long j = 0; j < height; j++) {
      lanes line[6];
      UNROLL for (int k = 0; k < length; k++) line[k] = points[(i * lines + j) * length + k];
      SET(result_axis)(m, line, 1);
      float *at = dst + (((origin[0] + i) * w->extent[1] + origin[1] + j) * w->extent[2] + origin[2]) * dst_stride;
      UNROLL for (int k = 0; k < m; k++) {
        if (k >= width) break;
        s += line[k];
        q += line[k] * line[k];
        if (streaming) __builtin_nontemporal_store(line[k], (lanes *)(at + k * dst_stride));
        else STORE(at + k * dst_stride, line[k]);
      }
    }
  SET(add_double)(sum, s);
  SET(add_double)(squares, q);
}

/// The slices of a tile that lies within the result, transformed along y and x in one go and written.
INLINE void SET(result_whole_slices)(int my, int mx, int streaming, const vigil_winograd *w, const long origin[3],
                                     const lanes *points, float *dst, long dst_stride, double *sum,
                                     double *squares) {
  const int height = my + 2, width = mx + 2;
  const long line = w->extent[2] * dst_stride;
  lanes s = {0}, q = {0};
  for (long i = 0; i < w->tile[0]; i++, points += height * width) {
    lanes v[36];
    UNROLL for (int k = 0; k < width; k++) {
      UNROLL for (int j = 0; j < height; j++) v[j * width + k] = points[j * width + k];
      SET(result_axis)(my, v + k, width);
    }
    float *at = dst + (((origin[0] + i) * w->extent[1] + origin[1]) * w->extent[2] + origin[2]) * dst_stride;
    UNROLL for (int j = 0; j < my; j++) {
      SET(result_axis)(mx, v + j * width, 1);
      UNROLL for (int k = 0; k < mx; k++) {
        const lanes value = v[j * width + k];
        s += value;
        q += value * value;
        float *voxel = at + j * line + k * dst_stride;
        if (streaming) __builtin_nontemporal_store(value, (lanes *)voxel);
        else STORE(voxel, value);
      }
    }
  }
  SET(add_double)(sum, s);
  SET(add_double)(squares, q);
}

INLINE void SET(result_tile)(int streaming, const float *src, const vigil_winograd *w, const long origin[3],
                             const long reach[3], float *dst, long dst_stride, double *sum, double *squares) {
  lanes points[MOST_POINTS];
  const long plane = reach[1] * reach[2];
  switch (w->tile[0]) {
    case 1: SET(result_depths)(1, plane, src, w->result_point_stride, points); break;
    case 2: SET(result_depths)(2, plane, src, w->result_point_stride, points); break;
    default: SET(result_depths)(4, plane, src, w->result_point_stride, points);
  }
  const int whole = origin[0] + w->tile[0] <= w->extent[0] && origin[1] + w->tile[1] <= w->extent[1] &&
                    origin[2] + w->tile[2] <= w->extent[2];
  if (whole && w->tile[1] == 4 && w->tile[2] == 4) {
    SET(result_whole_slices)(4, 4, streaming, w, origin, points, dst, dst_stride, sum, squares);
    return;
  }
  if (whole && w->tile[1] == 2 && w->tile[2] == 2) {
    SET(result_whole_slices)(2, 2, streaming, w, origin, points, dst, dst_stride, sum, squares);
    return;
  }
  switch (w->tile[1]) {
    case 1: break;
    case 2: SET(result_columns)(2, w->tile[0], reach, points); break;
    default: SET(result_columns)(4, w->tile[0], reach, points);
  }
  switch (w->tile[2]) {
    case 1: SET(result_lines)(1, streaming, w, origin, reach[1], points, dst, dst_stride, sum, squares); break;
    case 2: SET(result_lines)(2, streaming, w, origin, reach[1], points, dst, dst_stride, sum, squares); break;
    default: SET(result_lines)(4, streaming, w, origin, reach[1], points, dst, dst_stride, sum, squares);
  }
}

INLINE void SET(result_block)(const float *points, const vigil_winograd *w, long first, long tiles, long count,
                              float *dst, long dst_stride, double *sum, double *squares) {
  const long reach[3] = {SET(reach)(w->tile[0]), SET(reach)(w->tile[1]), SET(reach)(w->tile[2])};
  for (long t = first; t < first + tiles; t++, points += count) {
    long origin[3];
    SET(tile_origin)(w, t, origin);
    for (long c = 0; c < count; c += VIGIL_LANES) {
      if (w->streaming)
        SET(result_tile)(1, points + c, w, origin, reach, dst + c, dst_stride, sum + c, squares + c);
      else SET(result_tile)(0, points + c, w, origin, reach, dst + c, dst_stride, sum + c, squares + c);
    }
  }
}

/// Brings part `part` of `parts` of the source of the tiles from `first` to the cache: a stretch of every line they read.
INLINE void SET(fetch)(const vigil_source *src, const vigil_winograd *w, long first, long tiles, long part,
                       long parts) {
  const long reach[3] = {SET(reach)(w->tile[0]), SET(reach)(w->tile[1]), SET(reach)(w->tile[2])};
  long origin[3];
  SET(tile_origin)(w, first, origin);
  const long depth = (w->chain - 1) * w->tile[0] + reach[0], lines = depth * reach[1];
  // The tile before has read the first voxels of the line.
  const long begin = origin[2] + (reach[2] > 1);
  const long end = begin + tiles / w->chain * w->tile[2];
  const long width = (end < src->width ? end : src->width) - begin;
  for (long line = lines * part / parts; line < lines * (part + 1) / parts; line++) {
    const long z = origin[0] + line / reach[1] - (reach[0] > 1), y = origin[1] + line % reach[1] - (reach[1] > 1);
    if (z < 0 || z >= src->depth || y < 0 || y >= src->height) continue;
    const long slice = src->ring ? z % src->ring : z;
    const float *at = src->data + ((slice * src->height + y) * src->width + begin) * src->voxel_stride;
    for (long i = 0; i < width * src->voxel_stride; i += 16) __builtin_prefetch(at + i, 0, 2);
  }
}

INLINE void SET(result_of)(const float *transformed, const vigil_source *src, const vigil_winograd *w, long first,
                           long tiles, long next, long next_tiles, long channel, long count, float *points, float *dst,
                           long dst_stride, double *sum, double *squares) {
  const long inner = w->inner;
  const long all = SET(reach)(w->tile[0]) * SET(reach)(w->tile[1]) * SET(reach)(w->tile[2]);
  for (long p = 0; p < all; p++) {
    w->product(tiles, count, inner, transformed + p * w->source_point_stride, inner,
               w->weights + p * w->weight_point_stride + channel, w->channels, points + p * w->result_point_stride, count);
    for (long s = 0; next_tiles && s < w->sources; s++) SET(fetch)(src + s, w, next, next_tiles, p, all);
  }
  SET(result_block)(points, w, first, tiles, count, dst + channel, dst_stride, sum + channel, squares + channel);
}

static void SET(winograd_result)(const float *transformed, const vigil_source *src, const vigil_winograd *w, long first,
                                 long tiles, long channel, long count, float *points, float *dst, long dst_stride,
                                 double *sum, double *squares) {
  SET(result_of)(transformed, src, w, first, tiles, 0, 0, channel, count, points, dst, dst_stride, sum, squares);
}

static void SET(winograd_write)(const float *points, const vigil_winograd *w, long first, long tiles, long count,
                                float *dst, long dst_stride, double *sum, double *squares) {
  SET(result_block)(points, w, first, tiles, count, dst, dst_stride, sum, squares);
}

static void SET(winograd)(const vigil_source *src, const vigil_winograd *w, long first, long tiles, float *scratch,
                          float *dst, long dst_stride, double *sum, double *squares) {
  const long all = SET(reach)(w->tile[0]) * SET(reach)(w->tile[1]) * SET(reach)(w->tile[2]);
  float *points = scratch + all * w->source_point_stride;
  const long last = first + tiles;
  for (long t = first; t < last; t += w->block) {
    const long n = last - t < w->block ? last - t : w->block;
    const long next = last - t - n < w->block ? last - t - n : w->block;
    SET(winograd_source)(src, w, t, n, scratch);
    for (long c = 0; c < w->channels; c += w->channels_at_once) {
      const long count = w->channels - c < w->channels_at_once ? w->channels - c : w->channels_at_once;
      SET(result_of)(scratch, src, w, t, n, t + n, c == 0 ? next : 0, c, count, points, dst, dst_stride, sum, squares);
    }
  }
}
