#ifndef VIGIL_CDECISION_H
#define VIGIL_CDECISION_H

// Included by CKernels.h: from logits on a coarse grid to labels on a fine one (decision.h). A voxel has one winner: of
// classes the head with the largest value, the first of equals, numbered from 0; of regions the last head above 0, numbered
// from 1, or 0 where there is none.

/// Planar logits: head h of a voxel lies h * stride floats after head 0.
typedef struct {
  long heads, stride;
  int regions;
} vigil_heads;

/// The columns of the fine grid: column x blends the coarse columns lower[x] and upper[x], with the share fraction[x] of the
/// latter; upper[x] is lower[x] where that is 0. Both rise with x. All three go on for 16 entries after the last column, which
/// they repeat.
typedef struct {
  const int *lower, *upper;
  const float *fraction;
  /// Coarse columns.
  long width;
  /// For every coarse column x: the first fine column whose `lower` is at least x, and one past the last whose `upper` is at
  /// most x.
  const int *first, *last;
  /// Fine columns.
  long count;
} vigil_columns;

/// Rows of head 0 around one row of the fine grid: [slice low, slice high][row low, row high], and the shares of the latter.
typedef struct {
  const float *at[2][2];
  float slice_fraction, row_fraction;
} vigil_rows;

/// Fine columns [first, end) that one winner has, or that are mixed.
typedef struct {
  int first, end;
  unsigned short winner;
} vigil_stretch;

/// Stands for corners whose winners differ.
#define VIGIL_MIXED 0xffff

typedef struct {
  /// The winners of `count` voxels from `logits` on.
  void (*winners)(const vigil_heads *heads, const float *logits, long count, unsigned short *winners);
  /// Cuts a row of the fine grid into stretches by the winners of the (up to) four rows around it, [columns->width] each: interpolation
  /// is linear, so where one head wins at all corners of a cell it wins everywhere inside. `common` has room for a row of winners,
  /// `stretches` for columns->width * 2 + 1. Returns how many there are; they fill the row.
  long (*stretches)(const vigil_columns *columns, const unsigned short *const rows[4], unsigned short *common,
                    vigil_stretch *stretches);
  /// The winners of the fine columns [first, end): every head blended along the slices, the rows and the columns, in this
  /// order, each low + (high - low) * fraction rounded twice (no fused multiply-add), so that it is the same everywhere.
  void (*blended_winners)(const vigil_heads *heads, const vigil_columns *columns, const vigil_rows *rows, long first,
                          long end, unsigned short *winners);
  /// A whole row of the fine grid, which `count` stretches fill: the label of each voxel's winner. Adds the voxels of each label to
  /// `found`, four tables of `bound` entries in turn, so that no count waits for the one before it.
  void (*row)(const vigil_heads *heads, const vigil_columns *columns, const vigil_rows *rows,
              const vigil_stretch *stretches, long count, const unsigned short *labels, unsigned short *dst, long *found,
              long bound);
} vigil_decision_kernels;

#endif
