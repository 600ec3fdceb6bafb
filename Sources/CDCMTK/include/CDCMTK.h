#ifndef VIGIL_CDCMTK_H
#define VIGIL_CDCMTK_H

// DCMTK behind a C face: opaque handles, sizes checked before anything is allocated, no exception leaves it.
// Texts are UTF-8 where the data set's character set can be converted. Error buffers are always terminated.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A data set in memory, with the open file behind it where values were left on disk.
typedef struct vigil_dataset vigil_dataset;

/// The version of DCMTK this was built against, for instance "3.6.7". Static storage.
const char *vigil_dcmtk_version(void);

/// Whether DCMTK found its data dictionary, without which no keyword and no implicit VR is known.
int vigil_dcmtk_has_dictionary(void);

/// The tag of a DICOM keyword (PS3.6), for instance "Modality". Returns 0 where there is none.
int vigil_dcmtk_tag(const char *keyword, uint16_t *group, uint16_t *element);

/// Opens a DICOM file. With `header_only` reading stops before Pixel Data. NULL and a sentence in `error` on failure.
vigil_dataset *vigil_dataset_open(const char *path, int header_only, char *error, size_t error_capacity);

/// A new, empty data set.
vigil_dataset *vigil_dataset_new(void);

/// Releases a data set. NULL is allowed.
void vigil_dataset_close(vigil_dataset *dataset);

/// Whether the file began with the preamble and prefix of PS3.10.
int vigil_dataset_has_preamble(const vigil_dataset *dataset);

/// UID of the transfer syntax that the file was written in; "" when unknown. Valid until the data set is closed.
const char *vigil_dataset_transfer_syntax(const vigil_dataset *dataset);

/// Whether the data set has the attribute, also without a value.
int vigil_dataset_has(const vigil_dataset *dataset, uint16_t group, uint16_t element);

/// Copies the attribute's text, values separated by backslashes, terminated, cut to `capacity`. Returns its whole length in
/// bytes, or -1 where it is absent or no text.
long vigil_dataset_text(
    const vigil_dataset *dataset, uint16_t group, uint16_t element, char *buffer, size_t capacity);

/// Decodes frame 0 into `buffer` as stored values in the machine's byte order, uncompressed. `capacity` must be exactly
/// Rows * Columns * SamplesPerPixel * BitsAllocated / 8. Returns 1, or 0 and a sentence in `error`.
int vigil_dataset_frame(
    vigil_dataset *dataset, uint8_t *buffer, size_t capacity, char *error, size_t error_capacity);

/// Sets a text attribute; the tag's VR comes from the dictionary. Returns 1 on success.
int vigil_dataset_put_text(vigil_dataset *dataset, uint16_t group, uint16_t element, const char *value);

/// Sets Pixel Data, 16 bits allocated. Returns 1 on success.
int vigil_dataset_put_pixels(vigil_dataset *dataset, const uint16_t *values, size_t count);

/// Writes a PS3.10 file, explicit VR little endian. Returns 1, or 0 and a sentence in `error`.
int vigil_dataset_save(vigil_dataset *dataset, const char *path, char *error, size_t error_capacity);

#ifdef __cplusplus
}
#endif

#endif
