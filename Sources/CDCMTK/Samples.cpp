#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "CDCMTK.h"

namespace {

/// `left` puts the high bit at the top of the sample's type; `right` brings the lowest stored bit to the bottom, with sign where `Sample`
/// has one. The stored bits of 8 and 16 are exact in float, so that adding a whole intercept is, too.
template <typename Sample>
struct Samples {
  using Bits = std::make_unsigned_t<Sample>;
  const uint8_t *bytes;
  size_t count;
  unsigned left, right;
  double slope, intercept;

  Sample operator[](size_t i) const {
    Bits bits;
    memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
    return Sample(Sample(Bits(bits << left)) >> right);
  }
  bool isWhole() const {
    return sizeof(Sample) <= 2 && slope == 1 && intercept == std::trunc(intercept) && std::fabs(intercept) <= 8388608.0;
  }
  /// What the stored bits can say; for samples of at most 16 bits.
  int32_t least() const { return std::is_signed_v<Sample> ? std::numeric_limits<Sample>::min() >> right : 0; }
  int32_t most() const { return std::numeric_limits<Sample>::max() >> right; }
  float scaled(size_t i) const { return float(double((*this)[i]) * slope + intercept); }
};

template <typename Sample>
bool store(const Samples<Sample> &samples, float *values) {
  const float offset = float(samples.intercept);
  if (samples.isWhole())
    for (size_t i = 0; i < samples.count; i++) values[i] = float(samples[i]) + offset;
  else
    for (size_t i = 0; i < samples.count; i++) values[i] = samples.scaled(i);
  return true;
}

/// The floats' values, as long as each is a whole number that fits.
template <typename Sample>
bool store(const Samples<Sample> &samples, int16_t *values) {
  int32_t lost = 0;
  if (samples.isWhole()) {
    const auto offset = int32_t(samples.intercept);
    if (samples.least() + offset >= INT16_MIN && samples.most() + offset <= INT16_MAX) {
      for (size_t i = 0; i < samples.count; i++) values[i] = int16_t(uint16_t(samples[i]) + uint16_t(offset));
      return true;
    }
    for (size_t i = 0; i < samples.count; i++) {
      const int32_t value = int32_t(samples[i]) + offset;
      values[i] = int16_t(value);
      lost |= value ^ values[i];
    }
    return lost == 0;
  }
  for (size_t i = 0; i < samples.count; i++) {
    const float value = samples.scaled(i);
    if (!(value >= -32768 && value <= 32767 && value == std::trunc(value))) return false;
    values[i] = int16_t(value);
  }
  return true;
}

template <typename Value>
bool convert(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed, double slope, double intercept,
    Value *values) {
  const auto *bytes = static_cast<const uint8_t *>(samples);
  const unsigned width = sample_bytes * 8;
  if (high_bit >= width || bits_stored == 0 || bits_stored > high_bit + 1) {
    high_bit = width - 1;
    if (bits_stored == 0 || bits_stored > width) bits_stored = width;
  }
  const unsigned left = width - 1 - high_bit, right = width - bits_stored;
  const auto as = [&](auto sample) { return store(Samples<decltype(sample)>{bytes, count, left, right, slope, intercept}, values); };
  switch (sample_bytes) {
    case 1: return is_signed ? as(int8_t()) : as(uint8_t());
    case 2: return is_signed ? as(int16_t()) : as(uint16_t());
    default: return is_signed ? as(int32_t()) : as(uint32_t());
  }
}

}  // namespace

void vigil_samples_to_float(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed,
    double slope, double intercept, float *values) {
  convert(samples, count, sample_bytes, bits_stored, high_bit, is_signed, slope, intercept, values);
}

bool vigil_samples_to_int16(
    const void *samples, size_t count, uint32_t sample_bytes, uint32_t bits_stored, uint32_t high_bit, bool is_signed,
    double slope, double intercept, int16_t *values) {
  return convert(samples, count, sample_bytes, bits_stored, high_bit, is_signed, slope, intercept, values);
}
