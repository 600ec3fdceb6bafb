internal import Digests
internal import Imaging

/// The UIDs of a sample series, derived from its content.
struct SampleIdentity {
  let study: String
  let series: String
  let frameOfReference: String
  private let base: String

  init(_ volume: Volume, series options: SampleSeries) {
    var hasher = SHA256Hasher()
    volume.voxels.withUnsafeBytes { hasher.update($0) }
    let g = volume.geometry
    hasher.update("\(g.shape) \(g.origin) \(g.iStep) \(g.jStep) \(g.kStep)")
    hasher.update(
      "|\(options.seriesDescription)|\(options.studyDescription)|\(options.seriesNumber)|\(options.date)|\(options.seed)"
    )
    base = hasher.finish().description
    study = options.studyInstanceUID ?? DICOMUID.derived(from: "study " + base)
    series = DICOMUID.derived(from: "series " + base)
    frameOfReference =
      options.frameOfReferenceUID ?? DICOMUID.derived(from: "frame of reference " + base)
  }

  func instance(_ k: Int) -> String { DICOMUID.derived(from: "instance \(k) " + base) }
}
