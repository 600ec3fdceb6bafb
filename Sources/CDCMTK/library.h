#ifndef VIGIL_CDCMTK_LIBRARY_H
#define VIGIL_CDCMTK_LIBRARY_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

#include <string>

/// What stands behind the opaque handle.
struct vigil_dataset {
  DcmFileFormat file;
  std::string transferSyntax;
  bool hasPreamble = false;

  DcmDataset *dataset() const { return const_cast<DcmFileFormat &>(file).getDataset(); }
};

namespace vigil {

/// Registers the codecs and silences the log, once.
void prepareLibrary();

/// Copies `text` into a buffer, cut and terminated.
void copyText(const std::string &text, char *buffer, size_t capacity);

}  // namespace vigil

#endif
