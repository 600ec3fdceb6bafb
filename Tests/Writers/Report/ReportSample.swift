import Digests
import Foundation
import Imaging
import TestSupport
import Writers

/// Content for reports under test.
enum ReportSample {
  /// `width * height * depth` voxels at right angles, `spacing` mm along `i`, `j`, `k`, axes along the patient's.
  static func geometry(
    _ width: Int, _ height: Int, _ depth: Int, spacing: SIMD3<Double> = SIMD3(1, 1, 1)
  ) -> Geometry {
    Geometry(
      width: width, height: height, depth: depth, origin: SIMD3(-10, -20, -30), iStep: SIMD3(spacing.x, 0, 0),
      jStep: SIMD3(0, spacing.y, 0), kStep: SIMD3(0, 0, spacing.z))
  }

  /// Random values with two labelled boxes; the mask is one voxel aside.
  static func content(
    _ geometry: Geometry = geometry(20, 18, 16), modality: String = "MR", voxels: [Float]? = nil
  ) -> ReportContent {
    var random = SplitMix64(seed: 7)
    let image = Volume(
      geometry: geometry, voxels: voxels ?? random.uniforms(geometry.count, in: 0...1000).map { $0.rounded() })
    return ReportContent(
      rule: .init(name: "hippocampus", digest: SHA256Digest(of: "rule")),
      series: .init(studyDate: "2026-11-20", modality: modality, description: "T1 MPRAGE"), image: image,
      labels: boxes(geometry, shift: 0),
      names: [.init(value: 1, name: "Anterior"), .init(value: 2, name: "Posterior"), .init(value: 3, name: "Tail")],
      volumes: [
        .init(value: 1, voxels: 27, millilitres: 0.027), .init(value: 2, voxels: 27, millilitres: 0.027),
        .init(value: 3, voxels: 0, millilitres: 0),
      ],
      reference: reference(geometry), stages: stages,
      model: .init(
        name: "Dataset004", digest: SHA256Digest(of: "model"), configuration: "3d_fullres", folds: ["0", "1"]),
      software: "vigil 0.1.0", host: "radius", run: "42", inputDigest: SHA256Digest(of: "input"))
  }

  /// A judgement with everything that one can have.
  static let trust = ReportContent.Trust(
    expectedDice: 0.412, verdict: .poor, isHeld: true,
    labels: [
      .init(name: "Anterior", expectedDice: 0.4, foldDice: 0.52, entropy: 0.31),
      .init(name: "Posterior", expectedDice: nil, foldDice: nil, entropy: nil),
    ], warnings: ["Voxels are 3 times thicker than in any training scan."])

  private static func reference(_ geometry: Geometry) -> ReportContent.Reference {
    .init(
      labels: boxes(geometry, shift: 1), source: "mask.nii.gz", digest: SHA256Digest(of: "mask"),
      scores: [
        .init(
          value: 1, dice: .value(2.0 / 3), hd95: .value(1), nsd: .value(1), millilitres: 0.027,
          referenceMillilitres: 0.027),
        .init(
          value: 3, dice: .undefined("both masks are empty"), hd95: .undefined("both masks are empty"),
          nsd: .undefined("both masks are empty"), millilitres: 0, referenceMillilitres: 0),
      ])
  }

  private static var stages: [ReportContent.Stage] {
    let start = Date(timeIntervalSince1970: 1_795_415_717.25)
    return [
      .init(
        name: "inferred", startedAt: start, seconds: 12.34, facts: [.init(key: "windows", text: "48")]),
      .init(name: "written", startedAt: start.addingTimeInterval(12.4), seconds: nil, facts: []),
    ]
  }

  /// Label 1 and label 2 as boxes of 3 x 3 x 3 voxels, `shift` voxels along `i`.
  static func boxes(_ geometry: Geometry, shift: Int) -> LabelMap {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    for (label, start) in [(UInt16(1), 2), (2, 6)] {
      for k in start..<start + 3 {
        for j in start..<start + 3 {
          for i in start + shift..<start + shift + 3 { voxels[(k * geometry.height + j) * geometry.width + i] = label }
        }
      }
    }
    return LabelMap(geometry: geometry, voxels: voxels)
  }
}
