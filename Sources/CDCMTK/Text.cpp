#include "Text.hpp"

#include <iconv.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

namespace vigil {
namespace {

const char replacement[] = "\xEF\xBF\xBD";

/// One repertoire: how the bytes after an escape sequence are turned into something that iconv knows.
struct Repertoire {
  const char *iconvName;
  /// Put before the bytes so that iconv is in the right state; for the two-byte sets of G0.
  const char *prefix;
};

/// Defined terms without code extensions and the names glibc's iconv has for them (PS3.3 C.12-2, C.12-5).
const std::map<std::string, const char *> singles = {
    {"", "ISO-8859-1"},           {"ISO_IR 6", "ISO-8859-1"},    {"ISO_IR 100", "ISO-8859-1"}, {"ISO_IR 101", "ISO-8859-2"},
    {"ISO_IR 109", "ISO-8859-3"}, {"ISO_IR 110", "ISO-8859-4"},  {"ISO_IR 144", "ISO-8859-5"}, {"ISO_IR 127", "ISO-8859-6"},
    {"ISO_IR 126", "ISO-8859-7"}, {"ISO_IR 138", "ISO-8859-8"},  {"ISO_IR 148", "ISO-8859-9"}, {"ISO_IR 203", "ISO-8859-15"},
    {"ISO_IR 13", "SHIFT_JIS"},   {"ISO_IR 166", "TIS-620"},     {"ISO_IR 192", "UTF-8"},      {"GB18030", "GB18030"},
    {"GBK", "GBK"},               {"ISO 2022 IR 6", "ISO-8859-1"}, {"ISO 2022 IR 100", "ISO-8859-1"},
    {"ISO 2022 IR 101", "ISO-8859-2"}, {"ISO 2022 IR 109", "ISO-8859-3"}, {"ISO 2022 IR 110", "ISO-8859-4"},
    {"ISO 2022 IR 144", "ISO-8859-5"}, {"ISO 2022 IR 127", "ISO-8859-6"}, {"ISO 2022 IR 126", "ISO-8859-7"},
    {"ISO 2022 IR 138", "ISO-8859-8"}, {"ISO 2022 IR 148", "ISO-8859-9"}, {"ISO 2022 IR 203", "ISO-8859-15"},
    {"ISO 2022 IR 13", "SHIFT_JIS"}, {"ISO 2022 IR 166", "TIS-620"}, {"ISO 2022 IR 149", "EUC-KR"},
    {"ISO 2022 IR 58", "GB2312"}, {"ISO 2022 IR 87", "SHIFT_JIS"}, {"ISO 2022 IR 159", "SHIFT_JIS"},
};

/// Escape sequences of PS3.3 tables C.12-3 and C.12-4.
const std::vector<std::pair<std::string, Repertoire>> escapes = {
    {"$B", {"ISO-2022-JP", "\x1B$B"}},    {"$(D", {"ISO-2022-JP-2", "\x1B$(D"}}, {"$)C", {"EUC-KR", ""}},
    {"$)A", {"GB2312", ""}},              {"(B", {nullptr, ""}},                {"(J", {"SHIFT_JIS", ""}},
    {")I", {"SHIFT_JIS", ""}},            {"-A", {"ISO-8859-1", ""}},           {"-B", {"ISO-8859-2", ""}},
    {"-C", {"ISO-8859-3", ""}},           {"-D", {"ISO-8859-4", ""}},           {"-L", {"ISO-8859-5", ""}},
    {"-G", {"ISO-8859-6", ""}},           {"-F", {"ISO-8859-7", ""}},           {"-H", {"ISO-8859-8", ""}},
    {"-M", {"ISO-8859-9", ""}},           {"-b", {"ISO-8859-15", ""}},          {"-T", {"TIS-620", ""}},
};

/// The bytes of the UTF-8 character that begins here (Unicode 15, table 3-7); 0 where none does.
size_t characterLength(const uint8_t *p, size_t left) {
  if (p[0] < 0x80) return 1;
  const size_t length = p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : p[0] >= 0xF0 && p[0] < 0xF5 ? 4 : 0;
  if (length == 0 || length > left) return 0;
  const uint8_t least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80, most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < least || p[1] > most) return 0;
  for (size_t i = 2; i < length; i++)
    if (p[i] < 0x80 || p[i] > 0xBF) return 0;
  return length;
}

/// glibc lets characters beyond U+10FFFF through: they become U+FFFD.
std::string repaired(const std::string &text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = characterLength(reinterpret_cast<const uint8_t *>(text.data()) + i, text.size() - i);
    if (length == 0) result += replacement;
    else result.append(text, i, length);
    i += length == 0 ? 1 : length;
  }
  return result;
}

