#include <openjpeg.h>

#include "Assertion.hpp"
#include "Handle.hpp"

namespace vigil {
namespace {

struct Source {
  const uint8_t *bytes;
  size_t count, pos;
};

OPJ_SIZE_T readSource(void *buffer, OPJ_SIZE_T wanted, void *user) {
  auto *source = static_cast<Source *>(user);
  const size_t n = std::min<size_t>(wanted, source->count - source->pos);
  if (n == 0) return OPJ_SIZE_T(-1);
  memcpy(buffer, source->bytes + source->pos, n);
  source->pos += n;
  return n;
}

OPJ_OFF_T skipSource(OPJ_OFF_T wanted, void *user) {
  auto *source = static_cast<Source *>(user);
  if (wanted < 0) return -1;
  const size_t n = std::min<size_t>(size_t(wanted), source->count - source->pos);
  source->pos += n;
  return n == 0 && wanted > 0 ? -1 : OPJ_OFF_T(n);
}

OPJ_BOOL seekSource(OPJ_OFF_T to, void *user) {
  auto *source = static_cast<Source *>(user);
  if (to < 0 || uint64_t(to) > source->count) return OPJ_FALSE;
  source->pos = size_t(to);
  return OPJ_TRUE;
}

void keepMessage(const char *message, void *user) {
  auto *text = static_cast<std::string *>(user);
  if (text->empty()) *text = message;
  while (!text->empty() && text->back() == '\n') text->pop_back();
}

struct Release {
  void operator()(opj_stream_t *stream) const { opj_stream_destroy(stream); }
  void operator()(void *codec) const { opj_destroy_codec(static_cast<opj_codec_t *>(codec)); }
  void operator()(opj_image_t *image) const { opj_image_destroy(image); }
};

template <typename Sample>
void store(const opj_image_t &image, uint32_t samples, size_t count, uint8_t *pixels) {
  for (uint32_t s = 0; s < samples; s++) {
    const OPJ_INT32 *from = image.comps[s].data;
    Sample *to = reinterpret_cast<Sample *>(pixels) + s;
    for (size_t i = 0; i < count; i++) to[i * samples] = Sample(from[i]);
  }
}

/// The header must promise exactly the frame that DICOM promised, before anything of its size is allocated.
bool fits(const opj_image_t &image, uint32_t rows, uint32_t columns, uint32_t samples, uint32_t bytesPerSample, std::string &reason) {
  if (image.numcomps != samples) return reason = "JPEG 2000: " + std::to_string(image.numcomps) + " components, SamplesPerPixel (0028,0002) is " + std::to_string(samples), false;
  for (uint32_t s = 0; s < samples; s++) {
    const opj_image_comp_t &c = image.comps[s];
    if (c.w != columns || c.h != rows || c.dx != 1 || c.dy != 1)
      return reason = "JPEG 2000: the code stream is " + std::to_string(c.w) + " x " + std::to_string(c.h) + ", Columns x Rows is " + std::to_string(columns) + " x " + std::to_string(rows), false;
    if (c.prec > bytesPerSample * 8) return reason = "JPEG 2000: precision " + std::to_string(c.prec) + " exceeds BitsAllocated (0028,0100)", false;
  }
  return true;
}

uint64_t read32(const uint8_t *p) { return uint64_t(p[0]) << 24 | uint64_t(p[1]) << 16 | uint64_t(p[2]) << 8 | p[3]; }

/// Where the code stream begins in JP2's boxes (T.800 I.4); `count` where there is none.
size_t codeStream(const uint8_t *bytes, size_t count) {
  for (size_t at = 0; count - at >= 8;) {
    if (memcmp(bytes + at + 4, "jp2c", 4) == 0) return at + (read32(bytes + at) == 1 ? 16 : 8);
    const uint64_t length = read32(bytes + at);
    if (length < 8 || length > count - at) break;
    at += size_t(length);
  }
  return count;
}

/// What the SIZ marker (T.800 A.5.1) says of the image and its tiles. OpenJPEG allocates 6 KB for each tile, up to 65,535, before anybody
/// can look at the header that it read.
bool hasSize(const uint8_t *bytes, size_t count, uint32_t rows, uint32_t columns, std::string &reason) {
  static const uint8_t start[] = {0xFF, 0x4F, 0xFF, 0x51};
  if (count < 44 || memcmp(bytes, start, sizeof start) != 0) return reason = "JPEG 2000: no SIZ marker begins the code stream", false;
  const uint8_t *p = bytes + 8;
  const uint64_t right = read32(p), bottom = read32(p + 4), left = read32(p + 8), top = read32(p + 12);
  const uint64_t tileWidth = read32(p + 16), tileHeight = read32(p + 20), tileLeft = read32(p + 24), tileTop = read32(p + 28);
  if (right != left + columns || bottom != top + rows)
    return reason = "JPEG 2000: the code stream reaches from " + std::to_string(left) + ", " + std::to_string(top) + " to " + std::to_string(right) + ", " + std::to_string(bottom) +
                    ", Columns x Rows is " + std::to_string(columns) + " x " + std::to_string(rows), false;
  if (tileWidth == 0 || tileHeight == 0 || tileLeft > left || tileTop > top) return reason = "JPEG 2000: tiles without size or place", false;
  const uint64_t across = (right - tileLeft + tileWidth - 1) / tileWidth, down = (bottom - tileTop + tileHeight - 1) / tileHeight;
  constexpr uint64_t many = 1024, smallest = 256;
  if (across > 65535 || down > 65535 || (across * down > many && across * down * smallest > uint64_t(rows) * columns))
    return reason = "JPEG 2000: " + std::to_string(across) + " x " + std::to_string(down) + " tiles, more than the budget for such an image", false;
  return true;
}

/// Calls of OpenJPEG that a damaged code stream may end in a failed assertion; only C between `setjmp` and there.
struct Call {
  opj_codec_t *decoder;
  opj_stream_t *stream;
  opj_image_t *image;
  OPJ_BOOL good;
  const char *assertion;

