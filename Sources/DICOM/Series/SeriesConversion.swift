import Digests
import Foundation
import Imaging

/// Files of one series to a volume.
public enum SeriesConversion {
  /// Voxels of the largest volume that is made: 4 GiB as Float.
  static let largestVolume = 1 << 30

  /// Reads the files, which belong to one series, and makes its volume, or says why not, file by file. Blocks; headers and
  /// pixels are read on all processors.
  public static func convert(files: [String]) -> [Result<Scan, SeriesRefusal>] {
    let loaded = parallelMap(files) { load($0) }
    let series = LoadedSeries(loaded)
    do throws(StackRefusal) {
      return [.success(try series.scan())]
    } catch {
      return [.failure(series.refusal(error))]
    }
  }

  private static func load(_ path: String) -> LoadedFile {
    do {
      let instance = Scan.Instance(
        path: path, bytes: try size(path), sha256: try SHA256Digest(ofFile: URL(filePath: path)))
      let dataset = try DICOMDataset(path: path, headerOnly: true)
      let identity = SeriesIdentity(dataset, path: path)
      do throws(SliceRefusal) {
        return LoadedFile(path: path, instance: instance, identity: identity, slice: .success(try SliceHeader(dataset, instance)))
      } catch {
        return LoadedFile(path: path, instance: instance, identity: identity, slice: .failure(error))
      }
    } catch let error as DICOMFileError {
      return LoadedFile(path: path, slice: .failure(SliceRefusal(path: path, reason: error.reason)))
    } catch {
      return LoadedFile(path: path, slice: .failure(SliceRefusal(path: path, reason: "\(error)")))
    }
  }

  private static func size(_ path: String) throws -> Int64 {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0
  }
}

/// Calls `body` for every item on all processors, outside the cooperative pool; results in order.
func parallelMap<Item: Sendable, Value: Sendable>(_ items: [Item], _ body: @Sendable (Item) -> Value) -> [Value] {
  guard !items.isEmpty else { return [] }
  return [Value](unsafeUninitializedCapacity: items.count) { buffer, count in
    nonisolated(unsafe) let slots = buffer
    DispatchQueue.concurrentPerform(iterations: items.count) { index in
      slots.initializeElement(at: index, to: body(items[index]))
    }
    count = items.count
  }
}

/// What names a series.
struct SeriesIdentity: Sendable {
  let key: String
  let studyInstanceUID: String?
  let studyDate: String?
  let modality: String?
  let description: String?

  init(_ dataset: DICOMDataset, path: String) {
    key = SeriesKey.of(dataset, path: path)
    studyInstanceUID = dataset.text(.studyInstanceUID)
    studyDate = dataset.text(.studyDate)
    modality = dataset.text(.modality)
    description = dataset.text(.seriesDescription)
  }
}

/// A file of the series after its header was read.
struct LoadedFile: Sendable {
  let path: String
  var instance: Scan.Instance?
  var identity: SeriesIdentity?
  let slice: Result<SliceHeader, SliceRefusal>
}

/// All files of a series after their headers were read.
struct LoadedSeries {
  private let files: [LoadedFile]

  init(_ files: [LoadedFile]) { self.files = files }

  func scan() throws(StackRefusal) -> Scan {
    var slices: [SliceHeader] = []
    var bad: [(path: String, reason: String)] = []
    for file in files {
      switch file.slice {
      case .success(let slice): slices.append(slice)
      case .failure(let refusal): bad.append((refusal.path, refusal.reason))
      }
    }
    guard bad.isEmpty, !slices.isEmpty else {
      let first = bad.first?.reason ?? "no files"
      throw StackRefusal(message: bad.count == 1 ? first : "\(bad.count) of \(files.count) files: \(first)", files: bad)
    }
    let stack = try SliceStack(slices)
    let volume = try VolumeAssembly(stack: stack).volume()
    return scan(stack, volume)
  }

  private func scan(_ stack: SliceStack, _ volume: Volume) -> Scan {
    let identity = files.lazy.compactMap { $0.identity }.first
    let first = stack.slices[0]
    return Scan(
      volume: volume, seriesKey: first.seriesKey, studyInstanceUID: identity?.studyInstanceUID,
      studyDate: identity?.studyDate, modality: identity?.modality, seriesDescription: identity?.description,
      planes: planes(stack), instances: stack.slices.map { $0.instance }, skipped: stack.dropped,
      incompleteness: stack.gaps.map { gap in
        let (before, after) = (stack.slices[gap.after], stack.slices[gap.after + 1])
        return "\(gap.missing) slices are missing between SOPInstanceUID \(before.sopInstanceUID) and \(after.sopInstanceUID)"
      },
      notes: stack.dropped.map { "\($0.path): \($0.reason)" }, inputDigest: digest(of: stack.slices.map { $0.instance }),
      attributes: HeaderAttributes(path: first.path))
  }

  private func planes(_ stack: SliceStack) -> [String] {
    let missing = Dictionary(stack.gaps.map { ($0.after, $0.missing) }, uniquingKeysWith: { first, _ in first })
    return stack.slices.enumerated().flatMap { index, slice in
      [slice.sopInstanceUID] + Array(repeating: "", count: missing[index] ?? 0)
    }
  }

  func refusal(_ error: StackRefusal) -> SeriesRefusal {
    let identity = files.lazy.compactMap { $0.identity }.first
    let instances = files.compactMap { $0.instance }
    return SeriesRefusal(
      message: error.message, files: error.files, seriesKey: identity?.key ?? "",
      studyInstanceUID: identity?.studyInstanceUID, studyDate: identity?.studyDate, modality: identity?.modality,
      seriesDescription: identity?.description, instances: instances, inputDigest: digest(of: instances))
  }

  /// Over the sorted, distinct digests: the same files under other names, or twice, are the same input.
  private func digest(of instances: [Scan.Instance]) -> SHA256Digest {
    SHA256Digest(of: Set(instances.map { $0.sha256.description }).sorted().joined(separator: "\n"))
  }
}
