#include "Walk.hpp"

#include <cstdio>
#include <cstring>

namespace vigil {
namespace {

constexpr uint32_t itemTag = 0xFFFEE000, itemEndTag = 0xFFFEE00D, sequenceEndTag = 0xFFFEE0DD;
constexpr uint32_t transferSyntaxTag = 0x00020010;

uint16_t read16(const uint8_t *p, bool big) { return big ? uint16_t(p[0] << 8 | p[1]) : uint16_t(p[1] << 8 | p[0]); }
uint32_t read32(const uint8_t *p, bool big) {
  return big ? uint32_t(read16(p, true)) << 16 | read16(p + 2, true) : uint32_t(read16(p + 2, false)) << 16 | read16(p, false);
}

std::string text(const char *format, uint32_t tag, unsigned long long a, unsigned long long b) {
  char line[256];
  snprintf(line, sizeof line, format, tag >> 16, tag & 0xFFFF, a, b);
  return line;
}

bool capital(uint8_t c) { return c >= 'A' && c <= 'Z'; }

/// Whether a VR has two reserved bytes and a length of four bytes (PS3.5 7.1.2). DCMTK reads unknown VRs of two capitals so.
bool hasLongLength(const uint8_t *vr) {
  static const char known[] = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US ";
  if (!capital(vr[0]) || !capital(vr[1])) return false;
  for (const char *p = known; *p; p += 3)
    if (p[0] == vr[0] && p[1] == vr[1]) return false;
  return true;
}

bool isVR(const uint8_t *p) {
  static const char all[] =
      "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV ";
  for (const char *q = all; *q; q += 3)
    if (q[0] == p[0] && q[1] == p[1]) return true;
  return false;
}

enum class Kind { dataset, item, sequence, fragments };

struct Container {
  Kind kind;
  uint64_t end;  // undefinedLength: until a delimiter
  bool explicitVR;
  uint64_t elements = 0;
};

struct Element {
  uint32_t tag;
  uint64_t length, value;
  uint8_t vr[2];
};

class Walker {
 public:
  Walker(const uint8_t *bytes, uint64_t count, uint64_t total, const vigil_limits &limits, Walk &walk)
      : bytes(bytes), count(count), total(total), limits(limits), walk(walk) {}

  void run() {
    pos = walk.datasetOffset;
    stack.push_back({Kind::dataset, total, walk.explicitVR});
    while (step()) {
    }
  }

 private:
  const uint8_t *bytes;
  uint64_t count, total;
  const vigil_limits &limits;
  Walk &walk;
  uint64_t pos = 0, elements = 0;
  std::vector<Container> stack;

  bool fail(std::string reason) {
    walk.state = Walk::State::malformed;
    walk.reason = std::move(reason);
    return false;
  }
  bool more(uint64_t needed) {
    if (needed > limits.header_bytes + 132)
      return fail(text("element (%04x,%04x) at byte %llu: the header is longer than the budget of %llu bytes", lastTag, pos,
                       limits.header_bytes));
    walk.state = Walk::State::needsMore;
    walk.needed = needed;
    return false;
  }
  bool finish() {
    // The last value may reach beyond what is at hand.
    if (pos > count) return more(pos);
    walk.state = Walk::State::complete;
    walk.headerEnd = pos;
    return false;
  }
  /// Whether `n` bytes from `pos` are within what encloses them and at hand; otherwise the walk has stopped.
  bool have(uint64_t n) {
    const uint64_t end = limit();
    if (pos > end || n > end - pos)
      return fail(text(end == total ? "after element (%04x,%04x): the file ends at byte %llu inside a tag or length (at %llu)"
                                    : "after element (%04x,%04x): its item or sequence ends at byte %llu inside a tag or length (at %llu)",
                       lastTag, end, pos));
    return pos + n <= count ? true : more(pos + n);
  }
  uint32_t lastTag = 0;

