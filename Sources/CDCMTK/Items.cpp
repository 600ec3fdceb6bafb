#include <charconv>

#include "Handle.hpp"

using vigil::guarded;

namespace {

/// Bytes of a value that still has a text form. Nothing that is asked for is longer, and binary numbers take ten times the room as text.
constexpr Uint32 longestAsText = 1 << 16;

DcmElement *find(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag) {
  DcmElement *element = nullptr;
  if (dicom->item(item)->findAndGetElement(vigil::key(tag), element).bad()) return nullptr;
  return element;
}

DcmSequenceOfItems *findSequence(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag) {
  DcmElement *element = find(dicom, item, tag);
  return element && element->ident() == EVR_SQ ? static_cast<DcmSequenceOfItems *>(element) : nullptr;
}

/// Lists of up to so many members are counted through every time.
constexpr size_t shortList = 32;

/// Member `index` of a list, which has one; of a long list the one after the last that was asked for without counting.
template <typename List>
DcmObject *member(const vigil_dicom *dicom, List *list, size_t index, DcmObject *(*at)(List *, size_t)) {
  if (list->card() <= shortList) return at(list, index);
  vigil_dicom::Cursor &cursor = dicom->cursors[list];
  const bool follows = cursor.member && index == cursor.index + 1;
  DcmObject *found = follows ? list->nextInContainer(cursor.member) : at(list, index);
  cursor = {found, index};
  return found;
}

void trim(std::string &text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == 0)) text.pop_back();
  size_t start = 0;
  while (start < text.size() && text[start] == ' ') start++;
  text.erase(0, start);
}

/// The characters of a string VR as they stand in the file.
std::string raw(DcmElement *element) {
  char *characters = nullptr;
  Uint32 length = 0;
  if (element->getString(characters, length).bad() || !characters) return "";
  return std::string(characters, length);
}

bool parseNumber(const char *begin, const char *end, double &value) {
  while (begin < end && (*begin == ' ' || *begin == 0)) begin++;
  while (begin < end && (end[-1] == ' ' || end[-1] == 0)) end--;
  if (begin < end && *begin == '+') begin++;
  const auto result = std::from_chars(begin, end, value);
  return result.ec == std::errc() && result.ptr == end && begin < end;
}

/// Numbers written as text; -1 when one is none.
int64_t parseNumbers(const std::string &text, double *values, size_t capacity) {
  if (text.find_first_not_of(std::string(" \0", 2)) == std::string::npos) return 0;
  size_t count = 0, start = 0;
  while (count < capacity) {
    const size_t bar = std::min(text.find('\\', start), text.size());
    if (!parseNumber(text.data() + start, text.data() + bar, values[count])) return -1;
    count++;
    if (bar == text.size()) break;
    start = bar + 1;
  }
  return int64_t(count);
}

template <typename Number>
int64_t copy(Number *from, size_t bytes, double *values, size_t capacity) {
  const size_t count = std::min(bytes / sizeof(Number), capacity);
  for (size_t i = 0; from && i < count; i++) values[i] = double(from[i]);
  return from ? int64_t(count) : 0;
}

