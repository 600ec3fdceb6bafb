// Part of body.h. From logits on a coarse grid to labels on a fine one.

typedef int SET(integers) __attribute__((vector_size(64)));
typedef unsigned short SET(halves) __attribute__((vector_size(32), aligned(2)));

INLINE SET(integers) SET(chosen)(SET(integers) mask, SET(integers) a, SET(integers) b) {
  return (mask & a) | (~mask & b);
}

/// Who wins among the heads seen so far, and for classes with what value.
typedef struct {
  lanes best;
  SET(integers) winner;
} SET(contest);

INLINE void SET(enter)(int regions, SET(contest) *contest, long head, lanes value) {
  if (regions) {
    const lanes zero = {0};
    contest->winner = SET(chosen)(value > zero, (SET(integers)){0} + (int)(head + 1), contest->winner);
  } else if (head == 0) {
    contest->best = value;
  } else {
    const SET(integers) wins = value > contest->best;
    contest->winner = SET(chosen)(wins, (SET(integers)){0} + (int)head, contest->winner);
    contest->best = (lanes)SET(chosen)(wins, (SET(integers))value, (SET(integers))contest->best);
  }
}

INLINE void SET(write_winners)(SET(integers) winners, long count, unsigned short *dst) {
  const SET(halves) narrow = __builtin_convertvector(winners, SET(halves));
  if (count >= VIGIL_LANES) *(SET(halves) *)dst = narrow;
  else memcpy(dst, &narrow, (size_t)count * sizeof *dst);
}

/// Up to 16 floats; nothing is read beyond `count`.
INLINE lanes SET(some)(const float *at, long count) {
  if (count >= VIGIL_LANES) return LOAD(at);
  lanes value = {0};
  if (count > 0) memcpy(&value, at, (size_t)count * sizeof *at);
  return value;
}

INLINE void SET(winners_of)(int regions, const vigil_heads *heads, const float *logits, long count,
                            unsigned short *winners) {
  for (long i = 0; i < count; i += VIGIL_LANES) {
    SET(contest) contest = {{0}, {0}};
    for (long head = 0; head < heads->heads; head++)
      SET(enter)(regions, &contest, head, SET(some)(logits + head * heads->stride + i, count - i));
    SET(write_winners)(contest.winner, count - i, winners + i);
  }
}

static void SET(winners)(const vigil_heads *heads, const float *logits, long count, unsigned short *winners) {
  if (heads->regions) SET(winners_of)(1, heads, logits, count, winners);
  else SET(winners_of)(0, heads, logits, count, winners);
}

static long SET(stretches)(const vigil_columns *columns, const unsigned short *const rows[4], unsigned short *common,
                           vigil_stretch *stretches) {
  const unsigned short *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  const long width = columns->width;
  for (long i = 0; i < width; i++)
    common[i] = ((a[i] ^ b[i]) | (a[i] ^ c[i]) | (a[i] ^ d[i])) ? VIGIL_MIXED : a[i];
  long count = 0;
  int done = 0;
  for (long i = 0; i < width;) {
    const unsigned short winner = common[i];
    const long first = i++;
    while (i < width && common[i] == winner) i++;
    if (winner == VIGIL_MIXED) continue;
    const int begin = columns->first[first], end = columns->last[i - 1];
    if (begin >= end) continue;
    if (begin > done) stretches[count++] = (vigil_stretch){done, begin, VIGIL_MIXED};
    stretches[count++] = (vigil_stretch){begin, end, winner};
    done = end;
  }
  if (done < columns->count) stretches[count++] = (vigil_stretch){done, (int)columns->count, VIGIL_MIXED};
  return count;
}

INLINE lanes SET(blend)(lanes low, lanes high, lanes fraction) {
#pragma clang fp contract(off)
  const lanes product = (high - low) * fraction;
  return low + product;
}

/// Up to 16 coarse columns from `column` on of one head (`head` floats after head 0), blended along slices and rows.
INLINE lanes SET(blended)(const vigil_rows *rows, long head, long column, long count) {
  const long at = head + column;
  const lanes slice = (lanes){0} + rows->slice_fraction, row = (lanes){0} + rows->row_fraction;
  lanes low = SET(some)(rows->at[0][0] + at, count);
  if (rows->slice_fraction > 0) low = SET(blend)(low, SET(some)(rows->at[1][0] + at, count), slice);
  if (!(rows->row_fraction > 0)) return low;
  lanes high = SET(some)(rows->at[0][1] + at, count);
  if (rows->slice_fraction > 0) high = SET(blend)(high, SET(some)(rows->at[1][1] + at, count), slice);
  return SET(blend)(low, high, row);
}

