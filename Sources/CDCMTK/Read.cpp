#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include <algorithm>

#include "Handle.hpp"
#include "dcmtk/dcmdata/dcistrmb.h"

namespace vigil {
namespace {

/// Reads bytes [bytes.size(), wanted) of the file; false, with the reason, when the file is shorter or the system refuses (`code`).
bool extend(int descriptor, std::vector<uint8_t> &bytes, uint64_t wanted, int &code, std::string &reason) {
  size_t have = bytes.size();
  bytes.resize(wanted);
  while (have < wanted) {
    const ssize_t n = pread(descriptor, bytes.data() + have, wanted - have, off_t(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return code = errno, reason = std::string("cannot be read: ") + std::strerror(code), false;
    if (n == 0) return reason = "the file became shorter while it was read", false;
    have += size_t(n);
  }
  return true;
}

/// Undoes the compression of a deflated data set (PS3.5 A.5: RFC 1951 without a header), within the budget.
bool inflateDataset(const uint8_t *bytes, uint64_t count, uint64_t budget, std::vector<uint8_t> &out, std::string &reason) {
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) return reason = "zlib cannot start", false;
  uint64_t taken = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      if (taken == count) break;
      const uint64_t piece = std::min<uint64_t>(count - taken, 1 << 30);
      stream.next_in = const_cast<uint8_t *>(bytes + taken);
      stream.avail_in = uInt(piece);
      taken += piece;
    }
    const size_t before = out.size();
    if (before >= budget) {
      reason = "the deflated data set grows beyond the budget of " + std::to_string(budget) + " bytes";
      break;
    }
    const size_t room = size_t(std::min<uint64_t>(std::max<uint64_t>(before, 1 << 16), std::min<uint64_t>(budget - before, 1 << 30)));
    out.resize(before + room);
    stream.next_out = out.data() + before;
    stream.avail_out = uInt(room);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (status == Z_BUF_ERROR && stream.avail_in == 0 && taken < count) status = Z_OK;
  }
  inflateEnd(&stream);
  if (reason.empty() && status != Z_STREAM_END) reason = "the deflated data set is damaged or cut short";
  return reason.empty();
}

E_TransferSyntax datasetSyntax(const Walk &walk) {
  if (walk.bigEndian) return EXS_BigEndianExplicit;
  return walk.explicitVR ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
}

/// Gives DCMTK `count` bytes from `begin`, which must lie before `end`.
bool parse(vigil_dicom &dicom, const uint8_t *begin, uint64_t count, const uint8_t *end, E_TransferSyntax syntax, std::string &reason) {
  if (count == 0) return reason = "the data set is empty", false;
  if (begin > end || count > uint64_t(end - begin)) return reason = "the data set ends beyond its file", false;
  DcmInputBufferStream stream;
  stream.setBuffer(begin, offile_off_t(count));
  stream.setEos();
  DcmDataset *dataset = dicom.dataset();
  dataset->transferInit();
  const OFCondition condition = dataset->read(stream, syntax, EGL_noChange, DCM_MaxReadLength);
  dataset->transferEnd();
  if (condition.bad() && condition != EC_EndOfStream) return reason = std::string("DCMTK cannot read it: ") + condition.text(), false;
  OFString set;
  if (dataset->findAndGetOFStringArray(DCM_SpecificCharacterSet, set).good()) dicom.characterSet = set.c_str();
  return true;
}

/// After the walk over a deflated file's meta information: inflates and walks the data set.
bool openDeflated(vigil_dicom &dicom, const uint8_t *bytes, uint64_t count, const vigil_limits &limits, std::string &reason) {
  const Walk &meta = dicom.walk;
  if (!inflateDataset(bytes + meta.datasetOffset, count - meta.datasetOffset, limits.inflated_bytes, dicom.inflated, reason)) return false;
  Walk start = meta;
  start.datasetOffset = 0;
  dicom.walk = walkDataset(dicom.inflated.data(), dicom.inflated.size(), dicom.inflated.size(), limits, std::move(start));
  dicom.bytes = dicom.inflated.data();
  dicom.count = dicom.inflated.size();
  if (dicom.walk.state == Walk::State::complete) return true;
  return reason = dicom.walk.reason, false;
}

void noteTruncation(vigil_dicom &dicom, uint64_t total) {
  const Walk &walk = dicom.walk;
  dicom.truncated = walk.pixelElement && walk.pixelLength != undefinedLength && (walk.pixelOffset > total || walk.pixelLength > total - walk.pixelOffset);
}

bool openHeader(vigil_dicom &dicom, int descriptor, uint64_t size, const vigil_limits &limits, int &code, std::string &reason) {
  std::vector<uint8_t> bytes;
  uint64_t wanted = std::min<uint64_t>(size, 1 << 14);
  while (true) {
    if (!extend(descriptor, bytes, wanted, code, reason)) return false;
    dicom.walk = walkFile(bytes.data(), bytes.size(), size, limits);
    if (dicom.walk.state != Walk::State::needsMore) break;
    wanted = std::min<uint64_t>(size, std::max<uint64_t>(dicom.walk.needed + (1 << 16), wanted * 2));
  }
  if (dicom.walk.state == Walk::State::malformed) return reason = dicom.walk.reason, false;
  if (dicom.walk.deflated) {
    if (size > limits.inflated_bytes) return reason = "the deflated data set is larger than the budget", false;
    if (!extend(descriptor, bytes, size, code, reason)) return false;
    if (!openDeflated(dicom, bytes.data(), bytes.size(), limits, reason)) return false;
    noteTruncation(dicom, dicom.count);
    const bool good = parse(dicom, dicom.bytes, dicom.walk.headerEnd, dicom.bytes + dicom.count, datasetSyntax(dicom.walk), reason);
    dicom.bytes = nullptr, dicom.count = 0;
    std::vector<uint8_t>().swap(dicom.inflated);
    return good;
  }
  noteTruncation(dicom, size);
  const Walk &walk = dicom.walk;
  return parse(dicom, bytes.data() + walk.datasetOffset, walk.headerEnd - walk.datasetOffset, bytes.data() + bytes.size(), datasetSyntax(walk), reason);
}

bool openWhole(vigil_dicom &dicom, const uint8_t *bytes, uint64_t count, const vigil_limits &limits, std::string &reason) {
  dicom.bytes = bytes, dicom.count = count;
  dicom.walk = walkFile(bytes, count, count, limits);
  if (dicom.walk.state != Walk::State::complete) return reason = dicom.walk.reason, false;
  if (dicom.walk.deflated && !openDeflated(dicom, bytes, count, limits, reason)) return false;
  const Walk &walk = dicom.walk;
  noteTruncation(dicom, dicom.count);
  uint64_t end = walk.headerEnd;
  E_TransferSyntax syntax = datasetSyntax(walk);
  if (walk.pixelElement && !dicom.truncated) {
    if (walk.pixelLength == undefinedLength) {
      dicom.fragments = walkFragments(dicom.bytes, dicom.count, walk, end, reason);
      if (!reason.empty()) return false;
      const DcmXfer named(walk.transferSyntax.c_str());
      const bool decodable = named.isEncapsulated() && !isDecodedHere(walk.transferSyntax);
      if (decodable) syntax = named.getXfer(), dicom.parsedPixels = true;
      else end = walk.headerEnd;
    } else if (walk.bigEndian) {
      end = walk.pixelOffset + walk.pixelLength, dicom.parsedPixels = true;
    }
  }
  return parse(dicom, dicom.bytes + walk.datasetOffset, end - walk.datasetOffset, dicom.bytes + dicom.count, syntax, reason);
}

template <typename Open>
vigil_dicom *make(char *error, size_t capacity, Open open) {
  return guarded<vigil_dicom *>(nullptr, error, capacity, [&]() -> vigil_dicom * {
    if (!vigil_dcmtk_prepare(error, capacity)) return nullptr;
    auto dicom = std::make_unique<vigil_dicom>();
    std::string reason;
    if (!open(*dicom, reason)) return say(error, capacity, reason), nullptr;
    return dicom.release();
  });
}

}  // namespace
}  // namespace vigil