int64_t numbers(DcmElement *element, double *values, size_t capacity) {
  const size_t bytes = element->getLengthField();
  if (bytes == 0) return 0;
  switch (element->ident()) {
    case EVR_DS:
    case EVR_IS: return parseNumbers(raw(element), values, capacity);
    case EVR_US:
    case EVR_xs: {
      Uint16 *p = nullptr;
      return element->getUint16Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    case EVR_SS: {
      Sint16 *p = nullptr;
      return element->getSint16Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    case EVR_UL:
    case EVR_up: {
      Uint32 *p = nullptr;
      return element->getUint32Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    case EVR_SL: {
      Sint32 *p = nullptr;
      return element->getSint32Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    case EVR_FL: {
      Float32 *p = nullptr;
      return element->getFloat32Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    case EVR_FD: {
      Float64 *p = nullptr;
      return element->getFloat64Array(p).good() ? copy(p, bytes, values, capacity) : -1;
    }
    default: return -1;
  }
}

}  // namespace

int64_t vigil_item_multiplicity(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag) {
  return guarded<int64_t>(-1, nullptr, 0, [&]() -> int64_t {
    DcmElement *element = find(dicom, item, tag);
    if (!element) return -1;
    return element->isEmpty() ? 0 : int64_t(element->getVM());
  });
}

int64_t vigil_item_text(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, char *text, size_t capacity) {
  return guarded<int64_t>(-1, nullptr, 0, [&]() -> int64_t {
    DcmElement *element = find(dicom, item, tag);
    if (!element || element->ident() == EVR_SQ || element->getLengthField() > longestAsText) return -1;
    std::string value;
    if (element->isaString()) {
      value = vigil::toUTF8(raw(element), element->isAffectedBySpecificCharacterSet() ? dicom->characterSet : "");
    } else {
      double first;
      OFString array;
      const bool isTag = element->ident() == EVR_AT;
      if (!isTag && numbers(element, &first, 1) < 0) return -1;
      if (element->getOFStringArray(array).bad()) return -1;
      value = array.c_str();
    }
    trim(value);
    value = vigil::withoutControls(value);
    memcpy(text, value.data(), std::min(value.size(), capacity));
    return int64_t(value.size());
  });
}

int64_t vigil_item_doubles(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, double *values, size_t capacity) {
  return guarded<int64_t>(-1, nullptr, 0, [&]() -> int64_t {
    DcmElement *element = find(dicom, item, tag);
    return element ? numbers(element, values, capacity) : -1;
  });
}

const uint8_t *vigil_item_bytes(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, size_t *count) {
  return guarded<const uint8_t *>(nullptr, nullptr, 0, [&]() -> const uint8_t * {
    DcmElement *element = find(dicom, item, tag);
    if (!element) return nullptr;
    *count = element->getLengthField();
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    if (element->getUint8Array(bytes).good() && bytes) return bytes;
    if (element->getUint16Array(words).good() && words) return reinterpret_cast<const uint8_t *>(words);
    return nullptr;
  });
}

int64_t vigil_item_count(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag) {
  return guarded<int64_t>(-1, nullptr, 0, [&]() -> int64_t {
    DcmSequenceOfItems *sequence = findSequence(dicom, item, tag);
    return sequence ? int64_t(sequence->card()) : -1;
  });
}

vigil_item *vigil_item_child(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag, size_t index) {
  return guarded<vigil_item *>(nullptr, nullptr, 0, [&]() -> vigil_item * {
    DcmSequenceOfItems *sequence = findSequence(dicom, item, tag);
    if (!sequence || index >= sequence->card()) return nullptr;
    DcmObject *found = member<DcmSequenceOfItems>(dicom, sequence, index, [](DcmSequenceOfItems *list, size_t at) -> DcmObject * {
      return list->getItem((unsigned long)at);
    });
    return reinterpret_cast<vigil_item *>(static_cast<DcmItem *>(found));
  });
}

size_t vigil_item_elements(const vigil_dicom *dicom, const vigil_item *item) {
  return guarded<size_t>(0, nullptr, 0, [&] { return size_t(dicom->item(item)->card()); });
}

bool vigil_item_element(
    const vigil_dicom *dicom, const vigil_item *item, size_t index, uint32_t *tag, char vr[3], char *keyword, size_t capacity) {
  return guarded(false, nullptr, 0, [&] {
    DcmItem *list = dicom->item(item);
    if (index >= list->card()) return false;
    auto *element = static_cast<DcmElement *>(member<DcmItem>(dicom, list, index, [](DcmItem *all, size_t at) -> DcmObject * {
      return all->getElement((unsigned long)at);
    }));
    if (!element) return false;
    DcmTag name(element->getTag());
    *tag = uint32_t(name.getGroup()) << 16 | name.getElement();
    strncpy(vr, DcmVR(element->getVR()).getValidVRName(), 3);
    vr[2] = 0;
    const bool known = !name.isPrivate() && strcmp(name.getTagName(), DcmTag_ERROR_TagName) != 0;
    vigil::say(keyword, capacity, known ? name.getTagName() : "");
    return true;
  });
}