  /// One tag: an element, an item, or a delimiter. False when the walk is over.
  bool step() {
    while (stack.size() > 1 && stack.back().end != undefinedLength && pos >= stack.back().end) stack.pop_back();
    if (pos >= total) {
      if (stack.size() == 1) return finish();
      return fail(text("the file ends inside a sequence, after element (%04x,%04x) at byte %llu of %llu", lastTag, pos, total));
    }
    if (stack.size() == 1 && onlyZerosLeft()) return finish();
    if (walk.state == Walk::State::needsMore) return false;
    if (++elements > limits.elements)
      return fail(text("element (%04x,%04x) at byte %llu: more elements than the budget of %llu", lastTag, pos, limits.elements));
    if (!have(8)) return false;
    const uint32_t tag = uint32_t(read16(bytes + pos, walk.bigEndian)) << 16 | read16(bytes + pos + 2, walk.bigEndian);
    return (tag >> 16) == 0xFFFE ? delimiter(tag) : element(tag);
  }

  /// Trailing zero padding is no element. Looks no further than what is at hand.
  bool onlyZerosLeft() {
    if (pos + 8 > count || count != total || read32(bytes + pos, false) != 0) return false;
    for (uint64_t i = pos; i < total; i++)
      if (bytes[i]) return false;
    return true;
  }

  /// Where the innermost container with a known end stops.
  uint64_t limit() const {
    for (size_t i = stack.size(); i-- > 0;)
      if (stack[i].end != undefinedLength) return stack[i].end;
    return total;
  }

  bool push(Kind kind, uint64_t length, bool explicitVR, uint32_t tag) {
    if (stack.size() > 2 * size_t(limits.depth))
      return fail(text("element (%04x,%04x) at byte %llu: sequences nested deeper than %llu", tag, pos, limits.depth));
    stack.push_back({kind, length == undefinedLength ? undefinedLength : pos + length, explicitVR});
    return true;
  }

  bool delimiter(uint32_t tag) {
    const uint32_t raw = read32(bytes + pos + 4, walk.bigEndian);
    const uint64_t at = pos;
    lastTag = tag;
    pos += 8;
    const Container top = stack.back();
    if (tag == itemTag && (top.kind == Kind::sequence || top.kind == Kind::fragments)) {
      const uint64_t length = raw == 0xFFFFFFFF ? undefinedLength : raw;
      if (length != undefinedLength && length > limit() - pos)
        return fail(text("item (%04x,%04x) at byte %llu says %llu bytes, more than its sequence holds", tag, at, length));
      if (top.kind == Kind::fragments) {
        if (length == undefinedLength) return fail(text("fragment (%04x,%04x) at byte %llu has no length (%llu)", tag, at, 0));
        pos += length;
        return true;
      }
      return push(Kind::item, length, top.explicitVR, tag);
    }
    if (tag == itemEndTag && top.kind == Kind::item && top.end == undefinedLength) return stack.pop_back(), true;
    if (tag == sequenceEndTag && (top.kind == Kind::sequence || top.kind == Kind::fragments) && top.end == undefinedLength)
      return stack.pop_back(), true;
    return fail(text("(%04x,%04x) at byte %llu stands where no item or delimiter may (length %llu)", tag, at, raw));
  }

  bool element(uint32_t tag) {
    const Container top = stack.back();
    if (top.kind == Kind::sequence || top.kind == Kind::fragments)
      return fail(text("element (%04x,%04x) at byte %llu stands in a sequence, outside its items (level %llu)", tag, pos, stack.size()));
    Element e{tag, 0, 0, {'U', 'N'}};
    if (!header(e, top.explicitVR)) return false;
    if (stack.size() == 1 && (tag == 0x7FE00010 || tag == 0x7FE00008 || tag == 0x7FE00009)) return pixels(e);
    if (++stack.back().elements > limits.item_elements)
      return fail(text("element (%04x,%04x) at byte %llu: more elements side by side than the budget of %llu", tag, pos, limits.item_elements));
    lastTag = tag;
    if (e.length == undefinedLength) {
      pos = e.value;
      // Pixels of an icon, say. DCMTK takes any other VR for a sequence and would read the fragments as its items.
      const bool fragments = top.explicitVR && tag == 0x7FE00010 && holdsFragments(e);
      const bool unknown = top.explicitVR && e.vr[0] == 'U' && e.vr[1] == 'N';
      if (top.explicitVR && !fragments && !unknown && !(e.vr[0] == 'S' && e.vr[1] == 'Q'))
        return fail(text("element (%04x,%04x) at byte %llu has an undefined length, which its VR does not allow (%llu)", tag, e.value, 0));
      // A UN of undefined length is written in implicit VR (PS3.5 6.2.2).
      return push(fragments ? Kind::fragments : Kind::sequence, undefinedLength, unknown ? false : top.explicitVR, tag);
    }
    if (e.length > limit() - e.value)
      return fail(text("element (%04x,%04x) says %llu bytes where only %llu are left", tag, e.length, limit() - e.value));
    pos = e.value;
    if (isSequence(e, top.explicitVR)) return push(Kind::sequence, e.length, top.explicitVR, tag);
    pos += e.length;
    return true;
  }

