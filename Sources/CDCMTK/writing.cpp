#include "CDCMTK.h"
#include "library.h"

int vigil_dataset_put_text(vigil_dataset *dataset, uint16_t group, uint16_t element, const char *value) {
  try {
    return dataset->dataset()->putAndInsertString(DcmTag(group, element), value).good() ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

int vigil_dataset_put_pixels(vigil_dataset *dataset, const uint16_t *values, size_t count) {
  try {
    return dataset->dataset()->putAndInsertUint16Array(DCM_PixelData, values, count).good() ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

int vigil_dataset_save(vigil_dataset *dataset, const char *path, char *error, size_t error_capacity) {
  try {
    const OFCondition condition = dataset->file.saveFile(OFFilename(path), EXS_LittleEndianExplicit);
    if (condition.good()) return 1;
    vigil::copyText(condition.text(), error, error_capacity);
  } catch (...) {
    vigil::copyText("DCMTK failed in an unknown way", error, error_capacity);
  }
  return 0;
}
