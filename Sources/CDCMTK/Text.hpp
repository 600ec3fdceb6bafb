#ifndef VIGIL_TEXT_HPP
#define VIGIL_TEXT_HPP

#include <string>

namespace vigil {

/// A DICOM text value as UTF-8. `characterSet` is SpecificCharacterSet as it stands in the file (PS3.3 C.12.1.1.2, PS3.5 6.1).
/// Bytes that the character set does not allow become U+FFFD; nothing fails.
std::string toUTF8(const std::string &value, const std::string &characterSet);

/// UTF-8 that may go to a terminal, a page or a table: tabs and line ends become spaces; other control characters (C0, DEL, C1), line
/// separators and the characters that turn the direction of writing become U+FFFD.
std::string withoutControls(const std::string &text);

}  // namespace vigil

#endif
