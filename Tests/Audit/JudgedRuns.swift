import Audit
import Digests
import Foundation

/// What the stage `postprocessed` finds, as the agent records it.
private struct Facts: Encodable {
  struct Label: Encodable {
    let label: Int
    let name: String
    let voxels = 10
    let volume: Double

    enum CodingKeys: String, CodingKey {
      case label, name, voxels
      case volume = "volume_ml"
    }
  }
  struct Trust: Encodable {
    struct Part: Encodable {
      let label: Int
      let name: String
      let expectedDice: Double?
      let foldDice: Double? = 0.9
      let entropy: Double? = 0.1
    }
    let score: Double?
    let verdict: String
    let hold: Bool
    let perLabel: [Part]
    let warnings: [String]
  }
  let labels: [Label]
  let trust: Trust?
}

extension AuditFixture {
  /// A segmented run with one label, judged where there is a verdict, compared with a mask where there is a Dice. `volume`: ml.
  func judged(
    _ series: String, verdict: String?, expected: Double? = 0.8, dice: Double? = nil, rule: String = "hippocampus",
    volume: Double = 1.5, warning: String = "voxels are thick", startedAt: Date? = nil, files: [FileEntry] = []
  ) throws -> String {
    let run = try audit.beginRun(seriesUID: series, startedAt: startedAt, software: "vigil 0", host: "here")
    try audit.recordFiles(run, files)
    let trust = verdict.map { word in
      Facts.Trust(
        score: expected, verdict: word, hold: word == "poor",
        perLabel: [.init(label: 1, name: "Anterior", expectedDice: expected)], warnings: [warning])
    }
    let facts = Facts(labels: [.init(label: 1, name: "Anterior", volume: volume)], trust: trust)
    try audit.recordStage(
      run, stage: "postprocessed", startedAt: Date(timeIntervalSince1970: 1_700_000_000), seconds: 0.5, facts: facts)
    _ = try audit.seal(
      run, .segmented,
      facts: RunFacts(
        rule: rule, inputSHA256: SHA256Digest(of: series), modelSHA256: SHA256Digest(of: "m"),
        outputFolder: "out/\(series)"))
    if let dice {
      try audit.recordScores(
        run,
        [
          ScoreEntry(
            referenceSHA256: SHA256Digest(of: "mask"), label: 1, labelName: "Anterior", dice: dice, hd95Millimetres: 1,
            nsd1Millimetre: 0.9, volumeMillilitres: volume, referenceVolumeMillilitres: 1.4)
        ])
    }
    return run.text
  }
}
