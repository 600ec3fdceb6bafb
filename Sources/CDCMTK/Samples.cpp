#include <cmath>
#include <cstring>
#include <type_traits>

#include "CDCMTK.h"

namespace {

/// `left` puts the high bit at the top of the sample's type; `right` brings the lowest stored bit to the bottom, with sign where `Sample`
/// has one. The stored bits of 8 and 16 are exact in float, so that adding a whole intercept is, too.
template <typename Sample>
void convert(const uint8_t *samples, size_t count, unsigned left, unsigned right, double slope, double intercept, float *values) {
  using Bits = std::make_unsigned_t<Sample>;
  const bool whole = sizeof(Sample) <= 2 && slope == 1 && intercept == std::trunc(intercept) && std::fabs(intercept) <= 8388608.0;
  const float offset = float(intercept);
  for (size_t i = 0; i < count; i++) {
    Bits bits;
    memcpy(&bits, samples + i * sizeof bits, sizeof bits);
    const Sample value = Sample(Sample(Bits(bits << left)) >> right);
    values[i] = whole ? float(value) + offset : float(double(value) * slope + intercept);
  }
}

}  // namespace

void vigil_samples_to_float(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed,
    double slope, double intercept, float *values) {
  const auto *bytes = static_cast<const uint8_t *>(samples);
  const unsigned width = sample_bytes * 8;
  if (high_bit >= width || bits_stored == 0 || bits_stored > high_bit + 1) {
    high_bit = width - 1;
    if (bits_stored == 0 || bits_stored > width) bits_stored = width;
  }
  const unsigned left = width - 1 - high_bit, right = width - bits_stored;
  if (sample_bytes == 1 && is_signed) convert<int8_t>(bytes, count, left, right, slope, intercept, values);
  else if (sample_bytes == 1) convert<uint8_t>(bytes, count, left, right, slope, intercept, values);
  else if (sample_bytes == 2 && is_signed) convert<int16_t>(bytes, count, left, right, slope, intercept, values);
  else if (sample_bytes == 2) convert<uint16_t>(bytes, count, left, right, slope, intercept, values);
  else if (is_signed) convert<int32_t>(bytes, count, left, right, slope, intercept, values);
  else convert<uint32_t>(bytes, count, left, right, slope, intercept, values);
}