/// Elements of two vectors in a row by their numbers, 0 to 31.
INLINE lanes SET(picked)(lanes a, lanes b, SET(integers) places) {
#if defined(SET_AVX512)
  return (lanes)_mm512_permutex2var_ps((__m512)a, (__m512i)places, (__m512)b);
#else
  const lanes both[2] = {a, b};
  lanes result;
  UNROLL for (int i = 0; i < VIGIL_LANES; i++) result[i] = ((const float *)both)[places[i]];
  return result;
#endif
}

INLINE void SET(load_integers)(const int *at, SET(integers) *value) { memcpy(value, at, sizeof *value); }

/// Sixteen fine columns that read more than 32 coarse ones: one by one.
INLINE void SET(spread_columns)(const vigil_columns *columns, const vigil_rows *rows, long head, long x, lanes *low,
                                lanes *high) {
  for (int i = 0; i < VIGIL_LANES; i++) {
    (*low)[i] = SET(blended)(rows, head, columns->lower[x + i], 1)[0];
    (*high)[i] = SET(blended)(rows, head, columns->upper[x + i], 1)[0];
  }
}

INLINE void SET(blended_winners_of)(int regions, const vigil_heads *heads, const vigil_columns *columns,
                                    const vigil_rows *rows, long first, long end, unsigned short *winners) {
  for (long x = first; x < end; x += VIGIL_LANES) {
    const long from = columns->lower[x], reach = columns->upper[x + VIGIL_LANES - 1] - from + 1;
    const long count = columns->width - from;
    SET(integers) low_places, high_places;
    SET(load_integers)(columns->lower + x, &low_places);
    SET(load_integers)(columns->upper + x, &high_places);
    low_places -= (int)from;
    high_places -= (int)from;
    SET(contest) contest = {{0}, {0}};
    for (long head = 0; head < heads->heads; head++) {
      const long at = head * heads->stride;
      lanes low, high;
      if (reach > 2 * VIGIL_LANES) {
        SET(spread_columns)(columns, rows, at, x, &low, &high);
      } else {
        const lanes a = SET(blended)(rows, at, from, count);
        const lanes b = reach > VIGIL_LANES ? SET(blended)(rows, at, from + VIGIL_LANES, count - VIGIL_LANES) : a;
        low = SET(picked)(a, b, low_places);
        high = SET(picked)(a, b, high_places);
      }
      SET(enter)(regions, &contest, head, SET(blend)(low, high, LOAD(columns->fraction + x)));
    }
    SET(write_winners)(contest.winner, end - x, winners + (x - first));
  }
}

#if defined(SET_AVX2)
/// Eight columns at a time where they read at most eight coarse ones, as every finer grid does: one permutation of a register picks
/// them. The same operations in the same order as above.
typedef float SET(eight) __attribute__((vector_size(32)));
typedef int SET(eight_integers) __attribute__((vector_size(32)));
#define EIGHT 8

INLINE SET(eight) SET(some_eight)(const float *at, long count) {
  if (count >= EIGHT) return (SET(eight))_mm256_loadu_ps(at);
  SET(eight) value = {0};
  memcpy(&value, at, (size_t)count * sizeof *at);
  return value;
}

INLINE SET(eight) SET(blend_eight)(SET(eight) low, SET(eight) high, SET(eight) fraction) {
#pragma clang fp contract(off)
  const SET(eight) product = (high - low) * fraction;
  return low + product;
}

INLINE SET(eight) SET(blended_eight)(const vigil_rows *rows, long at, long count) {
  const SET(eight) slice = (SET(eight)){0} + rows->slice_fraction, row = (SET(eight)){0} + rows->row_fraction;
  SET(eight) low = SET(some_eight)(rows->at[0][0] + at, count);
  if (rows->slice_fraction > 0) low = SET(blend_eight)(low, SET(some_eight)(rows->at[1][0] + at, count), slice);
  if (!(rows->row_fraction > 0)) return low;
  SET(eight) high = SET(some_eight)(rows->at[0][1] + at, count);
  if (rows->slice_fraction > 0) high = SET(blend_eight)(high, SET(some_eight)(rows->at[1][1] + at, count), slice);
  return SET(blend_eight)(low, high, row);
}

