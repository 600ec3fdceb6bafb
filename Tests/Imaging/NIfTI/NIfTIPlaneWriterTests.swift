import Dispatch
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("NIfTI, plane by plane")
struct NIfTIPlaneWriterTests {
  private func volume(_ shape: [Int], _ value: (Int) -> Float) -> Volume {
    let geometry = Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(1, 2, 3), iStep: SIMD3(0.5, 0, 0),
      jStep: SIMD3(0, 0.5, 0), kStep: SIMD3(0, 0, 2))
    return Volume(geometry: geometry, voxels: (0..<geometry.count).map(value))
  }

  /// Planes of every size against the pieces' half MiB, of contents that compress well, badly and not at all.
  private func volumes() -> [Volume] {
    var random = SplitMix64(seed: 7)
    return [
      volume([1, 1, 1]) { _ in 0 },
      volume([7, 3, 5]) { Float($0 % 11) },
      volume([45, 120, 130]) { _ in Float(Int(random.normal() * 20)) },
      volume([3, 700, 600]) { Float($0 / 1000 % 200) },
      volume([2, 600, 500]) { _ in Float(Int64(bitPattern: random.next() & 0xFFFF) - 0x8000) },
      volume([5, 300, 500]) { _ in Float(random.normal()) },
      volume([3, 400, 500]) { _ in -1024 },
    ]
  }

  private func write(_ volume: Volume, to file: URL, order: [Int]) throws {
    let isWhole = volume.voxels.allSatisfy { $0 == $0.rounded() }
    let writer = try NIfTIPlaneWriter(volume.geometry, isWhole ? .int16 : .float32, to: file)
    let count = volume.geometry.width * volume.geometry.height
    DispatchQueue.concurrentPerform(iterations: order.count) { n in
      let plane = volume.voxels[order[n] * count..<(order[n] + 1) * count]
      #expect(throws: Never.self) {
        if isWhole {
          try plane.map { Int16($0) }.withUnsafeBytes { try writer.write($0, k: order[n]) }
        } else {
          try plane.withUnsafeBytes { try writer.write($0, k: order[n]) }
        }
      }
    }
    try writer.finish(isSynced: false)
  }

  @Test(
    "in any order and from several threads, the file is the one that a whole volume gives",
    arguments: [".nii", ".nii.gz"])
  func sameBytes(ending: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.file("image" + ending)
    for volume in volumes() {
      let expected = try NIfTI.data(volume, compressed: ending == ".nii.gz")
      let forwards = Array(0..<volume.geometry.depth)
      for order in [forwards, forwards.reversed(), forwards.sorted { ($0 % 3, $0) < ($1 % 3, $1) }] {
        try write(volume, to: file, order: order)
        #expect(try [UInt8](Data(contentsOf: file)) == expected, "\(volume.geometry.shape)")
      }
    }
  }

  @Test("pieces compressed apart are one gzip member that holds the same bytes")
  func oneMember() throws {
    for volume in volumes() {
      let plain = try NIfTI.data(volume, compressed: false)
      let member = try NIfTI.data(volume, compressed: true)
      #expect(try Gzip.expanded(member, limit: plain.count) == plain, "\(volume.geometry.shape)")
      // A second member would have a size of its own behind it.
      #expect(member.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) } == plain.count)
    }
  }

  @Test("a file that is not finished leaves nothing behind")
  func abandoned() throws {
    let folder = try TemporaryFolder()
    let volume = volume([2, 3, 4]) { Float($0) }
    do {
      let writer = try NIfTIPlaneWriter(volume.geometry, .int16, to: folder.file("image.nii"))
      try [Int16](repeating: 1, count: 12).withUnsafeBytes { try writer.write($0, k: 1) }
      #expect(try folder.contents().count == 1)
    }
    #expect(try folder.contents().isEmpty)
  }
}
