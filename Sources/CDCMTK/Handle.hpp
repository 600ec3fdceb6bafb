#ifndef VIGIL_HANDLE_HPP
#define VIGIL_HANDLE_HPP

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "CDCMTK.h"
#include "Text.hpp"
#include "Walk.hpp"
#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

struct vigil_dicom {
  DcmFileFormat file;
  vigil::Walk walk;
  std::string characterSet;
  /// The bytes that `walk`'s offsets count from: the caller's, or `inflated`.
  const uint8_t *bytes = nullptr;
  size_t count = 0;
  std::vector<uint8_t> inflated;
  std::vector<vigil::Fragment> fragments;
  bool parsedPixels = false;
  bool truncated = false;
  /// Where each frame's fragments begin among `fragments`, where their number alone does not tell; found once.
  std::vector<size_t> frameStarts;
  /// Where the decoder stands after the last frame: frames are usually asked for in order.
  uint32_t nextFrame = 0, nextFragment = 0;
  /// The member of a long sequence or item that was asked for last. DCMTK's lists count from their beginning every time, so that
  /// going through a million members would take hours.
  struct Cursor {
    DcmObject *member = nullptr;
    size_t index = 0;
  };
  mutable std::unordered_map<const DcmObject *, Cursor> cursors;

  DcmDataset *dataset() const { return const_cast<vigil_dicom *>(this)->file.getDataset(); }
  DcmItem *item(const vigil_item *item) const {
    return item ? reinterpret_cast<DcmItem *>(const_cast<vigil_item *>(item)) : dataset();
  }
};

namespace vigil {

/// Copies a sentence into a caller's buffer, cut and terminated. What a file put into it may be anything: only ASCII stays.
inline void say(char *error, size_t capacity, const std::string &sentence) {
  if (!error || !capacity) return;
  const size_t n = sentence.size() < capacity - 1 ? sentence.size() : capacity - 1;
  for (size_t i = 0; i < n; i++) error[i] = sentence[i] >= 0x20 && sentence[i] < 0x7F ? sentence[i] : '?';
  error[n] = 0;
}

inline DcmTagKey key(uint32_t tag) { return DcmTagKey(Uint16(tag >> 16), Uint16(tag & 0xFFFF)); }

/// Runs `body`, turning an exception into `failed` and a sentence.
template <typename Result, typename Body>
Result guarded(Result failed, char *error, size_t capacity, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    say(error, capacity, "out of memory");
  } catch (const std::exception &e) {
    say(error, capacity, e.what());
  } catch (...) {
    say(error, capacity, "an unknown C++ exception");
  }
  return failed;
}

/// Decodes a JPEG 2000 or HTJ2K code stream into little-endian samples.
bool decodeJPEG2000(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint32_t samples, bool isSigned, uint32_t bytesPerSample, uint8_t *pixels,
    std::string &reason);

/// Decodes one frame of RLE Lossless (PS3.5 annex G) into little-endian samples. DCMTK 3.6.7's decoder reads beyond frames whose
/// segments lie about where they are.
bool decodeRLE(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint32_t samples, uint32_t bytesPerSample, uint8_t *pixels,
    std::string &reason);

/// Whether frames of this transfer syntax are decoded here, not by DCMTK, which then need not see the fragments.
bool isDecodedHere(const std::string &transferSyntax);

}  // namespace vigil

#endif