vigil_dicom *vigil_dicom_read_header(
    int descriptor, uint64_t size, const vigil_limits *limits, int *code, char *error, size_t capacity) {
  return vigil::make(error, capacity, [&](vigil_dicom &dicom, std::string &reason) {
    return vigil::openHeader(dicom, descriptor, size, *limits, *code, reason);
  });
}

vigil_dicom *vigil_dicom_read_whole(const uint8_t *bytes, size_t count, const vigil_limits *limits, char *error, size_t capacity) {
  return vigil::make(error, capacity, [&](vigil_dicom &dicom, std::string &reason) {
    return vigil::openWhole(dicom, bytes, count, *limits, reason);
  });
}

vigil_dicom *vigil_dicom_make(char *error, size_t capacity) {
  return vigil::make(error, capacity, [](vigil_dicom &dicom, std::string &) {
    dicom.walk.transferSyntax = UID_LittleEndianExplicitTransferSyntax;
    dicom.characterSet = "ISO_IR 192";
    return true;
  });
}

void vigil_dicom_close(vigil_dicom *dicom) {
  vigil::guarded(0, nullptr, 0, [&] { return delete dicom, 0; });
}

const char *vigil_dicom_transfer_syntax(const vigil_dicom *dicom) { return dicom->walk.transferSyntax.c_str(); }

vigil_pixels vigil_dicom_pixels(const vigil_dicom *dicom) {
  const vigil::Walk &walk = dicom->walk;
  vigil_pixels pixels{};
  pixels.present = walk.pixelElement == 0x0010;
  pixels.encapsulated = pixels.present && walk.pixelLength == vigil::undefinedLength;
  pixels.truncated = dicom->truncated;
  pixels.direct = pixels.present && !pixels.encapsulated && !walk.bigEndian && !walk.deflated;
  pixels.offset = walk.pixelOffset;
  pixels.length = pixels.encapsulated ? 0 : walk.pixelLength;
  return pixels;
}
