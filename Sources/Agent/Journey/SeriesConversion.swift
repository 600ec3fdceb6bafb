internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Intake

/// The DICOM room's answer to a settled series, as the journey takes it.
enum SeriesConversion {
  /// The scans of the files, or the reasons why there are none. Blocks its thread, which must be the caller's own.
  ///
  /// Incomplete series are converted with their gaps filled in; whether that is let pass is for the rule to say.
  static func convert(_ files: [String]) -> [Result<Scan, RefusedSeries>] {
    let urls = files.map { URL(filePath: $0) }
    let made = waiting { try? await Conversion.convert(urls, incomplete: .process) }
    guard let result = made, let made = result else { return [] }
    var parts = made.results.map { result -> Result<Scan, RefusedSeries> in
      switch result {
      case .scan(let scan): .success(scan)
      case .refusal(let refusal): .failure(RefusedSeries(refusal, files: urls))
      }
    }
    if !made.failures.isEmpty { parts.append(.failure(RefusedSeries(made.failures, files: urls))) }
    return parts
  }

  /// What the headers say of the volumes that ``convert(_:)`` would give, and whether every file could be read. Blocks likewise.
  static func outlines(_ files: [String]) -> (outlines: [ScanOutline], isWhole: Bool) {
    let urls = files.map { URL(filePath: $0) }
    guard let reading = waiting({ await FileReading.read(urls) }) else { return ([], false) }
    var outlines: [ScanOutline] = []
    for series in DICOMSeries.group(reading.headers) {
      guard let found = try? Assembly(series).outlines() else { return (outlines, false) }
      outlines += found
    }
    return (outlines, reading.failures.isEmpty)
  }

  /// Blocks this thread until `work` is done. Not for threads of the cooperative pool.
  private static func waiting<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value? {
    let done = DispatchSemaphore(value: 0)
    let box = ResultBox<Value>()
    Task {
      box.value = await work()
      done.signal()
    }
    done.wait()
    return box.value
  }

  /// Written before the semaphore is signalled, read after it: the semaphore orders the two.
  private final class ResultBox<Value: Sendable>: @unchecked Sendable {
    var value: Value?
  }
}

/// A series, or files of one, that became no scan.
struct RefusedSeries: Error {
  let message: String
  let files: [(path: String, reason: String)]
  /// Whether a file could not be read for a cause that can pass.
  let canPass: Bool
  let seriesKey: String
  let attributes: DICOMAttributes?
  let instances: [(path: String, bytes: Int64, sha256: SHA256Digest)]

  init(_ refusal: Refusal, files: [URL]) {
    let unread = refusal.files.filter { $0.code != nil }.map { $0.reason }
    let findings = refusal.findings.filter { $0.severity > .note }.map { "\($0) [\($0.attribute)]" }
    let words = [refusal.reason] + unread.prefix(1) + findings
    let reasons = refusal.files.map { file in
      (file.file.path, file.attribute.isEmpty ? file.reason : "\(file.reason) [\(file.attribute)]")
    }
    self.init(
      message: words.joined(separator: "; "), reasons: reasons, codes: refusal.files.map { $0.code },
      uid: refusal.seriesInstanceUID, files: files)
  }

  init(_ failures: [DICOMError], files: [URL]) {
    let first = failures[0].reason
    let message =
      failures.count == 1
      ? "a file cannot be read as DICOM: \(first)"
      : "\(failures.count) files cannot be read as DICOM, the first: \(first)"
    self.init(
      message: message, reasons: failures.map { ($0.path, $0.reason) }, codes: failures.map { $0.code }, uid: "",
      files: files)
  }

  private init(
    message: String, reasons: [(path: String, reason: String)], codes: [Int32?], uid: String, files: [URL]
  ) {
    self.message = message
    self.files = reasons
    canPass = codes.contains { $0.map { PassingCause.holds($0) } ?? false }
    seriesKey = SeriesKey.text(uid: uid, folder: files.first?.deletingLastPathComponent().path ?? "")
    attributes = files.lazy.compactMap { try? DICOMAttributes($0) }.first
    instances = files.compactMap { file in
      guard let digest = try? SHA256Digest(ofFile: file), let stamp = try? FileStamp.current(file.path) else {
        return nil
      }
      return (file.path, stamp.size, digest)
    }
  }

  /// Over the sorted, distinct digests of the files.
  var inputDigest: SHA256Digest {
    SHA256Digest(of: Set(instances.map { $0.sha256.description }).sorted().joined(separator: "\n"))
  }
}

/// What a series is called while it is under way.
enum SeriesKey {
  private static let mark = "no-uid-"

  /// The SeriesInstanceUID, or what stands in for an empty one: files without it are held together by their folder. On record it has
  /// another name, ``recorded(_:_:)``.
  static func text(uid: String, folder: String) -> String {
    uid.isEmpty ? mark + SHA256Digest(of: folder).description.prefix(16) : uid
  }

  /// What the series is called on record: what stands in for a missing UID is made of a path, on which names could be tried, so that it is
  /// aliased like any path.
  static func recorded(_ key: String, _ aliases: PathAliases) -> String {
    guard key.hasPrefix(mark), !PathAliases.isAlias(String(key.dropFirst(mark.count))) else { return key }
    return mark + aliases.folderAlias(of: key)
  }
}

extension PathAliases {
  /// What a scan's series is called on record.
  func seriesUID(of scan: Scan) -> String { SeriesKey.recorded(scan.seriesKey, self) }
}