  bool readHeader() {
    AssertionTrap trap;
    if (VIGIL_HOLDS(trap, good = opj_read_header(stream, decoder, &image))) return true;
    return assertion = trap.assertion, false;
  }
  bool decode() {
    AssertionTrap trap;
    if (VIGIL_HOLDS(trap, good = opj_decode(decoder, stream, image))) return true;
    return assertion = trap.assertion, false;
  }
};

}  // namespace

bool decodeJPEG2000(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint32_t samples, bool, uint32_t bytesPerSample, uint8_t *pixels, std::string &reason) {
  const bool boxed = count >= 12 && memcmp(stream + 4, "jP  ", 4) == 0;
  const size_t begin = boxed ? codeStream(stream, count) : 0;
  if (begin > count || !hasSize(stream + begin, count - begin, rows, columns, reason)) return false;
  Source source{stream, count, 0};
  std::unique_ptr<opj_stream_t, Release> input(opj_stream_default_create(OPJ_TRUE));
  std::unique_ptr<void, Release> codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  if (!input || !codec) return reason = "OpenJPEG: out of memory", false;
  opj_stream_set_user_data(input.get(), &source, nullptr);
  opj_stream_set_user_data_length(input.get(), count);
  opj_stream_set_read_function(input.get(), readSource);
  opj_stream_set_skip_function(input.get(), skipSource);
  opj_stream_set_seek_function(input.get(), seekSource);
  std::string message;
  auto *decoder = static_cast<opj_codec_t *>(codec.get());
  opj_set_error_handler(decoder, keepMessage, &message);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(decoder, &parameters)) return reason = "OpenJPEG cannot start: " + message, false;
  opj_decoder_set_strict_mode(decoder, OPJ_TRUE);
  Call call{decoder, input.get(), nullptr, OPJ_FALSE, ""};
  std::unique_ptr<opj_image_t, Release> image;
  // After a failed assertion nothing of OpenJPEG's is sound enough to be released.
  const auto abandon = [&] {
    (void)input.release(), (void)codec.release(), (void)image.release();
    return reason = std::string("OpenJPEG cannot decode the code stream: assertion failed: ") + call.assertion, false;
  };
  if (!call.readHeader()) return abandon();
  image.reset(call.image);
  if (!call.good) return reason = "OpenJPEG cannot read the code stream: " + message, false;
  if (!fits(*image, rows, columns, samples, bytesPerSample, reason)) return false;
  if (!call.decode()) return abandon();
  if (!call.good) return reason = "OpenJPEG cannot decode the code stream: " + message, false;
  // OpenJPEG works on the image that it described; what is copied must still be there.
  if (!fits(*image, rows, columns, samples, bytesPerSample, reason)) return false;
  for (uint32_t s = 0; s < samples; s++)
    if (!image->comps[s].data) return reason = "OpenJPEG left a component without data", false;
  const size_t pixelsPerSample = size_t(rows) * columns;
  if (bytesPerSample == 1) store<uint8_t>(*image, samples, pixelsPerSample, pixels);
  else if (bytesPerSample == 2) store<uint16_t>(*image, samples, pixelsPerSample, pixels);
  else store<uint32_t>(*image, samples, pixelsPerSample, pixels);
  return true;
}

}  // namespace vigil
