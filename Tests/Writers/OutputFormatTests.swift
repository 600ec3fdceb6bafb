import Imaging
import TestSupport
import Testing
import Writers

@Suite("Output formats")
struct OutputFormatTests {
  private func scan() throws -> SegmentedScan {
    var random = SplitMix64(seed: 12)
    let grid = Geometry(
      width: 20, height: 16, depth: 12, origin: SIMD3(1, 2, 3), iStep: SIMD3(0, 1, 0), jStep: SIMD3(0, 0, -1),
      kStep: SIMD3(-1.5, 0, 0))
    let labels = (0..<grid.count).map { index -> UInt16 in
      let slice = index / (20 * 16)
      return index % 20 > 8 && slice > 4 ? UInt16(slice % 3) : 0
    }
    return try SegmentedScan(
      image: Volume(geometry: grid, voxels: random.normals(grid.count)),
      labels: LabelMap(geometry: grid, voxels: labels),
      names: [SegmentLabel(value: 1, name: "Anterior"), SegmentLabel(value: 2, name: "Posterior")], modality: "MR",
      title: "test")
  }

  @Test("every format gives safe, repeatable files", arguments: OutputFormat.allCases)
  func conformance(format: OutputFormat) throws {
    let scan = try scan()
    let files = try format.files(for: scan)
    // These need the journey or the scan's instances: the agent writes them, and no file comes from the voxels alone.
    #expect(files.isEmpty == [.report, .dicomSEG].contains(format))
    #expect(Set(files.map { $0.name }).count == files.count)
    #expect(files.allSatisfy { OutputName.isSafe($0.name) && !$0.bytes.isEmpty })
    #expect(try format.files(for: scan) == files)
  }

  @Test("the names are the interface's")
  func names() throws {
    #expect(OutputFormat.allCases.map { $0.rawValue } == ["nifti", "dicom-seg", "report", "preview"])
    #expect(try OutputFormat.nifti.files(for: scan()).map { $0.name } == ["image.nii.gz", "segmentation.nii.gz"])
    #expect(try OutputFormat.preview.files(for: scan()).map { $0.name } == ["preview.png"])
  }

  @Test("nifti holds the scan and its labels in the scan's own geometry")
  func nifti() throws {
    let scan = try scan()
    let files = try OutputFormat.nifti.files(for: scan)
    let image = try NIfTI.volume(from: files[0].bytes, name: "image")
    let labels = try NIfTI.labels(from: files[1].bytes, name: "labels")
    #expect(image.voxels == scan.image.voxels && labels.voxels == scan.labels.voxels)
    #expect(image.geometry.isSameGrid(as: scan.image.geometry) && labels.geometry.isSameGrid(as: scan.image.geometry))
  }

  @Test("the preview is a PNG of the layout's width")
  func png() throws {
    let bytes = try OutputFormat.preview.files(for: scan())[0].bytes
    #expect(Array(bytes[..<8]) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(bytes[16..<20].reduce(0) { $0 << 8 | Int($1) } == PreviewLayout.width)
  }

  @Test("labels on another grid are refused")
  func mismatch() throws {
    let scan = try scan()
    let other = scan.labels.cropped(to: Box(i: 0..<5, j: 0..<5, k: 0..<5))
    #expect(throws: GridMismatch.self) {
      try SegmentedScan(image: scan.image, labels: other, names: [], modality: "MR", title: "")
    }
  }
}
