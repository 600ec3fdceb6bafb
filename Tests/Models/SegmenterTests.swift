import Foundation
import Imaging
import Models
import Networks
import Preprocessing
import Tensors
import TestSupport
import Testing

@Suite("Segmenting with a trained model")
struct SegmenterTests {
  private let parity: ParityCase
  private let model: TrainedModel
  private let volume: Volume

  init() throws {
    parity = try ParityCase.committed("odd")
    model = try TrainedModel.load(folder: parity.model)
    volume = try parity.volumes()[0]
  }

  @Test(
    "a scan stored along other axes gives the same labels in the patient once the axis codes are named",
    arguments: ["LPS", "SAL", "RAS"])
  func orientation(codes: String) throws {
    let own = volume.geometry.axisCodes
    let change = AxisReorientation(from: own, to: try #require(AxisCodes(codes)))
    let segmenter = try Segmenter(model, options: .init(orientation: own))
    let straight = try segmenter.segment([volume], wantsProbabilities: true)
    let turned = try segmenter.segment([volume.reoriented(by: change)], wantsProbabilities: true)
    #expect(turned.segmentation.labels.geometry == change.applied(to: volume.geometry))
    #expect(turned.segmentation.labels.reoriented(by: change.inverse).voxels == straight.segmentation.labels.voxels)
    #expect(turned.segmentation.perLabel == straight.segmentation.perLabel)
    for head in 0..<4 {
      func map(_ scan: SegmentedScan) throws -> Volume {
        let count = volume.geometry.count
        let values = try #require(scan.probabilities).elements[head * count..<(head + 1) * count]
        return Volume(geometry: scan.segmentation.labels.geometry, voxels: Array(values))
      }
      #expect(try map(turned).reoriented(by: change.inverse).voxels == map(straight).voxels)
    }
  }

  @Test("probabilities add up to one and their largest is the label")
  func probabilities() throws {
    let scan = try Segmenter(model).segment([volume], wantsProbabilities: true)
    let values = try #require(scan.probabilities)
    let count = volume.geometry.count
    for voxel in stride(from: 0, to: count, by: 7) {
      let heads = (0..<4).map { values.elements[$0 * count + voxel] }
      #expect(abs(heads.reduce(0, +) - 1) < 1e-5)
      #expect(heads[Int(scan.segmentation.labels.voxels[voxel])] == heads.max())
    }
    #expect(scan.seconds.total > 0 && scan.facts.forwardPasses == 8)
  }

  @Test("a scan with another number of channels, none, or voxels that are not numbers is an error of the request")
  func requests() throws {
    let segmenter = try Segmenter(model)
    var broken = volume
    broken.voxels[17] = .nan
    for channels in [[], [volume, volume], [broken]] {
      #expect { try segmenter.segment(channels) } throws: { ($0 as? ModelError)?.kind == .request }
    }
    for step in [0, -1, 1.5, .nan] {
      #expect { try Segmenter(model, options: .init(stepSize: step)) } throws: { ($0 as? ModelError)?.kind == .request }
    }
  }

  @Test("cancelling between passes ends with an error of its own kind")
  func cancelling() throws {
    let segmenter = try Segmenter(model)
    var passes = 0
    #expect {
      try segmenter.segment([volume], progress: { passes = $0.done }, isCancelled: { passes == 3 })
    } throws: {
      ($0 as? ModelError)?.kind == .cancelled
    }
    #expect(passes == 3)
  }
}
