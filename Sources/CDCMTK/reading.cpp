#include "CDCMTK.h"
#include "library.h"

#include "dcmtk/dcmdata/dcspchrs.h"

#include <cstdio>
#include <memory>

namespace {

/// Values longer than this stay on disk until they are asked for.
const Uint32 longestValueInMemory = 64 * 1024;

bool beginsWithPreamble(const char *path) {
  std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(path, "rb"), std::fclose);
  if (!file) return false;
  char bytes[132];
  return std::fread(bytes, 1, sizeof bytes, file.get()) == sizeof bytes && std::string(bytes + 128, 4) == "DICM";
}

OFCondition load(vigil_dataset &dataset, const char *path, bool headerOnly) {
  const OFFilename name(path);
  if (!headerOnly) {
    return dataset.file.loadFile(name, EXS_Unknown, EGL_noChange, longestValueInMemory, ERM_autoDetect);
  }
  return dataset.file.loadFileUntilTag(
      name, EXS_Unknown, EGL_noChange, longestValueInMemory, ERM_autoDetect, DCM_PixelData);
}

}  // namespace

vigil_dataset *vigil_dataset_open(const char *path, int header_only, char *error, size_t error_capacity) {
  try {
    vigil::prepareLibrary();
    auto dataset = std::make_unique<vigil_dataset>();
    dataset->hasPreamble = beginsWithPreamble(path);
    const OFCondition condition = load(*dataset, path, header_only != 0);
    if (condition.bad()) {
      vigil::copyText(condition.text(), error, error_capacity);
      return nullptr;
    }
    dataset->transferSyntax = DcmXfer(dataset->dataset()->getOriginalXfer()).getXferID();
    if (DcmSpecificCharacterSet::isConversionAvailable()) dataset->dataset()->convertToUTF8();
    return dataset.release();
  } catch (const std::exception &exception) {
    vigil::copyText(exception.what(), error, error_capacity);
  } catch (...) {
    vigil::copyText("DCMTK failed in an unknown way", error, error_capacity);
  }
  return nullptr;
}

vigil_dataset *vigil_dataset_new(void) {
  try {
    vigil::prepareLibrary();
    return new vigil_dataset;
  } catch (...) {
    return nullptr;
  }
}

void vigil_dataset_close(vigil_dataset *dataset) { delete dataset; }

int vigil_dataset_has_preamble(const vigil_dataset *dataset) { return dataset->hasPreamble ? 1 : 0; }

const char *vigil_dataset_transfer_syntax(const vigil_dataset *dataset) { return dataset->transferSyntax.c_str(); }

int vigil_dataset_has(const vigil_dataset *dataset, uint16_t group, uint16_t element) {
  try {
    return dataset->dataset()->tagExists(DcmTagKey(group, element)) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

long vigil_dataset_text(
    const vigil_dataset *dataset, uint16_t group, uint16_t element, char *buffer, size_t capacity) {
  try {
    OFString text;
    if (dataset->dataset()->findAndGetOFStringArray(DcmTagKey(group, element), text).bad()) return -1;
    const std::string value(text.c_str(), text.size());
    vigil::copyText(value, buffer, capacity);
    return static_cast<long>(value.size());
  } catch (...) {
    return -1;
  }
}
