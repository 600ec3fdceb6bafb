import Foundation
import Imaging

/// Decodes the slices of a stack into its volume.
struct VolumeAssembly {
  let stack: SliceStack

  func volume() throws(StackRefusal) -> Volume {
    let geometry = stack.geometry
    let (count, overflow) = (geometry.width * geometry.height).multipliedReportingOverflow(by: geometry.depth)
    guard !overflow, count <= SeriesConversion.largestVolume else {
      throw StackRefusal(
        message: "the volume would have \(geometry.width) x \(geometry.height) x \(geometry.depth) voxels, more than "
          + "\(SeriesConversion.largestVolume) are not made", files: [])
    }
    let places = planeOfSlice()
    var failures: [String?] = []
    var voxels = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      nonisolated(unsafe) let target = buffer
      let plane = geometry.width * geometry.height
      failures = parallelMap(Array(stack.slices.indices)) { index in
        let start = places[index] * plane
        let place = UnsafeMutableBufferPointer(rebasing: target[start..<start + plane])
        return Self.decode(stack.slices[index], into: place)
      }
      for gap in stack.gaps { Self.fill(gap, at: places[gap.after], plane, target) }
      filled = count
    }
    let bad = zip(stack.slices, failures).compactMap { slice, failure in failure.map { (path: slice.path, reason: $0) } }
    guard bad.isEmpty else {
      voxels = []
      throw StackRefusal(message: "\(bad.count) of \(stack.slices.count) files: \(bad[0].reason)", files: bad)
    }
    return Volume(geometry: geometry, voxels: voxels)
  }

  /// The plane that each slice has in the volume, missing planes counted.
  private func planeOfSlice() -> [Int] {
    var places: [Int] = []
    var place = 0
    for index in stack.slices.indices {
      places.append(place)
      place += 1 + stack.gaps.filter { $0.after == index }.reduce(0) { $0 + $1.missing }
    }
    return places
  }

  /// Why the slice cannot be decoded; nil when it was. What cannot be decoded is filled with zeros.
  private static func decode(_ slice: SliceHeader, into target: UnsafeMutableBufferPointer<Float>) -> String? {
    do throws(DICOMFileError) {
      let dataset = try DICOMDataset(path: slice.path, headerOnly: false)
      let bytes = try dataset.frame(byteCount: slice.byteCount, path: slice.path)
      StoredPixels.rescale(bytes, of: slice, into: target)
      return nil
    } catch {
      target.initialize(repeating: 0)
      return error.reason
    }
  }

  /// Missing planes are interpolated linearly between their neighbours.
  private static func fill(
    _ gap: (after: Int, missing: Int), at before: Int, _ plane: Int, _ target: UnsafeMutableBufferPointer<Float>
  ) {
    let (first, last) = (before * plane, (before + gap.missing + 1) * plane)
    for step in 1...gap.missing {
      let weight = Float(step) / Float(gap.missing + 1)
      for index in 0..<plane {
        let value = (1 - weight) * target[first + index] + weight * target[last + index]
        target.initializeElement(at: (before + step) * plane + index, to: value)
      }
    }
  }
}
