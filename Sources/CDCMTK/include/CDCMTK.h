#ifndef VIGIL_CDCMTK_H
#define VIGIL_CDCMTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// DCMTK and OpenJPEG behind a C face. No C++ exception leaves these functions. Where a function can fail it returns false or
// null and writes one sentence, terminated by zero and cut to `capacity`, into `error`. Tags are (group << 16 | element).
// A handle may be used by one thread at a time; different handles by different threads at once.

/// The version of DCMTK this was built against, for instance "3.6.7". Static storage.
const char *vigil_dcmtk_version(void);

/// Makes DCMTK silent, registers its codecs and checks that its data dictionary was found. Runs once; later calls give the
/// same answer. Every function below that needs it calls it.
bool vigil_dcmtk_prepare(char *error, size_t capacity);

/// From now on a request of C++ for memory that the system refuses ends the process with `status`, after a sentence on standard
/// error. Without it such a request is an error like one of the file's.
void vigil_end_without_memory(int status);

/// The tag that the data dictionary gives to a keyword such as "PatientPosition"; false if it has none.
bool vigil_dictionary_tag(const char *keyword, uint32_t *tag);

/// The value representation that the data dictionary gives to a keyword, two letters and a null; false if it has none.
bool vigil_dictionary_vr(const char *keyword, char vr[3]);

/// A file in memory: its data set and, when it was read whole, its pixels.
typedef struct vigil_dicom vigil_dicom;
/// A data set or a sequence's item inside a `vigil_dicom`, which owns it. Null stands for the data set itself.
typedef struct vigil_item vigil_item;

/// What one file may cost. Checked on the file's bytes before DCMTK sees them.
typedef struct {
  /// Bytes before the pixel data, after inflating a deflated data set.
  uint64_t header_bytes;
  /// Elements and items, all levels together.
  uint64_t elements;
  /// Elements directly in the data set or in one item: looking one up takes as many steps.
  uint64_t item_elements;
  /// Levels of sequences.
  uint32_t depth;
  /// Bytes of a deflated data set after inflating, pixels included.
  uint64_t inflated_bytes;
} vigil_limits;

/// Where the pixel data of a file lie.
typedef struct {
  /// Whether there is a PixelData element (not FloatPixelData or DoubleFloatPixelData).
  bool present;
  /// Whether it holds fragments of a compressed stream.
  bool encapsulated;
  /// Whether the file ends before the pixel data do (checked for native pixel data; for fragments when they are read).
  bool truncated;
  /// Whether the value can be copied as it is: native, little endian, not deflated.
  bool direct;
  /// Bytes from the start of the file (of the inflated data set for a deflated one) to the value, and its length.
  uint64_t offset, length;
} vigil_pixels;

/// Reads an open file up to its pixel data. `descriptor` must be a regular file of `size` bytes; it is not closed. `*code`, 0 before,
/// becomes the value of errno where the system did not let it be read.
vigil_dicom *vigil_dicom_read_header(
    int descriptor, uint64_t size, const vigil_limits *limits, int *code, char *error, size_t capacity);

/// Takes a whole file, `count` bytes, that must stay where it is until the handle is closed.
vigil_dicom *vigil_dicom_read_whole(const uint8_t *bytes, size_t count, const vigil_limits *limits, char *error, size_t capacity);

/// Releases the handle and everything borrowed from it. Null is allowed.
void vigil_dicom_close(vigil_dicom *dicom);

/// The transfer syntax UID the data set was read with. Lives as long as the handle.
const char *vigil_dicom_transfer_syntax(const vigil_dicom *dicom);

/// Where the pixel data lie.
vigil_pixels vigil_dicom_pixels(const vigil_dicom *dicom);

// Reading attributes

/// The number of values of an element; 0 when it is empty, -1 when it is absent.
int64_t vigil_item_multiplicity(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag);

/// The element's value as UTF-8 (from its SpecificCharacterSet), several values separated by backslashes, outer padding removed,
/// control characters replaced.
/// Returns the number of bytes, of which at most `capacity` were written, or -1 when the element is absent or has no text form, as
/// values of more than 64 KiB have none.
int64_t vigil_item_text(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, char *text, size_t capacity);

/// Numbers of DS, IS and of the binary number VRs. Returns how many were written, at most `capacity`; -1 when the element is
/// absent or one of its values is no number.
int64_t vigil_item_doubles(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, double *values, size_t capacity);

/// The bytes of an OB, OW, OF, OD, OL, UN element in the machine's byte order; null when absent or of another kind.
const uint8_t *vigil_item_bytes(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, size_t *count);

/// The number of items of a sequence; -1 when it is absent.
int64_t vigil_item_count(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag);

/// One item of a sequence; null when there is none.
vigil_item *vigil_item_child(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, size_t index);

/// The number of elements directly in an item.
size_t vigil_item_elements(const vigil_dicom *dicom, const vigil_item *item);