  /// Reads VR and length; `value` is where the value begins.
  bool header(Element &e, bool explicitVR) {
    if (!explicitVR) {
      const uint32_t raw = read32(bytes + pos + 4, walk.bigEndian);
      e.length = raw == 0xFFFFFFFF ? undefinedLength : raw;
      e.value = pos + 8;
      return true;
    }
    memcpy(e.vr, bytes + pos + 4, 2);
    // DCMTK's names for what it does not write ("lt", "ox", "px" ...): it would take them at their word, some with a long length.
    const auto small = [](uint8_t c) { return c >= 'a' && c <= 'z'; };
    if (small(e.vr[0]) && small(e.vr[1]))
      return fail(text("element (%04x,%04x) at byte %llu has a VR of two small letters (level %llu)", e.tag, pos, stack.size()));
    if (!hasLongLength(e.vr)) {
      e.length = read16(bytes + pos + 6, walk.bigEndian);
      e.value = pos + 8;
      return true;
    }
    if (!have(12)) return false;
    const uint32_t raw = read32(bytes + pos + 8, walk.bigEndian);
    e.length = raw == 0xFFFFFFFF ? undefinedLength : raw;
    e.value = pos + 12;
    return true;
  }

  /// In implicit VR only the dictionary knows the sequences: a value that begins with an item is followed as one, since DCMTK
  /// may do so.
  bool isSequence(const Element &e, bool explicitVR) {
    if (explicitVR) return e.vr[0] == 'S' && e.vr[1] == 'Q';
    if (e.length < 8 || pos + 4 > count) return false;
    return read16(bytes + pos, walk.bigEndian) == 0xFFFE && read16(bytes + pos + 2, walk.bigEndian) == 0xE000;
  }

  static bool holdsFragments(const Element &e) { return e.vr[0] == 'O' && (e.vr[1] == 'B' || e.vr[1] == 'W'); }

