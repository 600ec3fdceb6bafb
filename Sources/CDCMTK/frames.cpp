#include "CDCMTK.h"
#include "library.h"

#include "dcmtk/dcmdata/dcpixel.h"

int vigil_dataset_frame(
    vigil_dataset *dataset, uint8_t *buffer, size_t capacity, char *error, size_t error_capacity) {
  const auto fail = [&](const std::string &words) {
    vigil::copyText(words, error, error_capacity);
    return 0;
  };
  try {
    DcmElement *element = nullptr;
    if (dataset->dataset()->findAndGetElement(DCM_PixelData, element).bad() || element == nullptr) {
      return fail("there is no Pixel Data");
    }
    auto *pixels = dynamic_cast<DcmPixelData *>(element);
    if (pixels == nullptr) return fail("Pixel Data has an unusable type");
    Uint32 size = 0;
    OFCondition condition = pixels->getUncompressedFrameSize(dataset->dataset(), size);
    if (condition.bad()) return fail(condition.text());
    if (size != capacity) {
      return fail("a frame has " + std::to_string(size) + " bytes, expected " + std::to_string(capacity));
    }
    Uint32 fragment = 0;
    OFString colorModel;
    const Uint32 even = size + (size & 1);
    if (even == size) {
      condition = pixels->getUncompressedFrame(dataset->dataset(), 0, fragment, buffer, size, colorModel);
    } else {
      std::string padded(even, '\0');
      condition = pixels->getUncompressedFrame(dataset->dataset(), 0, fragment, &padded[0], even, colorModel);
      if (condition.good()) padded.copy(reinterpret_cast<char *>(buffer), size);
    }
    return condition.good() ? 1 : fail(condition.text());
  } catch (const std::exception &exception) {
    return fail(exception.what());
  } catch (...) {
    return fail("DCMTK failed in an unknown way");
  }
}