/// This thread's converters to UTF-8, by the name of what they convert from: opening one takes far longer than converting a name.
class Converters {
 public:
  ~Converters() {
    for (const auto &[name, converter] : all)
      if (converter != iconv_t(-1)) iconv_close(converter);
  }
  /// In its first state; -1 where glibc has none.
  iconv_t operator[](const char *from) {
    const auto found = all.find(from);
    if (found == all.end()) return all.emplace(from, iconv_open("UTF-8", from)).first->second;
    if (found->second != iconv_t(-1)) iconv(found->second, nullptr, nullptr, nullptr, nullptr);
    return found->second;
  }

 private:
  std::map<std::string, iconv_t> all;
};

std::string convert(const std::string &bytes, const char *from, const std::string &prefix = "") {
  if (bytes.empty()) return "";
  static thread_local Converters converters;
  const iconv_t converter = converters[from];
  if (converter == iconv_t(-1)) {
    std::string plain;
    for (unsigned char c : bytes) c < 0x80 ? plain += char(c) : plain += replacement;
    return plain;
  }
  std::string input = prefix + bytes, output(input.size() * 4 + 16, 0);
  char *in = input.data(), *out = output.data();
  size_t inLeft = input.size(), outLeft = output.size();
  while (inLeft > 0 && outLeft > 4) {
    if (iconv(converter, &in, &inLeft, &out, &outLeft) != size_t(-1)) break;
    if (inLeft == 0 || outLeft <= 4) break;
    memcpy(out, replacement, 3);
    out += 3, outLeft -= 3, in++, inLeft--;
  }
  output.resize(output.size() - outLeft);
  return repaired(output);
}

/// The values of SpecificCharacterSet, padding removed.
std::vector<std::string> terms(const std::string &characterSet) {
  std::vector<std::string> all(1);
  for (char c : characterSet) {
    if (c == '\\') all.emplace_back();
    else all.back() += c;
  }
  for (auto &term : all) {
    while (!term.empty() && (term.back() == ' ' || term.back() == 0)) term.pop_back();
    while (!term.empty() && term.front() == ' ') term.erase(0, 1);
  }
  return all;
}

/// Characters that set the repertoires back to the first (PS3.5 6.1.2.5.3).
bool resets(char c) { return c == '\r' || c == '\n' || c == '\f' || c == '\t' || c == '\\' || c == '^' || c == '='; }

/// Text with escape sequences: each run goes through its own converter.
std::string convertExtended(const std::string &value, const char *first) {
  std::string result, run, prefix;
  const char *g1 = first, *current = first;
  auto flush = [&] {
    result += convert(run, current, prefix);
    run.clear();
  };
  for (size_t i = 0; i < value.size();) {
    if (value[i] == 0x1B) {
      bool known = false;
      for (const auto &[sequence, repertoire] : escapes) {
        if (value.compare(i + 1, sequence.size(), sequence) != 0) continue;
        flush();
        if (!repertoire.iconvName) current = g1;
        else current = repertoire.iconvName;
        if (sequence[0] == '-' || sequence == "$)C" || sequence == "$)A" || sequence == ")I") g1 = current;
        prefix = repertoire.prefix;
        i += 1 + sequence.size();
        known = true;
        break;
      }
      if (known) continue;
      i++;
      continue;
    }
    if (prefix.empty() && resets(value[i])) {
      flush();
      current = g1 = first;
      result += value[i++];
      continue;
    }
    run += value[i++];
  }
  flush();
  return result;
}

}  // namespace

std::string withoutControls(const std::string &text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); i++) {
    const auto c = uint8_t(text[i]);
    const unsigned second = i + 1 < text.size() ? uint8_t(text[i + 1]) : 0, third = i + 2 < text.size() ? uint8_t(text[i + 2]) : 0;
    if (c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      result += ' ';
    } else if (c < 0x20 || c == 0x7F) {
      result += replacement;
    } else if (c == 0xC2 && second >= 0x80 && second < 0xA0) {  // U+0080 ... U+009F
      result += replacement, i += 1;
    } else if (c == 0xE2 && ((second == 0x80 && third >= 0xA8 && third <= 0xAE) || (second == 0x81 && third >= 0xA6 && third <= 0xA9))) {
      result += replacement, i += 2;  // U+2028 ... U+202E, U+2066 ... U+2069
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string toUTF8(const std::string &value, const std::string &characterSet) {
  bool plain = true;
  for (unsigned char c : value) plain = plain && c < 0x80 && c != 0x1B;
  if (plain) return value;
  const auto sets = terms(characterSet);
  const auto found = singles.find(sets.front());
  const char *first = found == singles.end() ? "ASCII" : found->second;
  if (value.find(0x1B) == std::string::npos) return convert(value, first);
  return convertExtended(value, first);
}

}  // namespace vigil
