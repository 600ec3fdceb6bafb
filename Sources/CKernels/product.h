// Part of body.h. Small matrix products on packed weights: where OpenBLAS lacks a kernel as wide as the processor, and
// without its packing of operands that are used once.

/// ROWS_AT_ONCE x PANELS_AT_ONCE * 16 sums stay in registers; both are set per instruction set.
INLINE void SET(product)(int rows, int panels, const float *a, long a_stride, const float *b, long inner, float *c,
                         long c_stride, int adding) {
  lanes sums[ROWS_AT_ONCE][PANELS_AT_ONCE];
  UNROLL for (int r = 0; r < rows; r++)
    for (int p = 0; p < panels; p++)
      sums[r][p] = adding ? LOAD(c + r * c_stride + p * VIGIL_LANES) : (lanes){0};
  for (long k = 0; k < inner; k++) {
    lanes weights[PANELS_AT_ONCE];
    for (int p = 0; p < panels; p++) weights[p] = LOAD(b + (p * inner + k) * VIGIL_LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      const lanes value = a[r * a_stride + k] - (lanes){0};
      for (int p = 0; p < panels; p++) sums[r][p] += value * weights[p];
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    for (int p = 0; p < panels; p++) STORE(c + r * c_stride + p * VIGIL_LANES, sums[r][p]);
}

#define PRODUCT_OF(rows)                                                                   \
  case rows:                                                                               \
    SET(product)(rows < ROWS_AT_ONCE ? rows : ROWS_AT_ONCE, panels, a, a_stride, b, inner, c, c_stride, adding); \
    break

INLINE void SET(product_rows)(int panels, const float *a, long a_stride, const float *b, long inner, long rows,
                              float *c, long c_stride, int adding) {
  for (; rows > 0; rows -= ROWS_AT_ONCE, a += ROWS_AT_ONCE * a_stride, c += ROWS_AT_ONCE * c_stride) {
    switch (rows) {
      PRODUCT_OF(1);
      PRODUCT_OF(2);
      PRODUCT_OF(3);
      PRODUCT_OF(4);
      PRODUCT_OF(5);
      PRODUCT_OF(6);
      PRODUCT_OF(7);
      PRODUCT_OF(8);
      PRODUCT_OF(9);
      PRODUCT_OF(10);
      PRODUCT_OF(11);
      default: SET(product)(ROWS_AT_ONCE, panels, a, a_stride, b, inner, c, c_stride, adding);
    }
  }
}

#undef PRODUCT_OF

static void SET(multiply)(const float *a, long a_stride, const float *b, long inner, long rows, long columns, float *c,
                          long c_stride, int adding) {
  long column = 0;
  for (; column + PANELS_AT_ONCE * VIGIL_LANES <= columns; column += PANELS_AT_ONCE * VIGIL_LANES)
    SET(product_rows)(PANELS_AT_ONCE, a, a_stride, b + column * inner, inner, rows, c + column, c_stride, adding);
  for (; column < columns; column += VIGIL_LANES)
    SET(product_rows)(1, a, a_stride, b + column * inner, inner, rows, c + column, c_stride, adding);
}
