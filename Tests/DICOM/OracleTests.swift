import DICOM
import Imaging
import Testing

/// Every shared series against the oracle that `oracle.tsv` says is right.
@Suite(.enabled(if: SharedData.isThere, "shared/data/dicom does not lie beside the repository"))
struct OracleTests {
  @Test(arguments: SharedData.seriesFolders)
  func dump(series: String) async throws {
    let (results, failures) = try await Conversion.convert(SharedData.files(series))
    let believed = SharedData.believed(series)
    print("==", series, believed.first?.right ?? "no oracle", "failures", failures.map { "\($0)" })
    for result in results {
      guard let scan = result.scan else {
        print("  refused:", result.refusal.map { "\($0)" } ?? "")
        continue
      }
      let c = Canonical(scan.volume)
      let match = believed.first { $0.digest == c.digest }
      let near = believed.first { $0.shape == c.shape && abs($0.mean - c.mean) <= 1e-3 * max(1, abs($0.mean)) }
      var worst = 0.0
      if let o = match ?? near, o.affine.count == 3 {
        for r in 0..<3 { for k in 0..<4 { worst = max(worst, abs(o.affine[r][k] - c.affine[r][k])) } }
      }
      print(
        "  scan", c.shape, "digest", match != nil, "mean", c.mean, "near", near != nil, "affine off", worst,
        scan.findings.map { "\($0)" })
    }
  }
}
