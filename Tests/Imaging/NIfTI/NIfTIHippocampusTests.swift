import Foundation
import Imaging
import TestSupport
import Testing

@Suite("NIfTI, the shared hippocampus cases")
struct NIfTIHippocampusTests {
  struct Case: Decodable {
    let size: [Int]
    let spacing: [Double]
    let origin: [Double]
    let sum: Double
    let counts: [Int]
  }

  @Test(
    "ten pairs are what SimpleITK reads", .enabled(if: SharedFolder.has("data/hippocampus"), SharedFolder.missing))
  func pairs() throws {
    let cases = try Golden.json([String: Case].self, "hippocampus.json")
    #expect(cases.count == 10)
    for (name, expected) in cases {
      let image = try NIfTI.read(SharedFolder.file("data/hippocampus/imagesTr/\(name)_0000.nii.gz"))
      let labels = try NIfTI.readLabels(SharedFolder.file("data/hippocampus/labelsTr/\(name).nii.gz"))
      #expect(image.geometry.shape == expected.size.reversed())
      #expect(image.geometry.spacing == expected.spacing.reversed())
      #expect((image.geometry.origin - SIMD3(expected.origin)).length < 1e-6)
      #expect(image.geometry.isSameGrid(as: labels.geometry))
      #expect(image.geometry.axisCodes == .ras && image.geometry.slicePlane == .axial)
      #expect(image.voxels.reduce(0) { $0 + Double($1) } == expected.sum)
      #expect((0...2).map { value in labels.voxels.count { $0 == value } } == expected.counts)
    }
  }
}
