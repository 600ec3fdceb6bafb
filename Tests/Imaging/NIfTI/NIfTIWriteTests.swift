import Foundation
import Imaging
import TestSupport
import Testing

@Suite("NIfTI, writing")
struct NIfTIWriteTests {
  /// Relative; the header holds single precision.
  static let single = 1e-6
  /// Relative; near a half turn the quaternion's first component is the root of a small difference, so that the qform keeps
  /// only half of single precision's digits.
  static let halfTurn = 1e-3

  private func geometry(_ random: inout SplitMix64, shape: [Int] = [4, 3, 5], mirrored: Bool) -> Geometry {
    let a = SIMD3(random.normal(), random.normal(), random.normal())
    let x = a / a.length
    let b = x.cross(SIMD3(random.normal(), random.normal(), random.normal()))
    let y = b / b.length
    return Geometry(
      width: shape[2], height: shape[1], depth: shape[0],
      origin: SIMD3(100 * random.normal(), 100 * random.normal(), 100 * random.normal()),
      iStep: 0.7 * x, jStep: 1.25 * y, kStep: (mirrored ? -3 : 3) * x.cross(y))
  }

  private func close(_ a: Geometry, _ b: Geometry, _ tolerance: Double = single) -> Bool {
    a.shape == b.shape
      && zip([a.origin, a.iStep, a.jStep, a.kStep], [b.origin, b.iStep, b.jStep, b.kStep]).allSatisfy {
        ($0 - $1).length <= tolerance * max(1, $1.length)
      }
  }

  @Test("what is written is read back, in any orientation, by the sform and by the qform alone")
  func roundTrip() throws {
    var random = SplitMix64(seed: 3)
    for round in 0..<40 {
      let geometry = geometry(&random, mirrored: round.isMultiple(of: 2))
      let volume = Volume(geometry: geometry, voxels: random.normals(60))
      var bytes = try NIfTI.data(volume, compressed: false)
      let back = try NIfTI.volume(from: bytes, name: "back")
      #expect(close(back.geometry, geometry), "\(back.geometry) \(geometry)")
      #expect(back.voxels == volume.voxels)
      bytes[254] = 0
      #expect(close(try NIfTI.volume(from: bytes, name: "qform").geometry, geometry, Self.halfTurn))
    }
  }

  @Test("a skewed grid is written with the sform alone and comes back skewed")
  func skewed() throws {
    let geometry = Geometry(
      width: 2, height: 2, depth: 2, origin: SIMD3(1, 2, 3), iStep: SIMD3(0.5, 0, 0), jStep: SIMD3(0, 0.5, 0),
      kStep: SIMD3(0, 0.75, 2))
    let bytes = try NIfTI.data(Volume(geometry: geometry, voxels: [Float](repeating: 1, count: 8)), compressed: false)
    #expect(bytes[252] == 0 && bytes[254] == 1)
    #expect(try NIfTI.volume(from: bytes, name: "skewed").geometry == geometry)
  }

  @Test("whole numbers become int16, others float32; labels uint8 below 255, then uint16")
  func datatypes() throws {
    var random = SplitMix64(seed: 4)
    let geometry = geometry(&random, shape: [1, 1, 3], mirrored: false)
    let images: [([Float], UInt8)] = [
      ([-32768, 0, 32767], 4), ([0, 0.5, 1], 16), ([0, 32768, 1], 16), ([.nan, 0, 0], 16), ([-.infinity, 0, 0], 16),
    ]
    for (voxels, code) in images {
      let bytes = try NIfTI.data(Volume(geometry: geometry, voxels: voxels), compressed: false)
      #expect(bytes[70] == code)
      let back = try NIfTI.volume(from: bytes, name: "back").voxels
      #expect(zip(back, voxels).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }
    for (largest, code): (UInt16, Int) in [(254, 2), (255, 512), (65535, 512)] {
      let labels = LabelMap(geometry: geometry, voxels: [0, 1, largest])
      let bytes = try NIfTI.data(labels, compressed: false)
      #expect(Int(bytes[70]) + 256 * Int(bytes[71]) == code)
      #expect(try NIfTI.labels(from: bytes, name: "back").voxels == labels.voxels)
    }
  }

  @Test("an axis beyond 32767 makes it NIfTI-2")
  func second() throws {
    let geometry = Geometry(
      width: 40_000, height: 2, depth: 1, origin: SIMD3(1, 2, 3), iStep: SIMD3(0, 0, 0.5), jStep: SIMD3(0.25, 0, 0),
      kStep: SIMD3(0, 2, 0))
    let labels = LabelMap(geometry: geometry, voxels: (0..<80_000).map { UInt16($0 % 200) })
    let bytes = try NIfTI.data(labels)
    let back = try NIfTI.labels(from: bytes, name: "second")
    #expect(back == labels)
  }

  @Test("the same volume gives the same bytes, and the file holds them, private to its owner")
  func deterministic() throws {
    var random = SplitMix64(seed: 5)
    let volume = Volume(geometry: geometry(&random, mirrored: false), voxels: random.normals(60))
    let folder = try TemporaryFolder()
    let file = folder.file("image.nii.gz")
    try NIfTI.write(volume, to: file)
    let bytes = try [UInt8](Data(contentsOf: file))
    #expect(try bytes == NIfTI.data(volume))
    #expect(Array(bytes[4..<8]) == [0, 0, 0, 0])
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try NIfTI.write(volume, to: folder.file("image.nii"))
    #expect(try NIfTI.read(folder.file("image.nii")).voxels == volume.voxels)
    #expect(try folder.contents() == ["image.nii", "image.nii.gz"])
  }

  @Test("a folder that is not there is named and leaves nothing behind")
  func unwritable() throws {
    var random = SplitMix64(seed: 6)
    let volume = Volume(geometry: geometry(&random, mirrored: false), voxels: random.normals(60))
    let folder = try TemporaryFolder()
    #expect { try NIfTI.write(volume, to: folder.file("none/a.nii")) } throws: {
      ($0 as? NIfTIError)?.kind == .system && "\($0)".contains("No such file")
    }
    try FileManager.default.createDirectory(at: folder.file("a.nii"), withIntermediateDirectories: true)
    #expect(throws: NIfTIError.self) { try NIfTI.write(volume, to: folder.file("a.nii")) }
    #expect(try folder.contents() == ["a.nii"])
  }
}
