import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Test support")
struct TestSupportTests {
  @Test("SplitMix64 gives the published sequence")
  func sequence() {
    // First values of the reference implementation (Vigna, splitmix64.c) from seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    #expect(generator.next() == 9_817_491_932_198_370_423)
  }

  @Test("reads an .npy array")
  func npy() throws {
    let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }".padding(
      toLength: 117, withPad: " ", startingAt: 0)
    let bytes: [UInt8] =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array((header + "\n").utf8) + [
        1, 0, 2, 0, 3, 0, 255, 255, 5, 0, 0, 1,
      ]
    let array = try NPYArray(Data(bytes))
    #expect(array.shape == [2, 3])
    #expect(array.integers == [1, 2, 3, -1, 5, 256])
    #expect(array.floats == [1, 2, 3, -1, 5, 256])
    #expect(throws: GoldenError.self) { try NPYArray(Data(bytes.dropLast())) }
  }

  @Test("a temporary folder goes with its last reference")
  func temporary() throws {
    let place: URL
    do {
      let folder = try TemporaryFolder()
      place = try folder.write([1, 2], to: "a/b")
      #expect(FileManager.default.fileExists(atPath: place.path))
      #expect(try folder.contents() == ["a"])
    }
    #expect(!FileManager.default.fileExists(atPath: place.path))
  }
}
