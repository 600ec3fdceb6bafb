#include "Handle.hpp"

namespace vigil {
namespace {

uint32_t read32(const uint8_t *p) { return uint32_t(p[0]) | uint32_t(p[1]) << 8 | uint32_t(p[2]) << 16 | uint32_t(p[3]) << 24; }

/// One segment's runs (PS3.5 G.3.1) into every `stride`-th byte; how many bytes it held, at most `wanted`.
size_t unpack(const uint8_t *from, size_t count, uint8_t *to, size_t stride, size_t wanted) {
  size_t done = 0;
  for (size_t at = 0; at < count && done < wanted;) {
    const uint8_t control = from[at++];
    if (control == 128) continue;
    const size_t run = control < 128 ? size_t(control) + 1 : 257 - size_t(control);
    const size_t take = std::min(run, wanted - done);
    if (control < 128) {
      const size_t have = std::min(take, count - at);
      for (size_t i = 0; i < have; i++) to[(done + i) * stride] = from[at + i];
      done += have, at += have;
      if (have < take) break;
      at += run - take;
    } else {
      if (at == count) break;
      for (size_t i = 0; i < take; i++) to[(done + i) * stride] = from[at];
      done += take, at++;
    }
  }
  return done;
}

}  // namespace

bool decodeRLE(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint32_t samples, uint32_t bytesPerSample, uint8_t *pixels,
    std::string &reason) {
  const uint32_t segments = samples * bytesPerSample;
  if (count < 64 || read32(stream) != segments || segments > 15)
    return reason = "RLE: the frame has " + (count < 64 ? std::string("no header") : std::to_string(read32(stream)) + " segments") +
                    ", SamplesPerPixel and BitsAllocated (0028,0100) ask for " + std::to_string(segments), false;
  const size_t wanted = size_t(rows) * columns;
  for (uint32_t segment = 0; segment < segments; segment++) {
    const size_t begin = read32(stream + 4 + 4 * segment);
    const size_t end = segment + 1 < segments ? read32(stream + 8 + 4 * segment) : count;
    if (begin < 64 || end < begin || end > count)
      return reason = "RLE: segment " + std::to_string(segment + 1) + " says it lies at bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " + std::to_string(count), false;
    // Segments go from the most significant byte to the least, sample by sample; samples are little endian, pixel by pixel.
    const uint32_t sample = segment / bytesPerSample, byte = bytesPerSample - 1 - segment % bytesPerSample;
    const size_t done = unpack(stream + begin, end - begin, pixels + sample * bytesPerSample + byte, segments, wanted);
    if (done < wanted)
      return reason = "RLE: segment " + std::to_string(segment + 1) + " ends after " + std::to_string(done) + " of " + std::to_string(wanted) + " bytes", false;
  }
  return true;
}

}  // namespace vigil
