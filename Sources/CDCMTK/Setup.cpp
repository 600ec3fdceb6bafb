#include <unistd.h>

#include <mutex>
#include <new>

#include "Handle.hpp"
#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmdata/dcrleerg.h"
#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpeg/djencode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/dcmjpls/djencode.h"
#include "dcmtk/oflog/oflog.h"

const char *vigil_dcmtk_version(void) { return OFFIS_DCMTK_VERSION; }

namespace {
std::string prepareOnce() {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  DJDecoderRegistration::registerCodecs(EDC_never);
  DJLSDecoderRegistration::registerCodecs();
  DcmRLEDecoderRegistration::registerCodecs();
  // The encoders write synthetic series and DICOM SEG.
  DJEncoderRegistration::registerCodecs();
  DJLSEncoderRegistration::registerCodecs();
  DcmRLEEncoderRegistration::registerCodecs();
  if (dcmDataDict.isDictionaryLoaded()) return "";
  return "DCMTK found no data dictionary (Debian's libdcmtk17 installs it as /usr/share/libdcmtk17/dicom.dic): reinstall that package, "
         "or name the file in the environment variable DCMDICTPATH";
}

int statusWithoutMemory;

void endWithoutMemory() {
  static const char sentence[] = "vigil: out of memory; what was under way is taken up at the next start\n";
  (void)!write(STDERR_FILENO, sentence, sizeof sentence - 1);
  _exit(statusWithoutMemory);
}
}  // namespace

void vigil_end_without_memory(int status) {
  statusWithoutMemory = status;
  std::set_new_handler(endWithoutMemory);
}

bool vigil_dcmtk_prepare(char *error, size_t capacity) {
  return vigil::guarded(false, error, capacity, [&] {
    // Never a second time: where memory ran out in the middle, DCMTK's dictionary stays locked.
    static const std::string problem =
        vigil::guarded(std::string("DCMTK could not be set up: out of memory"), nullptr, 0, [] { return prepareOnce(); });
    vigil::say(error, capacity, problem);
    return problem.empty();
  });
}

bool vigil_dictionary_vr(const char *keyword, char vr[3]) {
  return vigil::guarded(false, nullptr, 0, [&] {
    if (!vigil_dcmtk_prepare(nullptr, 0)) return false;
    const DcmDataDictionary &dictionary = dcmDataDict.rdlock();
    const DcmDictEntry *entry = dictionary.findEntry(keyword);
    if (entry) std::snprintf(vr, 3, "%s", DcmVR(entry->getEVR()).getVRName());
    dcmDataDict.rdunlock();
    return entry != nullptr;
  });
}

bool vigil_dictionary_tag(const char *keyword, uint32_t *tag) {
  return vigil::guarded(false, nullptr, 0, [&] {
    if (!vigil_dcmtk_prepare(nullptr, 0)) return false;
    const DcmDataDictionary &dictionary = dcmDataDict.rdlock();
    const DcmDictEntry *entry = dictionary.findEntry(keyword);
    if (entry) *tag = uint32_t(entry->getGroup()) << 16 | entry->getElement();
    dcmDataDict.rdunlock();
    return entry != nullptr;
  });
}
