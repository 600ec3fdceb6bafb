import Foundation
public import Imaging
import Synchronization

extension DatasetFolder {
  /// Largest relative difference between the spacings of an image and its labels.
  static let spacingTolerance = 1e-4

  /// Reads a case and checks it: channels and labels of one shape and spacing, only declared labels, only finite intensities.
  /// Where origin or directions of the labels differ from the image's, they are taken voxel by voxel, on the image's grid, as nnU-Net does.
  /// `orientation`: axis codes that both are brought to, as the plan's reader does; nil: as they are stored.
  public func load(
    _ item: Case, orientation: AxisCodes? = nil
  ) throws(DatasetFolderError) -> (channels: [Volume], labels: LabelMap) {
    var channels: [Volume] = []
    let labels: LabelMap
    do {
      for image in item.images {
        channels += try item.images.count == 1 ? NIfTI.readChannels(image) : [NIfTI.read(image)]
      }
      labels = try NIfTI.readLabels(item.label)
    } catch {
      throw DatasetFolderError("case \(item.name): \(error)")
    }
    try check(item, channels, labels)
    let placed = LabelMap(geometry: channels[0].geometry, voxels: labels.voxels)
    guard let orientation else { return (channels, placed) }
    return (channels.map { $0.reoriented(to: orientation) }, placed.reoriented(to: orientation))
  }

  private func check(_ item: Case, _ channels: [Volume], _ labels: LabelMap) throws(DatasetFolderError) {
    guard channels.count == description.channelNames.count else {
      throw DatasetFolderError(
        "case \(item.name): \(channels.count) channels instead of \(description.channelNames.joined(separator: ", "))")
    }
    let grid = labels.geometry
    for channel in channels {
      let other = channel.geometry
      let near = zip(other.spacing, grid.spacing).allSatisfy { abs($0 - $1) <= Self.spacingTolerance * $1 }
      guard other.shape == grid.shape, near else {
        throw DatasetFolderError(
          "case \(item.name): the image has \(other.shape) voxels of \(other.spacing) mm, its labels \(grid.shape) of \(grid.spacing)"
        )
      }
      guard channel.voxels.allSatisfy({ $0.isFinite }) else {
        throw DatasetFolderError("case \(item.name): an image holds values that are not finite numbers")
      }
    }
    let declared = Set((description.allLabels + [description.ignoreLabel ?? 0]).map { UInt16($0) })
    if let stray = labels.voxels.first(where: { !declared.contains($0) }) {
      throw DatasetFolderError("case \(item.name): label \(stray) occurs, which dataset.json does not declare")
    }
  }

  /// Measures all cases. `progress` is called with the number of cases done, from any thread.
  public func fingerprint(
    threads: Int = Threads.available, progress: @Sendable (Int) -> Void = { _ in }
  ) throws(DatasetFolderError) -> DatasetFingerprint {
    let state = Mutex(
      (done: 0, found: [CaseFingerprint?](repeating: nil, count: cases.count), failure: DatasetFolderError?.none))
    let perCase = DatasetFingerprint.foregroundSamples / cases.count
    Threads.forEach(cases.count, threads: threads) { index in
      guard state.withLock({ $0.failure == nil }) else { return }
      let result = Swift.Result { () throws(DatasetFolderError) -> CaseFingerprint in
        try measure(cases[index]).limited(to: perCase)
      }
      let done = state.withLock { state -> Int in
        switch result {
        case .success(let fingerprint): state.found[index] = fingerprint
        case .failure(let error): state.failure = state.failure ?? error
        }
        state.done += 1
        return state.done
      }
      progress(done)
    }
    let (found, failure) = state.withLock { ($0.found, $0.failure) }
    if let failure { throw failure }
    do { return try DatasetFingerprint(cases: found.compactMap { $0 }) } catch {
      throw DatasetFolderError(error.description)
    }
  }

  private func measure(_ item: Case) throws(DatasetFolderError) -> CaseFingerprint {
    let (channels, labels) = try load(item, orientation: description.imageReader?.orientation)
    do { return try CaseFingerprint(channels: channels, labels: labels, threads: 1) } catch {
      throw DatasetFolderError("case \(item.name): \(error.description)")
    }
  }
}
