import Imaging
import TestSupport
import Testing

@Suite("Orientation")
struct OrientationTests {
  struct Case: Decodable {
    let axes: [[Double]]
    let codes: String
  }

  static func oblique(seed: UInt64 = 1) -> (Volume, LabelMap) {
    var random = SplitMix64(seed: seed)
    let geometry = Geometry(
      width: 3, height: 4, depth: 5, origin: SIMD3(7, -8, 9), iStep: SIMD3(0.1, 0.9, -0.2),
      jStep: SIMD3(-0.3, 0.2, 1.9),
      kStep: SIMD3(2.8, 0.1, 0.3))
    return (
      Volume(geometry: geometry, voxels: random.normals(60)),
      LabelMap(geometry: geometry, voxels: (0..<60).map { UInt16($0) })
    )
  }

  @Test("axis codes are nibabel's")
  func codes() throws {
    let cases = try Golden.json([String: Case].self, "axis_codes.json")
    for item in cases.values {
      let steps = (0..<3).map { column in SIMD3((0..<3).map { item.axes[$0][column] }) }
      let grid = Geometry(
        width: 2, height: 2, depth: 2, origin: SIMD3(0, 0, 0), iStep: steps[0], jStep: steps[1], kStep: steps[2])
      #expect(grid.axisCodes.description == item.codes)
    }
  }

  @Test("letters that name no three axes are refused", arguments: ["", "RA", "RAR", "RAX", "RASL", "ras"])
  func letters(text: String) { #expect(AxisCodes(text) == nil) }

  @Test("every reorientation keeps each voxel at its place in the patient, and its inverse brings all back")
  func lossless() {
    let (volume, labels) = Self.oblique()
    #expect(AxisCodes.all.count == 48)
    for codes in AxisCodes.all {
      #expect(AxisCodes(codes.description) == codes)
      let change = AxisReorientation(from: volume.geometry.axisCodes, to: codes)
      let turned = volume.reoriented(to: codes)
      #expect(turned.geometry.axisCodes == codes)
      let grid = turned.geometry
      for k in 0..<grid.depth {
        for j in 0..<grid.height {
          for i in 0..<grid.width {
            let index = volume.geometry.index(of: grid.position(i: Double(i), j: Double(j), k: Double(k))) + 0.5
            let old = (Int(index.z) * 4 + Int(index.y)) * 3 + Int(index.x)
            #expect(turned.voxels[(k * grid.height + j) * grid.width + i] == volume.voxels[old])
          }
        }
      }
      let back = turned.reoriented(by: change.inverse)
      #expect(back.voxels == volume.voxels)
      #expect(back.geometry.isSameGrid(as: volume.geometry, tolerance: 1e-12))
      #expect(labels.reoriented(to: codes).reoriented(by: change.inverse).voxels == labels.voxels)
    }
  }

  @Test("slices are named by their normal")
  func plane() {
    func plane(_ i: SIMD3<Double>, _ j: SIMD3<Double>) -> SlicePlane {
      Geometry(width: 2, height: 2, depth: 2, origin: .zero, iStep: i, jStep: j, kStep: i.cross(j)).slicePlane
    }
    #expect(plane(SIMD3(1, 0, 0), SIMD3(0, 2, 0)) == .axial)
    #expect(plane(SIMD3(0, 1, 0), SIMD3(0, 0, -1)) == .sagittal)
    #expect(plane(SIMD3(1, 0, 0), SIMD3(0, 0, -1)) == .coronal)
    #expect(plane(SIMD3(0.7, 0.7, 0), SIMD3(-0.7, 0.7, 0)) == .axial)
    #expect(plane(SIMD3(1, 0, 0), SIMD3(0, 0.82, 0.57)) == .axial)
    #expect(plane(SIMD3(1, 0, 0), SIMD3(0, 0.78, 0.63)) == .oblique)
  }
}
