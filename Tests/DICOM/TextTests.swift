import DICOM
import Foundation
import Testing

/// SpecificCharacterSet to UTF-8. The byte sequences are those of PS3.5 annexes H to K, or written with Python's codecs.
@Suite struct TextTests {
  static func description(_ characterSet: String, _ bytes: [UInt8]) throws -> String? {
    var d = Phantom().slice(1, at: [0, 0, 0])
    if !characterSet.isEmpty { d.text(0x0008_0005, "CS", characterSet) }
    d[0x0008_103E] = .bytes("LO", bytes.count % 2 == 0 ? bytes : bytes + [0x20])
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x")
    try d.write(to: file)
    let header = try DICOMHeader(file)
    #expect(try DICOMAttributes(file)["SeriesDescription"] == header.seriesDescription)
    return header.seriesDescription
  }

  @Test func singleByteAndUnicodeSets() throws {
    #expect(try Self.description("ISO_IR 100", [0x53, 0x63, 0x68, 0xE4, 0x64, 0x65, 0x6C]) == "Schädel")
    #expect(try Self.description("ISO_IR 144", [0xBC, 0xDE, 0xD7, 0xD3]) == "Мозг")
    #expect(try Self.description("ISO_IR 192", Array("脑部 MRI".utf8)) == "脑部 MRI")
    #expect(try Self.description("GB18030", [0xCD, 0xF5, 0x5E, 0xD0, 0xA1, 0xB6, 0xAB]) == "王^小东")
    #expect(try Self.description("ISO_IR 13", [0xD4, 0xCF, 0xC0, 0xDE]) == "ﾔﾏﾀﾞ")
  }

  @Test func iso2022Japanese() throws {
    let bytes: [UInt8] = [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42, 0x20, 0x54, 0x31]
    #expect(try Self.description("\\ISO 2022 IR 87", bytes) == "山田 T1")
  }

  @Test func iso2022KoreanAndChinese() throws {
    let korean: [UInt8] = [0x1B, 0x24, 0x29, 0x43, 0xB1, 0xE8, 0xC8, 0xF1, 0xC1, 0xDF]
    #expect(try Self.description("\\ISO 2022 IR 149", korean) == "김희중")
    let chinese: [UInt8] = [0x1B, 0x24, 0x29, 0x41, 0xCD, 0xF5, 0xC4, 0xD4]
    #expect(try Self.description("\\ISO 2022 IR 58", chinese) == "王脑")
  }

  @Test func moreOfISO2022() throws {
    // PS3.5 H.3.2: two one-byte and two-byte sets; the katakana of IR 13 before, kanji of IR 87 after.
    let mixed: [UInt8] = [
      0xD4, 0xCF, 0xC0, 0xDE, 0x20, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x4A, 0x31,
    ]
    #expect(try Self.description("ISO 2022 IR 13\\ISO 2022 IR 87", mixed) == "ﾔﾏﾀﾞ 山田1")
    let supplement: [UInt8] = [0x1B, 0x24, 0x28, 0x44, 0x30, 0x21, 0x1B, 0x28, 0x42, 0x20, 0x54, 0x32]
    #expect(try Self.description("\\ISO 2022 IR 159", supplement) == "丂 T2")
    let greek: [UInt8] = [0x43, 0x54, 0x20, 0x1B, 0x2D, 0x46, 0xC4, 0xE9, 0xEF]
    #expect(try Self.description("\\ISO 2022 IR 126", greek) == "CT Διο")
    #expect(try Self.description("GBK", [0xCD, 0xB7, 0xB2, 0xBF]) == "头部")
    #expect(try Self.description("GB18030", [0x81, 0x39, 0xEE, 0x39, 0x31]) == "\u{3400}1")
  }

  /// What acts on a terminal, breaks a line or turns the direction of writing never leaves this room.
  @Test func controlCharactersAreReplaced() throws {
    #expect(try Self.description("", Array("a\u{1B}[31mb\u{7}c".utf8)) == "a[31mb\u{FFFD}c")
    #expect(try Self.description("ISO_IR 192", Array("a\r\nb\tc\u{7F}".utf8)) == "a  b c\u{FFFD}")
    // The control sequence introducer of ISO 6429 in one byte, and in UTF-8.
    #expect(try Self.description("ISO_IR 100", [0x61, 0x9B, 0x33, 0x31, 0x6D]) == "a\u{FFFD}31m")
    #expect(try Self.description("ISO_IR 192", Array("a\u{9B}b".utf8)) == "a\u{FFFD}b")
    #expect(try Self.description("ISO_IR 192", Array("a\u{202E}gnp.exe\u{2028}b".utf8)) == "a\u{FFFD}gnp.exe\u{FFFD}b")
    #expect(try Self.description("ISO_IR 192", [0x61, 0, 0x62]) == "a\u{FFFD}b")
  }

  @Test func bytesThatAreNoTextDoNotFail() throws {
    #expect(try Self.description("ISO_IR 192", [0x41, 0xFF, 0x42]) == "A\u{FFFD}B")
    // Beyond U+10FFFF: each byte by itself.
    let beyond = try Self.description("ISO_IR 192", [0x41, 0xF7, 0xA8, 0xA8, 0xA8, 0x42])
    #expect(beyond == "A\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}B")
    #expect(try Self.description("NO SUCH SET", [0x41, 0xE4, 0x42, 0x43])?.hasPrefix("A") == true)
  }
}
