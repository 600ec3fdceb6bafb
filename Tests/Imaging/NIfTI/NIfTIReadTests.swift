import Foundation
import Imaging
import TestSupport
import Testing

/// What SimpleITK says of one file's grid.
struct ExpectedGrid: Decodable {
  let size: [Int]
  let spacing: [Double]
  let origin: [Double]
  let direction: [Double]
}

@Suite("NIfTI, reading")
struct NIfTIReadTests {
  /// mm; the headers hold single precision and the largest coordinate here is 30 000 mm.
  static let position = 2e-3
  /// mm per voxel; single precision of directions times spacings.
  static let step = 1e-6

  @Test("takes spacing, directions and origin as SimpleITK 2.5 does")
  func geometry() throws {
    let expected = try Golden.json([String: ExpectedGrid].self, "nifti_geometry.json")
    #expect(expected.count == 22)
    for (name, grid) in expected {
      let volume = try NIfTI.read(try Golden.file("nifti/\(name).nii"))
      let found = volume.geometry
      #expect([found.width, found.height, found.depth] == grid.size, "\(name)")
      for (axis, vector) in [found.iStep, found.jStep, found.kStep].enumerated() {
        let wanted = SIMD3((0..<3).map { grid.direction[3 * $0 + axis] * grid.spacing[axis] })
        #expect(
          (vector - wanted).length <= Self.step * grid.spacing[axis], "\(name), axis \(axis): \(vector), \(wanted)")
      }
      #expect((found.origin - SIMD3(grid.origin)).length <= Self.position, "\(name): \(found.origin)")
      #expect(volume.voxels == (0..<24).map { Float($0) })
    }
  }

  @Test("takes every real datatype, either byte order, scaled or not, as nibabel does")
  func values() throws {
    let expected = try Golden.json([String: [Float]].self, "nifti_values.json")
    #expect(expected.count == 41)
    for (name, values) in expected {
      #expect(try NIfTI.read(try Golden.file("nifti/\(name).nii")).voxels == values, "\(name)")
    }
  }

  @Test("a skewed sform alone keeps its columns")
  func skewed() throws {
    var bytes = try [UInt8](Golden.data("nifti/skewed_sform_and_qform.nii"))
    bytes[252] = 0
    let geometry = try NIfTI.volume(from: bytes, name: "skewed").geometry
    #expect(geometry.kStep == SIMD3(-1, 0, 4))
    #expect(geometry.iStep == SIMD3(-2, 0, 0))
    #expect(geometry.origin == SIMD3(-10, -20, 30))
  }

  @Test("an image of two axes has depth 1 and a third direction at right angles")
  func flat() throws {
    var bytes = try [UInt8](Golden.data("nifti/qform_turned.nii"))
    bytes.replaceSubrange(40..<48, with: [2, 0, 4, 0, 6, 0, 0, 0])
    bytes.replaceSubrange(88..<92, with: [0, 0, 0, 0])
    let geometry = try NIfTI.volume(from: bytes, name: "flat").geometry
    #expect(geometry.shape == [1, 6, 4])
    #expect(abs(geometry.kStep.length - 1) < 1e-12)
    #expect(abs(geometry.kStep.dot(geometry.iStep)) < 1e-6)
  }

  @Test("channels come one after the other; one volume is not taken from several")
  func channels() throws {
    var bytes = try [UInt8](Golden.data("nifti/sform.nii"))
    bytes.replaceSubrange(40..<50, with: [4, 0, 2, 0, 3, 0, 2, 0, 2, 0])
    let folder = try TemporaryFolder()
    let channels = try NIfTI.readChannels(try folder.write(bytes, to: "four.nii"))
    #expect(channels.map { $0.voxels } == [(0..<12).map { Float($0) }, (12..<24).map { Float($0) }])
    #expect(throws: NIfTIError.self) { try NIfTI.volume(from: bytes, name: "four") }
  }

  @Test("labels must be whole numbers that fit, however they are stored")
  func labels() throws {
    let whole = try NIfTI.readLabels(try Golden.file("nifti/type_uint8.nii"))
    #expect(whole.voxels.map { Float($0) } == (try NIfTI.read(try Golden.file("nifti/type_uint8.nii")).voxels))
    #expect(try NIfTI.readLabels(try Golden.file("nifti/type_uint16_big.nii")).voxels.max() == 65535)
    let second = try NIfTI.readLabels(try Golden.file("nifti/second.nii"))
    #expect(second.voxels == (0..<24).map { UInt16($0) })
    for name in ["type_float32", "type_uint8_scaled", "type_int16", "type_uint32"] {
      #expect {
        try NIfTI.readLabels(try Golden.file("nifti/\(name).nii"))
      } throws: {
        ($0 as? NIfTIError)?.kind == .notLabels && "\($0)".contains("voxel (")
      }
    }
  }

  @Test("NaN and infinity are kept")
  func nan() throws {
    var bytes = try [UInt8](Golden.data("nifti/type_float32.nii"))
    bytes.replaceSubrange(352..<360, with: [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0xFF])
    let voxels = try NIfTI.volume(from: bytes, name: "nan").voxels
    #expect(voxels[0].isNaN && voxels[1] == -.infinity)
    #expect(throws: NIfTIError.self) { try NIfTI.labels(from: bytes, name: "nan") }
  }
}
