import DICOM
import Foundation
import Imaging
import Testing

/// However the patient lies: every voxel is where its file says, in the patient's own coordinates.
@Suite struct OrientationTests {
  /// PatientPosition (0018,5100) of an axial acquisition, and the cosines that go with it (PS3.3 C.7.3.1.1.2).
  static let positions: [(String, [Double])] = [
    ("HFS", [1, 0, 0, 0, 1, 0]), ("HFP", [-1, 0, 0, 0, -1, 0]), ("HFDR", [0, 1, 0, -1, 0, 0]),
    ("HFDL", [0, -1, 0, 1, 0, 0]), ("FFS", [-1, 0, 0, 0, 1, 0]), ("FFP", [1, 0, 0, 0, -1, 0]),
    ("FFDR", [0, -1, 0, -1, 0, 0]), ("FFDL", [0, 1, 0, 1, 0, 0]),
  ]

  /// The value of a point in the patient: another one wherever one looks.
  static func value(_ p: SIMD3<Double>) -> Int { Int((1500 + 64 * p.x + 5 * p.y + 1.5 * p.z).rounded()) }

  static func slices(_ cosines: [Double], patientPosition: String) -> [RawDICOM] {
    var phantom = Phantom(rows: 6, columns: 5, spacing: (row: 2, column: 1))
    phantom.orientation = cosines
    phantom.intercept = 0
    let row = SIMD3(cosines[0], cosines[1], cosines[2])
    let column = SIMD3(cosines[3], cosines[4], cosines[5])
    return (0..<4).map { number -> RawDICOM in
      let corner = SIMD3(3, -4, 10 + 4 * Double(number))
      var slice = phantom.slice(number + 1, at: [corner.x, corner.y, corner.z])
      slice.text(0x0018_5100, "CS", patientPosition)
      let values = (0..<30).map { value(corner + row * Double($0 % 5) + column * 2 * Double($0 / 5)) }
      phantom.setPixels(&slice, values)
      return slice
    }
  }

  @Test(arguments: positions)
  func everyVoxelIsWhereThePatientIs(position: (name: String, cosines: [Double])) async throws {
    let scan = try await AssemblyTests.scan(Self.slices(position.cosines, patientPosition: position.name))
    let g = scan.volume.geometry
    #expect(scan.findings.isEmpty && g.iStep.cross(g.jStep).dot(g.kStep) > 0)
    for k in 0..<4 {
      for j in 0..<6 {
        for i in 0..<5 {
          let expected = Self.value(g.position(i: Double(i), j: Double(j), k: Double(k)))
          #expect(scan.volume.voxels[(k * 6 + j) * 5 + i] == Float(expected))
        }
      }
      // Head first or feet first, plane k is the file whose position it has.
      let number = try #require(scan.planes[k].sopInstanceUID?.split(separator: ".").last.flatMap { Double($0) })
      #expect(g.position(i: 0, j: 0, k: Double(k)) == SIMD3(3, -4, 6 + 4 * number))
    }
  }

  /// The cosines decide, whatever PatientPosition says.
  @Test func aPatientPositionThatLiesChangesNothing() async throws {
    let honest = try await AssemblyTests.scan(Self.slices([0, -1, 0, 1, 0, 0], patientPosition: "HFDL"))
    let lying = try await AssemblyTests.scan(Self.slices([0, -1, 0, 1, 0, 0], patientPosition: "FFS"))
    #expect(honest.volume.geometry == lying.volume.geometry && honest.volume.voxels == lying.volume.voxels)
  }

  @Test func aTiltAttributeThatLiesChangesNothing() async throws {
    let slices = Phantom().stack([0, 2, 4]).map { slice -> RawDICOM in
      var slice = slice
      slice.text(0x0018_1120, "DS", "20")
      return slice
    }
    let scan = try await AssemblyTests.scan(slices)
    #expect(scan.findings.isEmpty && scan.volume.geometry.leanDegrees < 1e-9)
    #expect(scan.volume.upright().geometry == scan.volume.geometry)
  }
}
