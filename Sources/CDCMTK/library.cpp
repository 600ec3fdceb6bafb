#include "library.h"

#include "CDCMTK.h"

#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/oflog/oflog.h"

#include <cstring>
#include <mutex>

namespace vigil {

void prepareLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
  });
}

void copyText(const std::string &text, char *buffer, size_t capacity) {
  if (buffer == nullptr || capacity == 0) return;
  const size_t count = text.size() < capacity - 1 ? text.size() : capacity - 1;
  std::memcpy(buffer, text.data(), count);
  buffer[count] = 0;
}

}  // namespace vigil

const char *vigil_dcmtk_version(void) { return OFFIS_DCMTK_VERSION; }

int vigil_dcmtk_has_dictionary(void) {
  try {
    vigil::prepareLibrary();
    return dcmDataDict.isDictionaryLoaded() ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

int vigil_dcmtk_tag(const char *keyword, uint16_t *group, uint16_t *element) {
  try {
    vigil::prepareLibrary();
    DcmTag tag;
    if (DcmTag::findTagFromName(keyword, tag).bad()) return 0;
    // findTagFromName also reads "gggg,eeee"; a keyword has no comma.
    if (std::strchr(keyword, ',') != nullptr) return 0;
    *group = tag.getGroup();
    *element = tag.getElement();
    return 1;
  } catch (...) {
    return 0;
  }
}