INLINE void SET(winners_of_eight)(int regions, const vigil_heads *heads, const vigil_columns *columns,
                                  const vigil_rows *rows, long x, long count, unsigned short *winners) {
  const long from = columns->lower[x], coarse = columns->width - from;
  const __m256i first = _mm256_set1_epi32((int)from);
  const __m256i low_places = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(columns->lower + x)), first);
  const __m256i high_places = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(columns->upper + x)), first);
  const SET(eight) fraction = (SET(eight))_mm256_loadu_ps(columns->fraction + x);
  SET(eight) best = {0};
  SET(eight_integers) winner = {0};
  for (long head = 0; head < heads->heads; head++) {
    const __m256 line = (__m256)SET(blended_eight)(rows, head * heads->stride + from, coarse);
    const SET(eight) low = (SET(eight))_mm256_permutevar8x32_ps(line, low_places);
    const SET(eight) high = (SET(eight))_mm256_permutevar8x32_ps(line, high_places);
    const SET(eight) value = SET(blend_eight)(low, high, fraction);
    const SET(eight_integers) number = (SET(eight_integers)){0} + (int)(regions ? head + 1 : head);
    const SET(eight_integers) wins = regions ? value > (SET(eight)){0} : value > best;
    if (regions || head > 0)
      winner = (SET(eight_integers))_mm256_blendv_epi8((__m256i)winner, (__m256i)number, (__m256i)wins);
    if (!regions) best = head ? (SET(eight))_mm256_blendv_ps((__m256)best, (__m256)value, (__m256)wins) : value;
  }
  const __m128i narrow = _mm_packus_epi32(_mm256_castsi256_si128((__m256i)winner),
                                          _mm256_extracti128_si256((__m256i)winner, 1));
  if (count >= EIGHT) _mm_storeu_si128((__m128i *)winners, narrow);
  else memcpy(winners, &narrow, (size_t)count * sizeof *winners);
}

static void SET(blended_winners)(const vigil_heads *heads, const vigil_columns *columns, const vigil_rows *rows,
                                 long first, long end, unsigned short *winners) {
  for (long x = first; x < end; x += EIGHT, winners += EIGHT) {
    const long last = x + EIGHT < end ? x + EIGHT : end;
    if (columns->upper[x + EIGHT - 1] - columns->lower[x] >= EIGHT) {
      if (heads->regions) SET(blended_winners_of)(1, heads, columns, rows, x, last, winners);
      else SET(blended_winners_of)(0, heads, columns, rows, x, last, winners);
    } else if (heads->regions) {
      SET(winners_of_eight)(1, heads, columns, rows, x, last - x, winners);
    } else {
      SET(winners_of_eight)(0, heads, columns, rows, x, last - x, winners);
    }
  }
}
#undef EIGHT
#else
static void SET(blended_winners)(const vigil_heads *heads, const vigil_columns *columns, const vigil_rows *rows,
                                 long first, long end, unsigned short *winners) {
  if (heads->regions) SET(blended_winners_of)(1, heads, columns, rows, first, end, winners);
  else SET(blended_winners_of)(0, heads, columns, rows, first, end, winners);
}
#endif

INLINE void SET(fill)(unsigned short *dst, long count, unsigned short label) {
  const SET(halves) labels = (SET(halves)){0} + label;
  if (count < VIGIL_LANES) {
    for (long i = 0; i < count; i++) dst[i] = label;
    return;
  }
  for (long i = 0; i + VIGIL_LANES <= count; i += VIGIL_LANES) *(SET(halves) *)(dst + i) = labels;
  *(SET(halves) *)(dst + count - VIGIL_LANES) = labels;
}

static void SET(row)(const vigil_heads *heads, const vigil_columns *columns, const vigil_rows *rows,
                     const vigil_stretch *stretches, long count, const unsigned short *labels, unsigned short *dst,
                     long *found, long bound) {
  for (const vigil_stretch *s = stretches; s < stretches + count; s++) {
    if (s->winner != VIGIL_MIXED) {
      const unsigned short label = labels[s->winner];
      SET(fill)(dst + s->first, s->end - s->first, label);
      found[label] += s->end - s->first;
      continue;
    }
    SET(blended_winners)(heads, columns, rows, s->first, s->end, dst + s->first);
    for (long x = s->first; x < s->end; x++) {
      const unsigned short label = labels[dst[x]];
      dst[x] = label;
      found[(x & 3) * bound + label]++;
    }
  }
}

static const vigil_decision_kernels SET(vigil_decision_kernels) = {
    .row = SET(row), .winners = SET(winners), .stretches = SET(stretches), .blended_winners = SET(blended_winners)};
