import Foundation
import Imaging
import Preprocessing
import Testing
import Trust

/// Forty small scans of one kind, two labels in each, whose networks disagree the more the worse they are.
@Suite struct CalibrationTests {
  private static let dataset = try? DatasetDescription(
    JSONValue(
      parsing: Data(
        #"{"channel_names":{"0":"MRI"},"labels":{"background":0,"A":1,"B":2},"numTraining":40,"file_ending":".nii.gz"}"#
          .utf8)))

  private static func labels(_ grid: Geometry, shift: Int = 0) -> LabelMap {
    var map = LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: grid.count))
    for k in 4..<8 {
      for j in 0..<grid.height {
        for i in 4..<8 where (5 + shift..<8 + shift).contains(j) || (10 + shift..<13 + shift).contains(j) {
          map.voxels[(k * grid.height + j) * grid.width + i] = j < 9 + shift ? 1 : 2
        }
      }
    }
    return map
  }

  private static func item(_ index: Int, scan volume: Volume, labels: LabelMap) -> CalibrationCase {
    let scan = ScanMeasures(volume)
    let measures = LabelMeasures.all(in: labels, of: volume, scan)
    let mirror = 0.9 + 0.002 * Double(index % 20)
    let signals = LabelSignals(mirrorDice: mirror, configurationDice: nil, entropy: 0.1, foldDice: nil)
    return CalibrationCase(
      name: "\(index)", fold: index % 5, scan: scan, axisCodes: "RAS", drawn: measures, found: measures,
      signals: [1: signals, 2: signals], dice: [1: mirror - 0.02, 2: mirror - 0.03])
  }

  private static let cases = (0..<40).map { index in
    let volume = ramp(seed: Float(index % 8) * 0.05)
    return item(index, scan: volume, labels: labels(volume.geometry, shift: index % 2))
  }

  private static let fitted = Result {
    try Calibration(fitting: cases, dataset: #require(dataset), madeBy: "a test")
  }

  private func calibration() throws -> Calibration { try Self.fitted.get() }

  @Test func foretellsTheDiceAndPassesItsOwnKind() throws {
    let calibration = try calibration()
    #expect(calibration.figures.count == 80)
    #expect((calibration.figures.pearson ?? 0) > 0.95)
    #expect(calibration.figures.meanError < 0.005)
    #expect(calibration.figures.flagged == 0)
    for item in Self.cases { #expect(calibration.findings(of: item).filter { $0.isFlag } == []) }
  }

  @Test func isTheSameAfterItsFile() throws {
    let calibration = try calibration()
    let file = FileManager.default.temporaryDirectory.appending(path: "vigil-trust-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try Calibration.read(file) == nil)
    try calibration.json.write(to: file)
    #expect(try Calibration.read(file) == calibration)
    for damaged in ["{}", "[1", #"{"format":1}"#] {
      try Data(damaged.utf8).write(to: file)
      #expect(throws: TrustError.self, "\(damaged)") { try Calibration.read(file) }
    }
  }

  @Test func flagsWhatIsOfAnotherKind() throws {
    let calibration = try calibration()
    func findings(_ volume: Volume, _ labels: LabelMap) -> [String] {
      calibration.findings(of: Self.item(1, scan: volume, labels: labels)).filter { $0.isFlag }.map { $0.text }
    }
    let thick = ramp(spacing: [3, 1, 1])
    #expect(
      findings(thick, Self.labels(thick.geometry)).contains {
        $0 == "voxels are 3 times as large up-down (3 mm) as in any training scan (1 mm)"
      })
    let volume = ramp()
    var blank = volume
    for index in blank.voxels.indices { blank.voxels[index] = 1 }
    #expect(findings(blank, Self.labels(volume.geometry)).contains { $0.contains("blank") })
    var inverted = volume
    for index in inverted.voxels.indices { inverted.voxels[index] = -inverted.voxels[index] }
    #expect(findings(inverted, Self.labels(volume.geometry)).contains { $0.contains("negative") })
    let empty = LabelMap(geometry: volume.geometry, voxels: [UInt16](repeating: 0, count: volume.geometry.count))
    #expect(findings(volume, empty).contains { $0.contains("A was not found") })
    var swapped = Self.labels(volume.geometry)
    for index in swapped.voxels.indices where swapped.voxels[index] != 0 {
      swapped.voxels[index] = 3 - swapped.voxels[index]
    }
    #expect(findings(volume, swapped).contains { $0.contains("wrong side of its neighbour front-back") })
  }

  @Test func needsEnoughCases() throws {
    let dataset = try #require(Self.dataset)
    #expect(throws: TrustError.self) {
      try Calibration(fitting: Array(Self.cases.prefix(10)), dataset: dataset, madeBy: "a test")
    }
  }
}
