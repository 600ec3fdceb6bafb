import Foundation
import Imaging
import TestSupport
import Testing

@Suite("NIfTI, hostile input")
struct NIfTIHostileTests {
  private func kind(_ bytes: [UInt8], limits: NIfTILimits = .standard) -> NIfTIError.Kind? {
    do throws(NIfTIError) {
      _ = try NIfTI.volume(from: bytes, name: "hostile", limits: limits)
      return nil
    } catch {
      return error.kind
    }
  }

  private func good() throws -> [UInt8] { try [UInt8](Golden.data("nifti/sform.nii")) }

  @Test("every lie in the header is refused with its kind")
  func header() throws {
    let lies: [(Range<Int>, [UInt8], NIfTIError.Kind)] = [
      (0..<4, [1, 2, 3, 4], .notNIfTI), (344..<348, [0, 0, 0, 0], .notNIfTI),
      (344..<348, [0x6E, 0x69, 0x31, 0], .unsupported), (40..<42, [8, 0], .damaged), (40..<42, [0, 0], .damaged),
      (42..<44, [0, 0], .damaged), (42..<44, [0xFF, 0xFF], .damaged),
      (42..<48, [0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x7F], .tooLarge),
      (42..<44, [3, 0], .damaged), (70..<72, [128, 0], .unsupported), (70..<72, [32, 0], .unsupported),
      (70..<72, [7, 0], .unsupported), (72..<74, [16, 0], .damaged), (108..<112, [0, 0, 0, 0], .damaged),
      (108..<112, [0, 0, 0x80, 0x7F], .damaged), (108..<112, [0, 0, 0x80, 0x4F], .damaged),
      (80..<84, [0, 0, 0, 0], .damaged), (80..<84, [0, 0, 0, 0xC0], .damaged), (80..<84, [0, 0, 0xC0, 0x7F], .damaged),
      (280..<284, [0, 0, 0xC0, 0x7F], .damaged), (280..<284, [0, 0, 0, 0], .damaged), (123..<124, [5], .damaged),
    ]
    #expect(kind(try good()) == nil)
    for (place, lie, expected) in lies {
      var bytes = try good()
      bytes.replaceSubrange(place, with: lie)
      #expect(kind(bytes) == expected, "bytes \(place) as \(lie)")
    }
  }

  @Test("seven axes of 2^63 voxels do not overflow")
  func overflow() throws {
    var bytes = try [UInt8](Golden.data("nifti/second.nii"))
    for axis in 0...7 {
      bytes.replaceSubrange(
        (16 + 8 * axis)..<(24 + 8 * axis), with: axis == 0 ? [7, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 1, 0, 0, 0])
    }
    #expect(kind(bytes) == .tooLarge)
  }

  @Test("a file cut at any byte is refused, compressed or not, and nothing crashes")
  func cut() throws {
    let plain = try good()
    for length in 0..<plain.count { #expect(kind(Array(plain[..<length])) != nil) }
    let volume = try NIfTI.volume(from: plain, name: "good")
    let compressed = try NIfTI.data(volume)
    #expect(kind(compressed) == nil)
    for length in 0..<compressed.count { #expect(kind(Array(compressed[..<length])) != nil) }
  }

  @Test("random damage is refused, or gives a whole volume within the limits; both happen")
  func damage() throws {
    var random = SplitMix64(seed: 11)
    let sources = [try good(), try NIfTI.data(try NIfTI.volume(from: good(), name: "good"))]
    let (rounds, limits) = (4000, NIfTILimits(voxels: 1 << 20, bytes: 1 << 22))
    var refused = 0
    for _ in 0..<rounds {
      var bytes = sources[Int(random.next() & 1)]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do throws(NIfTIError) {
        let volume = try NIfTI.volume(from: bytes, name: "damaged", limits: limits)
        #expect(volume.voxels.count == volume.geometry.count && volume.voxels.count <= 1 << 20)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0 && refused < rounds)
  }

  @Test("limits are kept: voxels, file size, expanded size")
  func limits() throws {
    #expect(kind(try good(), limits: NIfTILimits(voxels: 23, bytes: 1 << 20)) == .tooLarge)
    #expect(kind(try good(), limits: NIfTILimits(voxels: 24, bytes: 1 << 20)) == nil)
    let geometry = try NIfTI.volume(from: good(), name: "good").geometry
    let zeros = LabelMap(
      geometry: Geometry(
        width: 400, height: 400, depth: 400, origin: geometry.origin, iStep: geometry.iStep, jStep: geometry.jStep,
        kStep: geometry.kStep), voxels: [UInt16](repeating: 0, count: 64_000_000))
    let bomb = try NIfTI.data(zeros)
    #expect(bomb.count < 100_000)
    #expect(kind(bomb, limits: NIfTILimits(voxels: 1 << 30, bytes: 1 << 25)) == .tooLarge)
    var liar = bomb
    liar.replaceSubrange((bomb.count - 4)..., with: [0, 1, 0, 0])
    #expect(kind(liar, limits: NIfTILimits(voxels: 1 << 30, bytes: 1 << 25)) != nil)
    let folder = try TemporaryFolder()
    let file = try folder.write(good(), to: "a.nii")
    #expect { try NIfTI.read(file, limits: NIfTILimits(voxels: 100, bytes: 300)) } throws: {
      ($0 as? NIfTIError)?.kind == .tooLarge
    }
  }

  @Test("members of a gzip file are joined, padding is passed over, anything else after them is refused")
  func members() throws {
    let folder = try TemporaryFolder()
    let plain = try good()
    let halves = try [Array(plain[..<200]), Array(plain[200...])].enumerated().map { index, half in
      let part = try folder.write(half, to: "part\(index)")
      let gzip = Process()
      gzip.executableURL = URL(filePath: "/bin/gzip")
      gzip.arguments = ["-n", part.path]
      try gzip.run()
      gzip.waitUntilExit()
      return try [UInt8](Data(contentsOf: folder.file("part\(index).gz")))
    }
    #expect(kind(halves[0] + halves[1]) == nil)
    #expect(kind(halves[0] + halves[1] + [0, 0, 0]) == nil)
    #expect(kind(halves[0] + halves[1] + [0, 1]) == .damaged)
    #expect(kind(halves[0]) == .notNIfTI)
  }

  @Test("folders, pipes and missing files are named")
  func notFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe.nii")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    for (place, word) in [(folder.url, "regular"), (pipe, "regular"), (folder.file("none"), "No such file")] {
      #expect { try NIfTI.read(place) } throws: { "\($0)".contains(word) && "\($0)".contains(place.path) }
    }
  }
}
