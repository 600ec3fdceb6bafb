// Fuzzes the conversion of text: the input is a SpecificCharacterSet, a newline, and the bytes of a value. What comes out must be UTF-8.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "Text.hpp"

namespace {

bool isUTF8(const std::string &text) {
  for (size_t i = 0; i < text.size();) {
    const auto c = uint8_t(text[i]);
    const size_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 4;
    if (more == 4 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; k++)
      if ((uint8_t(text[i + k]) & 0xC0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string input(reinterpret_cast<const char *>(data), size);
  const size_t line = std::min(input.find('\n'), size);
  const std::string value = line < size ? input.substr(line + 1) : "";
  const std::string text = vigil::toUTF8(value, input.substr(0, line));
  const std::string plain = vigil::withoutControls(text);
  if (!isUTF8(text) || !isUTF8(plain) || vigil::withoutControls(plain) != plain) abort();
  for (const char c : plain)
    if (uint8_t(c) < 0x20 || c == 0x7F) abort();
  return 0;
}
