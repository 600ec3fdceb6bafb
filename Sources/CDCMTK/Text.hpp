#ifndef VIGIL_TEXT_HPP
#define VIGIL_TEXT_HPP

#include <string>

namespace vigil {

/// A DICOM text value as UTF-8. `characterSet` is SpecificCharacterSet as it stands in the file (PS3.3 C.12.1.1.2, PS3.5 6.1).
/// Bytes that the character set does not allow become U+FFFD; nothing fails.
std::string toUTF8(const std::string &value, const std::string &characterSet);

}  // namespace vigil

#endif
