#ifndef VIGIL_WALK_HPP
#define VIGIL_WALK_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "CDCMTK.h"

namespace vigil {

/// What a look at the bytes of a file tells before DCMTK parses them.
struct Walk {
  enum class State { complete, needsMore, malformed };
  State state = State::malformed;
  /// With `needsMore`: how long a beginning of the file to hold before walking again.
  uint64_t needed = 0;
  /// With `malformed`: what is wrong and where.
  std::string reason;
  std::string transferSyntax;
  uint64_t datasetOffset = 0;
  /// Offset of the pixel element, or where the last element ends.
  uint64_t headerEnd = 0;
  bool bigEndian = false;
  bool explicitVR = false;
  bool deflated = false;
  /// 0x0008, 0x0009 or 0x0010 of group 7FE0; 0 without pixel data.
  uint16_t pixelElement = 0;
  uint64_t pixelOffset = 0;
  /// UINT64_MAX when the length is undefined (fragments).
  uint64_t pixelLength = 0;
};

constexpr uint64_t undefinedLength = UINT64_MAX;

/// One piece of an encapsulated pixel element.
struct Fragment {
  uint64_t offset, length;
};

/// Follows the elements of a file of `total` bytes, of which the first `count` are at hand, to its pixel data, with no recursion and no
/// allocation that the file decides. Every length is checked against what encloses it, so that DCMTK, which recurses and
/// allocates as the file says, only sees files whose lengths are true.
Walk walkFile(const uint8_t *bytes, uint64_t count, uint64_t total, const vigil_limits &limits);

/// The same from the first element of a data set; `start` carries the encoding.
Walk walkDataset(const uint8_t *bytes, uint64_t count, uint64_t total, const vigil_limits &limits, Walk start);

/// The fragments of the pixel element, offset table first; `end` is where the element ends. Empty reason: all are there.
std::vector<Fragment> walkFragments(const uint8_t *bytes, uint64_t count, const Walk &walk, uint64_t &end, std::string &reason);

}  // namespace vigil

#endif
