import DICOM
import Foundation
import Imaging
import Testing

/// Every shared series against the oracle that `oracle.tsv` says is right.
@Suite(.enabled(if: SharedData.isThere, "shared/data/dicom does not lie beside the repository"))
struct OracleTests {
  /// `oracle.tsv` gives 5 decimals.
  static let affineTolerance = 1e-3
  /// Oracles that rescale by a fraction round differently in float32.
  static let meanTolerance = 1e-5

  /// Series that are refused, and a word of the reason.
  static let refused = [
    "0334_dcm_qa_xa30_14_DWI_dir80_PA": "Color",
    "0371_dcm_qa_xa30i_2001_AAHead_Scout": "mixed orientation",
    "0452_dcmqi_segmentations": "Segmentation",
    "0457_dcmqi_seg": "Segmentation",
    "0759_highdicom_test_files": "Segmentation",
    "0761_highdicom_test_files": "Segmentation",
    "1005_rt-utils_mock_data": "RT Structure Set",
    "0607_dicom2nifti_001": "incomplete",
  ]

  /// Series whose believed oracle does not give the DICOM values: Philips scales of dcm2niix are its own (`-p n` would follow DICOM).
  /// Means by pydicom: stored value times the frame's RescaleSlope plus its RescaleIntercept.
  static let ownMeans = ["0156_dcm_qa_enh_Philips": [564.2677646893447, -11.997993290043144]]

  @Test(arguments: SharedData.seriesFolders)
  func series(_ series: String) async throws {
    let (results, failures) = try await Conversion.convert(SharedData.files(series))
    #expect(failures.isEmpty)
    if let word = Self.refused[series] {
      #expect(results.count == 1)
      let refusal = try #require(results.first?.refusal)
      #expect(refusal.description.contains(word))
      return
    }
    let scans = results.compactMap { $0.scan }
    let volumes = scans.map { Canonical($0.volume) }
    if let means = Self.ownMeans[series] {
      #expect(volumes.count == means.count)
      for (volume, mean) in zip(volumes, means) { #expect(abs(volume.mean - mean) <= abs(mean) * Self.meanTolerance) }
      return
    }
    let believed = SharedData.believed(series)
    if let oracle = believed.first, oracle.shape.count == 4 {
      try Self.agreesInTime(volumes, oracle)
      return
    }
    #expect(volumes.count == Set(believed.map { $0.fields[6] }).count || series.hasPrefix("0604"))
    for oracle in believed where oracle.name.hasPrefix("dcm2niix") || oracle == believed.first {
      #expect(volumes.contains { Self.agrees($0, oracle) }, "\(oracle)")
    }
    for scan in scans { Self.isTraceable(scan) }
  }

  static func agrees(_ volume: Canonical, _ oracle: SharedData.Oracle) -> Bool {
    guard volume.shape == oracle.shape, oracle.affine.count == 3 else { return false }
    let differences = (0..<3).flatMap { row in (0..<4).map { abs(oracle.affine[row][$0] - volume.affine[row][$0]) } }
    guard differences.allSatisfy({ $0 <= affineTolerance }) else { return false }
    return oracle.digest == volume.digest
      || abs(volume.mean - oracle.mean) <= max(1e-4, abs(oracle.mean) * meanTolerance)
        && volume.voxels.contains { $0 != $0.rounded() }
  }

  /// The oracle's file is four-dimensional: our volumes one after another.
  static func agreesInTime(_ volumes: [Canonical], _ oracle: SharedData.Oracle) throws {
    #expect(volumes.count == oracle.shape[3])
    #expect(volumes.allSatisfy { $0.shape == Array(oracle.shape.prefix(3)) })
    let first = try #require(volumes.first)
    let differences = (0..<3).flatMap { row in (0..<4).map { abs(oracle.affine[row][$0] - first.affine[row][$0]) } }
    #expect(differences.allSatisfy { $0 <= affineTolerance })
    #expect(Canonical.digest(volumes.flatMap { $0.voxels }) == oracle.digest)
  }

  /// Every plane and every file is accounted for.
  static func isTraceable(_ scan: Scan) {
    #expect(scan.planes.count == scan.volume.geometry.depth)
    #expect(!scan.instances.isEmpty)
    let uids = Set(scan.instances.map { $0.sopInstanceUID })
    #expect(scan.planes.allSatisfy { plane in plane.sopInstanceUID.map { uids.contains($0) } ?? false })
    for word in ["PatientName", "PatientID", "PatientBirthDate"] { #expect(scan.attributes[word] == nil) }
  }

  @Test func theGapIsNamedAndFilledWhenTheRuleSaysSo() async throws {
    let files = SharedData.files("0607_dicom2nifti_001")
    let refusal = try #require(try await Conversion.convert(files).results.first?.refusal)
    #expect(refusal.isIncomplete)
    let gap = refusal.findings.first { if case .gap(missing: 1, _, _, _, _) = $0 { true } else { false } }
    #expect(gap != nil)
    let scan = try #require(try await Conversion.convert(files, incomplete: .process).results.first?.scan)
    #expect(scan.planes.filter { $0.sopInstanceUID == nil }.count == 1)
    #expect(scan.volume.geometry.depth == 5)
    #expect(abs(scan.volume.geometry.kStep.length - 5) < 1e-4)
  }

  @Test func aSeriesWithoutUIDsIsHeldTogetherByItsFolder() async throws {
    let scan = try #require(
      try await Conversion.convert(SharedData.files("0012_TotalSegmentator_example_ct_dicom")).results.first?.scan)
    #expect(scan.findings.contains(.noSeriesInstanceUID))
    #expect(scan.findings.contains(.noSOPInstanceUID(files: 20)))
    #expect(scan.volume.geometry.depth == 20)
  }
}