  bool pixels(const Element &e) {
    if (stack.back().explicitVR && e.length == undefinedLength && !holdsFragments(e))
      return fail(text("element (%04x,%04x) at byte %llu: fragments in a VR that holds none (level %llu)", e.tag, pos, 0));
    walk.pixelElement = uint16_t(e.tag & 0xFFFF);
    walk.pixelOffset = e.value;
    walk.pixelLength = e.length;
    return finish();
  }
};

/// The meta information (group 0002, explicit little endian); false when it is malformed or more bytes are needed.
bool walkMeta(const uint8_t *bytes, uint64_t count, uint64_t total, uint64_t &pos, Walk &walk) {
  while (pos + 8 <= total) {
    if (pos + 12 > count && count < total) return walk.state = Walk::State::needsMore, walk.needed = pos + 4096, false;
    if (read16(bytes + pos, false) != 0x0002) return true;
    const uint32_t tag = read32(bytes + pos, false) << 16 | read16(bytes + pos + 2, false);
    const bool longLength = hasLongLength(bytes + pos + 4);
    if (longLength && pos + 12 > total) break;
    const uint64_t length = longLength ? read32(bytes + pos + 8, false) : read16(bytes + pos + 6, false);
    const uint64_t value = pos + (longLength ? 12 : 8);
    if (length > total - value || length > 1 << 20) {
      walk.reason = text("meta element (%04x,%04x) says %llu bytes where only %llu are left", tag, length, total - value);
      return false;
    }
    if (value + length > count) return walk.state = Walk::State::needsMore, walk.needed = value + length + 4096, false;
    if (tag == transferSyntaxTag) {
      walk.transferSyntax.assign(reinterpret_cast<const char *>(bytes + value), length);
      while (!walk.transferSyntax.empty() && (walk.transferSyntax.back() == 0 || walk.transferSyntax.back() == ' '))
        walk.transferSyntax.pop_back();
      const size_t digits = walk.transferSyntax.find_first_not_of("0123456789.");
      if (length > 64 || digits != std::string::npos) {
        walk.reason = text("TransferSyntaxUID (%04x,%04x) of %llu bytes at byte %llu is no UID", tag, length, value);
        return false;
      }
    }
    pos = value + length;
  }
  return true;
}

/// Without a transfer syntax: what the first element looks like. An identifying group (0008) comes first in every data set.
bool guessEncoding(const uint8_t *bytes, uint64_t count, uint64_t total, uint64_t pos, Walk &walk) {
  if (pos + 8 > count) return false;
  const uint8_t *p = bytes + pos;
  const bool little = read16(p, false) == 0x0008, big = read16(p, true) == 0x0008;
  if (!little && !big) return false;
  walk.bigEndian = big;
  walk.explicitVR = isVR(p + 4);
  if (!walk.explicitVR && (big || read32(p + 4, false) > total - pos - 8)) return false;
  walk.transferSyntax = big ? "1.2.840.10008.1.2.2" : walk.explicitVR ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
  return true;
}

}  // namespace

Walk walkDataset(const uint8_t *bytes, uint64_t count, uint64_t total, const vigil_limits &limits, Walk start) {
  Walker(bytes, count, total, limits, start).run();
  return start;
}

Walk walkFile(const uint8_t *bytes, uint64_t count, uint64_t total, const vigil_limits &limits) {
  Walk walk;
  if (total < 8) return walk.reason = "not DICOM: shorter than one element", walk;
  const bool preamble = total >= 132 && count >= 132 && memcmp(bytes + 128, "DICM", 4) == 0;
  uint64_t pos = preamble ? 132 : 0;
  if (!walkMeta(bytes, count, total, pos, walk)) return walk;
  if (walk.transferSyntax.empty()) {
    if (!guessEncoding(bytes, count, total, pos, walk)) {
      walk.reason = preamble ? "no TransferSyntaxUID (0002,0010), and the data set does not begin with group 0008"
                             : "not DICOM: neither \"DICM\" after a preamble of 128 bytes nor a data set that begins with group 0008";
      return walk;
    }
  } else {
    const std::string &uid = walk.transferSyntax;
    walk.bigEndian = uid == "1.2.840.10008.1.2.2";
    walk.explicitVR = uid != "1.2.840.10008.1.2";
    walk.deflated = uid == "1.2.840.10008.1.2.1.99";
  }
  walk.datasetOffset = pos;
  if (walk.deflated) return walk.state = Walk::State::complete, walk;
  return walkDataset(bytes, count, total, limits, std::move(walk));
}

std::vector<Fragment> walkFragments(
    const uint8_t *bytes, uint64_t count, const Walk &walk, uint64_t &end, std::string &reason) {
  std::vector<Fragment> fragments;
  uint64_t pos = walk.pixelOffset;
  while (pos + 8 <= count) {
    const uint32_t tag = uint32_t(read16(bytes + pos, walk.bigEndian)) << 16 | read16(bytes + pos + 2, walk.bigEndian);
    const uint32_t length = read32(bytes + pos + 4, walk.bigEndian);
    if (tag == sequenceEndTag) {
      end = pos + 8;
      return fragments;
    }
    if (tag != itemTag) {
      reason = text("(%04x,%04x) at byte %llu stands among the fragments of PixelData (length %llu)", tag, pos, length);
      return fragments;
    }
    if (length > count - pos - 8) {
      reason = text("fragment (%04x,%04x) of PixelData says %llu bytes where only %llu are left: the file is cut short", tag,
                    length, count - pos - 8);
      return fragments;
    }
    // Some decoders read the first bytes of a fragment without asking whether there are any.
    if (length == 0 && !fragments.empty()) {
      reason = text("fragment (%04x,%04x) of PixelData at byte %llu is empty (%llu)", tag, pos, 0);
      return fragments;
    }
    fragments.push_back({pos + 8, length});
    pos += 8 + uint64_t(length);
  }
  reason = "the file ends inside the fragments of PixelData (7fe0,0010), before their delimiter";
  return fragments;
}

}  // namespace vigil
