import Imaging
public import Tensors

/// One configuration's logits of a scan, for an ensemble.
public struct EnsembleMember: Sendable {
  /// The configuration that made them.
  public let configuration: PlanConfiguration
  /// `[K, D, H, W]` of the prepared scan.
  public let logits: Tensor
  /// How the scan was prepared for this configuration.
  public let trace: PreparationTrace

  /// One configuration's logits.
  public init(configuration: PlanConfiguration, logits: Tensor, trace: PreparationTrace) {
    self.configuration = configuration
    self.logits = logits
    self.trace = trace
  }
}

extension Restoration {
  /// The segmentation that several configurations amount to: the mean of their probabilities on the scan's own grid decides.
  /// (Folds of one configuration are averaged before, as logits.)
  ///
  /// Row by row, so that no array of probabilities ever exists. All members must come from one scan, cropped alike and with the
  /// axes in one order, as configurations of one plan, or of plans made for one data set, are.
  ///
  /// Source: nnU-Net v2 `ensembling/ensemble.py`.
  public static func segmentation(
    ofEnsemble members: [EnsembleMember], dataset: DatasetDescription, threads: Int = Threads.available
  ) throws(RestorationError) -> Segmentation {
    guard let first = members.first else { throw .ensemble("has no members") }
    let placement = try Placement(first.trace)
    var samplers: [LogitSampler] = []
    for member in members {
      guard member.trace.grid == first.trace.grid, member.trace.cropBox == first.trace.cropBox,
        member.trace.transposeForward == first.trace.transposeForward
      else { throw .ensemble("its members were prepared from different scans, or with the axes in different orders") }
      let restoration = Restoration(dataset: dataset, configuration: member.configuration)
      samplers.append(try restoration.sampler(of: member.logits, member.trace))
    }
    var voxels = [UInt16](repeating: 0, count: placement.geometry.count)
    voxels.withUnsafeMutableBufferPointer { target in
      EnsembleDecision(heads: Heads(dataset), placement: placement, members: Array(zip(members, samplers)))
        .run(target.baseAddress.unsafelyUnwrapped, threads: threads)
    }
    return Segmentation(measuring: LabelMap(geometry: placement.geometry, voxels: voxels), dataset: dataset)
  }
}

/// Fills the scan's array with the labels of the mean probabilities.
private struct EnsembleDecision {
  let heads: Heads
  let placement: Placement
  let members: [(EnsembleMember, LogitSampler)]

  func run(_ voxels: UnsafeMutablePointer<UInt16>, threads: Int) {
    let shape = members[0].1.outputShape
    withLogits(members.map { $0.0.logits }) { logits in
      Threads.forEach(shape[0], threads: threads) { k in
        var readers = zip(members, logits).map { ProbabilityRows($0.1, heads, $1) }
        let sum = ProbabilitySum(heads: heads, width: shape[2])
        for index in readers.indices { readers[index].select(slice: k) }
        for j in 0..<shape[1] {
          for reader in readers { reader.compute(row: j) }
          sum.average(readers)
          sum.decide().write(to: voxels, placement, slice: k, row: j)
        }
        for reader in readers { reader.deallocate() }
        sum.deallocate()
      }
    }
  }

  /// The elements of all tensors, in memory at once.
  private func withLogits(_ tensors: [Tensor], _ body: ([UnsafePointer<Float>]) -> Void) {
    func open(_ index: Int, _ pointers: [UnsafePointer<Float>]) {
      guard index < tensors.count else { return body(pointers) }
      tensors[index].elements.withUnsafeBufferPointer {
        open(index + 1, pointers + [$0.baseAddress.unsafelyUnwrapped])
      }
    }
    open(0, [])
  }
}

/// The mean probabilities of one row, and its labels.
private struct ProbabilitySum {
  private let heads: Heads
  private let stride: Int
  private let mean: UnsafeMutablePointer<Float>
  private let row: RowBuffer

  init(heads: Heads, width: Int) {
    self.heads = heads
    stride = (width + 15) / 16 * 16
    mean = .allocate(capacity: heads.count * stride)
    row = RowBuffer(width: width)
  }

  func deallocate() {
    mean.deallocate()
    row.deallocate()
  }

  func average(_ members: [ProbabilityRows]) {
    for head in 0..<heads.count {
      let target = mean + head * stride
      for (index, member) in members.enumerated() {
        let values = member.values(head: head)
        for i in 0..<stride { target[i] = index == 0 ? values[i] : target[i] + values[i] }
      }
      let count = Float(members.count)
      for i in 0..<stride { target[i] /= count }
    }
  }

  func decide() -> RowBuffer {
    let (rule, labels) = (heads.rule, heads.labels)
    for block in 0..<stride / 16 {
      let winners = rule.winners(mean + block * 16, stride: stride, threshold: 0.5)
      for lane in 0..<16 { row.labels[block][lane] = labels[Int(winners[lane])] }
    }
    return row
  }
}