/// The element at a position of an item: its tag, its VR (two letters and zero) and its keyword ("" when the dictionary has none).
bool vigil_item_element(
    const vigil_dicom *dicom, const vigil_item *item, size_t index, uint32_t *tag, char vr[3], char *keyword, size_t capacity);

// Pixels

/// Decodes one frame of a file read whole into `frame`: stored values, `Rows * Columns * SamplesPerPixel`, little endian,
/// `*sample_bytes` bytes each. `capacity` must hold them with BitsAllocated bits each.
bool vigil_dicom_decode_frame(
    vigil_dicom *dicom, uint32_t frame, void *pixels, size_t capacity, uint32_t *sample_bytes, char *error, size_t error_capacity);

/// The native little-endian pixel data of a file read whole, all frames; null when they are encapsulated or big endian.
const uint8_t *vigil_dicom_native_pixels(const vigil_dicom *dicom, size_t *count);

/// Turns stored samples into values: takes `bits_stored` bits up to `high_bit` of each (little endian, `sample_bytes` of 1, 2 or 4
/// bytes), extends the sign of signed ones, multiplies by `slope` and adds `intercept` in double precision, rounds once.
void vigil_samples_to_float(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed,
    double slope, double intercept, float *values);

/// The same values as whole numbers; false, with `values` undefined, when one of them is no whole number or does not fit.
bool vigil_samples_to_int16(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed,
    double slope, double intercept, int16_t *values);

// Writing

/// An empty data set.
vigil_dicom *vigil_dicom_make(char *error, size_t capacity);

/// Sets an element from its text form (numbers in decimal, several values separated by backslashes). `vr` chooses the VR where
/// the dictionary leaves a choice; null takes the dictionary's.
bool vigil_item_set_text(vigil_dicom *dicom, vigil_item *item, uint32_t tag, const char *vr, const char *text);

/// Sets an OB or OW element from bytes (OW: little endian words).
bool vigil_item_set_bytes(vigil_dicom *dicom, vigil_item *item, uint32_t tag, const char *vr, const void *bytes, size_t count);

/// Appends an item to a sequence, which is made if it is absent.
vigil_item *vigil_item_append(vigil_dicom *dicom, vigil_item *item, uint32_t tag);

/// Writes a Part 10 file in the given transfer syntax, compressing pixel data where that asks for it. The path must not exist.
bool vigil_dicom_write(vigil_dicom *dicom, const char *path, const char *transfer_syntax, char *error, size_t capacity);

// DICOM Segmentation, through dcmseg

/// A binary Segmentation being built.
typedef struct vigil_segmentation vigil_segmentation;

/// A code: value, scheme, meaning.
typedef struct {
  const char *value, *scheme, *meaning;
} vigil_code;

/// The instance that a frame was drawn on; `frame` is 0 when it has only one.
typedef struct {
  const char *class_uid, *instance_uid;
  uint16_t frame;
} vigil_instance_reference;

/// What a Segmentation is called: SOPInstanceUID, SeriesInstanceUID, DimensionOrganizationUID.
typedef struct {
  const char *instance, *series, *dimensions;
} vigil_segmentation_uids;

/// An empty binary Segmentation of the patient, study and frame of reference that `source`'s header names. Nothing in it is random or
/// the time of day.
vigil_segmentation *vigil_segmentation_make(
    const vigil_dicom *source, uint16_t rows, uint16_t columns, vigil_segmentation_uids uids, const char *series_description,
    const char *software, char *error, size_t capacity);

/// Releases it. Null is allowed.
void vigil_segmentation_close(vigil_segmentation *segmentation);

/// Adds the next segment, numbered from 1 in the order of the calls.
bool vigil_segmentation_add_segment(
    vigil_segmentation *segmentation, const char *label, vigil_code category, vigil_code type, const char *algorithm,
    char *error, size_t capacity);

/// Sets what holds for all frames: six direction cosines, row spacing and column spacing, slice spacing, all as Decimal Strings.
bool vigil_segmentation_set_grid(
    vigil_segmentation *segmentation, const char *const *orientation, const char *pixel_spacing, const char *thickness,
    char *error, size_t capacity);

/// Adds a frame of a segment: one byte a pixel, not 0 inside. `level` is the position's number, from 1. `source` may be null.
bool vigil_segmentation_add_frame(
    vigil_segmentation *segmentation, uint16_t segment, const uint8_t *mask, const char *const *position, uint32_t level,
    const vigil_instance_reference *source, char *error, size_t capacity);

/// Writes it, explicit little endian, with references to the instances `references` of the source's series. The path must not exist.
/// `code`: the value of errno where the system refused to write the file, otherwise 0.
bool vigil_segmentation_write(
    vigil_segmentation *segmentation, const vigil_dicom *source, const vigil_instance_reference *references, size_t count, const char *date,
    const char *time, const char *path, int *code, char *error, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
