#include "Handle.hpp"

namespace vigil {
namespace {

struct Shape {
  uint32_t rows = 0, columns = 0, samples = 1, allocated = 0, frames = 1;
  bool isSigned = false;
  size_t frameBytes() const { return size_t(rows) * columns * samples * (allocated / 8); }
};

Shape shape(const vigil_dicom &dicom) {
  Shape shape;
  Uint16 rows = 0, columns = 0, samples = 1, allocated = 0, representation = 0;
  Sint32 frames = 1;
  DcmDataset *dataset = dicom.dataset();
  dataset->findAndGetUint16(DCM_Rows, rows);
  dataset->findAndGetUint16(DCM_Columns, columns);
  dataset->findAndGetUint16(DCM_SamplesPerPixel, samples);
  dataset->findAndGetUint16(DCM_BitsAllocated, allocated);
  dataset->findAndGetUint16(DCM_PixelRepresentation, representation);
  if (dataset->findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1) frames = 1;
  shape.rows = rows, shape.columns = columns, shape.samples = samples, shape.allocated = allocated;
  shape.isSigned = representation == 1, shape.frames = uint32_t(frames);
  return shape;
}

/// The sample precision of a JPEG stream's frame header (SOF0 to SOF15); 0 when there is none.
unsigned jpegPrecision(const uint8_t *p, size_t count) {
  for (size_t i = 2; i + 5 <= count;) {
    if (p[i] != 0xFF) return 0;
    const uint8_t marker = p[i + 1];
    if (marker == 0xFF) {
      i++;
      continue;
    }
    const bool frame = (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) || marker == 0xF7;
    if (frame) return p[i + 4];
    i += 2 + (size_t(p[i + 2]) << 8 | p[i + 3]);
  }
  return 0;
}

bool startsStream(const uint8_t *p, uint64_t count) {
  if (count >= 2 && p[0] == 0xFF && (p[1] == 0x4F || p[1] == 0xD8)) return true;
  return count >= 12 && memcmp(p + 4, "jP  ", 4) == 0;
}

/// Which fragments, `first` up to `last`, hold one frame: all of them for one frame; one each when the counts agree;
/// otherwise a frame begins where a fragment begins a code stream (PS3.5 A.4).
bool frameFragments(vigil_dicom &dicom, const Shape &shape, uint32_t frame, size_t &first, size_t &last, std::string &reason) {
  const std::vector<Fragment> &all = dicom.fragments;
  if (all.empty()) return reason = "PixelData holds no fragments, not even the offset table", false;
  first = 1, last = all.size();
  if (shape.frames > 1 && all.size() - 1 == shape.frames) {
    first = 1 + size_t(frame), last = first + 1;
  } else if (shape.frames > 1) {
    std::vector<size_t> &starts = dicom.frameStarts;
    if (starts.empty())
      for (size_t i = 1; i < all.size(); i++)
        if (startsStream(dicom.bytes + all[i].offset, all[i].length)) starts.push_back(i);
    if (starts.size() != shape.frames)
      return reason = std::to_string(starts.size()) + " code streams for NumberOfFrames (0028,0008) " + std::to_string(shape.frames), false;
    first = starts[frame];
    last = frame + 1 < starts.size() ? starts[frame + 1] : all.size();
  }
  if (first >= last) return reason = "PixelData holds no fragment for the frame", false;
  return true;
}

/// The fragments of one frame, put together.
bool frameStream(vigil_dicom &dicom, const Shape &shape, uint32_t frame, std::vector<uint8_t> &stream, std::string &reason) {
  size_t first, last;
  if (!frameFragments(dicom, shape, frame, first, last, reason)) return false;
  for (size_t i = first; i < last; i++) {
    const Fragment &piece = dicom.fragments[i];
    stream.insert(stream.end(), dicom.bytes + piece.offset, dicom.bytes + piece.offset + piece.length);
  }
  return true;
}

/// Whether the marker segments of a JPEG or JPEG-LS stream lie within it, up to its first scan, and its frame header promises the
/// size that DICOM promised. A JPEG-LS stream must have its end, too: DCMTK's decoder looks for a marker beyond one that has none.
bool hasSoundMarkers(const uint8_t *p, size_t count, const Shape &shape, std::string &reason) {
  bool framed = false, isLS = false;
  for (size_t at = 2; at + 4 <= count;) {
    if (p[at] != 0xFF) break;
    const uint8_t marker = p[at + 1];
    const bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    if (marker == 0xFF || alone) {
      at += alone ? 2 : 1;
      continue;
    }
    const size_t length = size_t(p[at + 2]) << 8 | p[at + 3];
    if (length < 2 || length > count - at - 2) break;
    const bool frame = (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) || marker == 0xF7;
    if (frame) {
      if (length < 8) break;
      const uint32_t rows = uint32_t(p[at + 5]) << 8 | p[at + 6], columns = uint32_t(p[at + 7]) << 8 | p[at + 8];
      // No rows: their number follows the scan (DNL).
      if ((rows != 0 && rows != shape.rows) || columns != shape.columns)
        return reason = "the code stream is " + std::to_string(columns) + " x " + std::to_string(rows) + ", Columns x Rows is " + std::to_string(shape.columns) + " x " + std::to_string(shape.rows), false;
      framed = true, isLS = marker == 0xF7;
    }
    if (marker == 0xDA && framed) {
      size_t end = count - 1;
      while (isLS && end > at && !(p[end - 1] == 0xFF && p[end] == 0xD9)) end--;
      return end > at ? true : (reason = "the code stream has no end (EOI)", false);
    }
    at += 2 + length;
  }
  return reason = "the code stream ends before its first scan, or a marker segment says it is longer than the stream", false;
}

/// Looks at a frame's code stream before DCMTK does, where it can be told which fragments hold it.
bool isSoundForDCMTK(vigil_dicom &dicom, const Shape &shape, uint32_t frame, std::string &reason) {
  size_t first, last;
  std::string unknown;
  if (dicom.walk.pixelLength != undefinedLength || !frameFragments(dicom, shape, frame, first, last, unknown)) return true;
  const Fragment &piece = dicom.fragments[first];
  if (piece.length < 2 || dicom.bytes[piece.offset] != 0xFF || dicom.bytes[piece.offset + 1] != 0xD8) return true;
  if (last == first + 1) return hasSoundMarkers(dicom.bytes + piece.offset, piece.length, shape, reason);
  std::vector<uint8_t> stream;
  return frameStream(dicom, shape, frame, stream, reason) && hasSoundMarkers(stream.data(), stream.size(), shape, reason);
}

}  // namespace

bool isDecodedHere(const std::string &syntax) {
  static const char *const known[] = {UID_RLELosslessTransferSyntax,
                                      "1.2.840.10008.1.2.4.90",  "1.2.840.10008.1.2.4.91",  "1.2.840.10008.1.2.4.201",
                                      "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"};
  for (const char *uid : known)
    if (syntax == uid) return true;
  return false;
}

namespace {

bool decodeThroughDCMTK(vigil_dicom &dicom, const Shape &shape, uint32_t frame, void *pixels, size_t capacity, uint32_t &sampleBytes,
                        std::string &reason) {
  DcmElement *element = nullptr;
  if (!dicom.parsedPixels || dicom.dataset()->findAndGetElement(DCM_PixelData, element).bad())
    return reason = "no decoder for transfer syntax " + dicom.walk.transferSyntax, false;
  auto *data = dynamic_cast<DcmPixelData *>(element);
  if (!data) return reason = "PixelData (7fe0,0010) has a VR that holds no pixels", false;
  if (!isSoundForDCMTK(dicom, shape, frame, reason)) return false;
  Uint32 fragment = frame == dicom.nextFrame ? dicom.nextFragment : 0;
  OFString color;
  const OFCondition condition =
      data->getUncompressedFrame(dicom.dataset(), frame, fragment, pixels, Uint32(std::min<size_t>(capacity, 0xFFFFFFFE)), color);
  if (condition.bad())
    return reason = std::string("DCMTK cannot decode ") + DcmXfer(dicom.walk.transferSyntax.c_str()).getXferName() + ": " + condition.text(), false;
  dicom.nextFrame = frame + 1, dicom.nextFragment = fragment;
  sampleBytes = shape.allocated / 8;
  if (dicom.walk.pixelLength == undefinedLength && shape.allocated == 16 && dicom.fragments.size() > 1) {
    const Fragment &f = dicom.fragments[1];
    const bool jpeg = f.length > 2 && dicom.bytes[f.offset] == 0xFF && dicom.bytes[f.offset + 1] == 0xD8;
    const unsigned precision = jpeg ? jpegPrecision(dicom.bytes + f.offset, f.length) : 0;
    if (precision > 0 && precision <= 8) sampleBytes = 1;
  }
  return true;
}

bool decodeFrame(vigil_dicom &dicom, uint32_t frame, void *pixels, size_t capacity, uint32_t &sampleBytes, std::string &reason) {
  const Shape shape = vigil::shape(dicom);
  if (shape.rows == 0 || shape.columns == 0 || shape.samples == 0 || (shape.allocated != 8 && shape.allocated != 16 && shape.allocated != 32))
    return reason = "Rows, Columns, SamplesPerPixel or BitsAllocated is absent or not decodable", false;
  if (capacity < shape.frameBytes() || frame >= shape.frames) return reason = "the buffer is too small or the frame does not exist", false;
  if (!isDecodedHere(dicom.walk.transferSyntax)) return decodeThroughDCMTK(dicom, shape, frame, pixels, capacity, sampleBytes, reason);
  std::vector<uint8_t> stream;
  if (!frameStream(dicom, shape, frame, stream, reason)) return false;
  sampleBytes = shape.allocated / 8;
  if (dicom.walk.transferSyntax == UID_RLELosslessTransferSyntax)
    return decodeRLE(stream.data(), stream.size(), shape.rows, shape.columns, shape.samples, sampleBytes, static_cast<uint8_t *>(pixels), reason);
  return decodeJPEG2000(stream.data(), stream.size(), shape.rows, shape.columns, shape.samples, shape.isSigned, sampleBytes,
                        static_cast<uint8_t *>(pixels), reason);
}

}  // namespace
}  // namespace vigil

bool vigil_dicom_decode_frame(
    vigil_dicom *dicom, uint32_t frame, void *pixels, size_t capacity, uint32_t *sample_bytes, char *error, size_t error_capacity) {
  return vigil::guarded(false, error, error_capacity, [&] {
    std::string reason;
    const bool good = vigil::decodeFrame(*dicom, frame, pixels, capacity, *sample_bytes, reason);
    if (!good) vigil::say(error, error_capacity, reason);
    return good;
  });
}

const uint8_t *vigil_dicom_native_pixels(const vigil_dicom *dicom, size_t *count) {
  const vigil::Walk &walk = dicom->walk;
  if (walk.pixelElement != 0x0010 || walk.pixelLength == vigil::undefinedLength || walk.bigEndian || dicom->truncated || !dicom->bytes) return nullptr;
  *count = walk.pixelLength;
  return dicom->bytes + walk.pixelOffset;
}
