import DICOM
import Foundation
import Imaging
import TestSupport
import Testing

/// The fuzzer's seeds (Tests/Fuzz/Corpus, made by Tests/Fuzz/make_corpus.py) through the public API: whole, and damaged.
@Suite struct CorpusTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz/Corpus")

  static func seeds(_ prefix: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasPrefix(prefix) }.sorted()
  }

  static func bytes(_ seed: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(seed)))
  }

  /// What make_corpus.py stores, after rescale.
  static func values(_ frame: Int) -> [Float] { (0..<48).map { Float(($0 * 83 + 700 * frame) % 4096 - 1024) } }

  /// Every transfer syntax without loss, native and in fragments.
  @Test(arguments: seeds("image-"))
  func oneImageInEveryEncodingIsTheSame(seed: String) async throws {
    let results = try await Conversion.convert([Self.folder.appendingPathComponent(seed)]).results
    let scan = try #require(results.first?.scan, "\(results.first?.refusal.map { "\($0)" } ?? "nothing")")
    #expect(scan.volume.voxels == Self.values(0))
    #expect(scan.volume.geometry.origin == SIMD3(-10, 20, 30.5))
    #expect(scan.attributes["SeriesDescription"] == "脑 seed")
  }

  /// Three frames: one or several fragments a frame, with a basic or extended offset table and without.
  @Test(arguments: seeds("frames-"))
  func threeFramesInEveryEncodingAreTheSame(seed: String) async throws {
    let results = try await Conversion.convert([Self.folder.appendingPathComponent(seed)]).results
    let scan = try #require(results.first?.scan, "\(results.first?.refusal.map { "\($0)" } ?? "nothing")")
    #expect(scan.volume.voxels == (0..<3).flatMap(Self.values))
    #expect(scan.volume.geometry.kStep == SIMD3(0, 0, 2))
  }

  /// Two's complement of 12 bits, as it is and through codecs that know no sign, with an overlay in the bits above.
  @Test(arguments: seeds("signed-"))
  func storedSignsComeBackFromEveryCodec(seed: String) async throws {
    let results = try await Conversion.convert([Self.folder.appendingPathComponent(seed)]).results
    let scan = try #require(results.first?.scan, "\(results.first?.refusal.map { "\($0)" } ?? "nothing")")
    #expect(scan.volume.voxels == Self.values(0).map { $0 - 2048 })
    #expect(scan.findings.contains(.padding(storedValue: -2000)) == (seed == "signed-overlay.dcm"))
  }

  /// Decoders may differ by this: the inverse transforms of JPEG and of JPEG 2000's 9/7 filter are rounded (ITU-T T.83, T.803);
  /// near-lossless JPEG-LS has one result.
  static let lossyTolerance: Float = 2

  @Test(arguments: seeds("lossy-"))
  func lossyCodecsAgreeWithAnotherDecoder(seed: String) async throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Golden/lossy_values.json")
    let decoded = try JSONDecoder().decode([String: [Float]].self, from: try Data(contentsOf: file))
    let expected = try #require(decoded[seed])
    let scan = try #require(
      try await Conversion.convert([Self.folder.appendingPathComponent(seed)]).results.first?.scan)
    let worst = zip(scan.volume.voxels, expected).map { abs($0 + 1024 - $1) }.max() ?? .infinity
    #expect(expected.count == 48 && worst <= (seed.contains("jpegls") ? 0 : Self.lossyTolerance))
  }

  @Test func theSeedsAreThere() {
    #expect(Self.seeds("signed-").count == 5 && Self.seeds("lossy-").count == 4)
    #expect(Self.seeds("image-").count >= 20 && Self.seeds("frames-").count >= 20 && Self.seeds().count >= 55)
  }

  /// Whatever is done to a file: a scan, or one reason for each file, never a crash.
  static func readEverything(_ file: URL) async throws {
    let (results, failures) = try await Conversion.convert([file])
    #expect(results.count + failures.count >= 1)
    for failure in failures { #expect(!failure.reason.isEmpty) }
    for refusal in results.compactMap({ $0.refusal }) { #expect(!refusal.reason.isEmpty) }
    for scan in results.compactMap({ $0.scan }) {
      #expect(scan.volume.voxels.count == scan.volume.geometry.count)
      _ = scan.volume.upright()
    }
    try await Self.writeEverything(file)
    let grid = Geometry(
      width: 8, height: 6, depth: 2, origin: SIMD3(-10, 20, 30.5), iStep: SIMD3(0.5, 0, 0), jStep: SIMD3(0, 0.75, 0),
      kStep: SIMD3(0, 0, 2))
    let bytes = try Data(contentsOf: file)
    if bytes.range(of: Data("1.66.4".utf8)) != nil {
      _ = try? SegmentationObject(file).labels(on: grid)
      _ = try? SegmentationObject(file).extents()
    } else if bytes.range(of: Data("481.3".utf8)) != nil {
      _ = try? StructureSet(file).labels(on: grid)
    }
  }

  /// The same without holding a volume; what NIfTI cannot say is an error of its own.
  static func writeEverything(_ file: URL) async throws {
    let folder = try TemporaryFolder()
    do {
      _ = try await ConversionWritingTests.write([file], .process) { folder.url.appendingPathComponent("\($0).nii") }
    } catch let error as NIfTIError {
      #expect(!error.description.isEmpty)
    }
  }

  @Test func everySeedIsReadOrRefusedByName() async throws {
    for seed in Self.seeds() { try await Self.readEverything(Self.folder.appendingPathComponent(seed)) }
  }

  /// Debian's OpenJPEG would abort the process.
  @Test func aFailedAssertionIsARefusal() async throws {
    let file = Self.folder.appendingPathComponent("found-htj2k-assertion.dcm")
    for _ in 0..<3 {
      let refusal = try #require(try await Conversion.convert([file]).results.first?.refusal)
      #expect(refusal.description.contains("assertion failed"))
    }
  }

  /// A fixed seed, so that a failure can be repeated.
  @Test func damagedSeedsAreReadOrRefusedByName() async throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("damaged")
    var random = SplitMix64(seed: 20_261_123)
    for seed in Self.seeds() {
      let sound = try Self.bytes(seed)
      for round in 0..<12 {
        try RawDICOM.write(Self.damaged(sound, round, &random), to: file)
        try await Self.readEverything(file)
      }
    }
  }

  private static let numbers = ["1e308", "-1e99", "nan", "inf", "1e-320", "65535", "2147483647", "-1", "0", ""]

  private static func damaged(_ sound: [UInt8], _ round: Int, _ random: inout SplitMix64) -> [UInt8] {
    var bytes = sound
    switch round % 4 {
    case 0:
      for _ in 0...Int.random(in: 0..<6, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
    case 1:
      bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
    case 2:
      // A length that lies: of two bytes after a VR, or of four after a tag.
      let at = Int.random(in: 0..<bytes.count - 4, using: &random)
      let lie: [UInt8] =
        [[0xFF, 0xFF], [0xFE, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0], [0, 0, 0, 0x7F]]
        .randomElement(using: &random) ?? []
      bytes.replaceSubrange(at..<at + lie.count, with: lie)
    default:
      // Another number in place of a Decimal or Integer String.
      let strings = bytes.indices.dropLast(4).filter { bytes[$0] == 0x44 || bytes[$0] == 0x49 }.filter {
        bytes[$0 + 1] == 0x53
      }
      guard let at = strings.randomElement(using: &random) else { break }
      let length = Int(bytes[at + 2])
      let value = Array((numbers.randomElement(using: &random) ?? "").utf8).prefix(length)
      guard at + 4 + length <= bytes.count else { break }
      bytes.replaceSubrange(
        at + 4..<at + 4 + length, with: value + [UInt8](repeating: 0x20, count: length - value.count))
    }
    return bytes
  }
}
