public import Foundation
import Synchronization

/// What reading a set of files gave: headers of the DICOM files, reasons for the others.
public struct FileReading: Sendable {
  /// The headers, in the order of the paths.
  public let headers: [DICOMHeader]
  /// Files that are no readable DICOM, in the order of the paths.
  public let failures: [DICOMError]

  /// Reads the headers of files, one short read each, on every core. Nothing throws: what cannot be read is in `failures`.
  /// `fetchingAhead`, the system is asked to fetch the rest of the files, up to ``mostAhead`` bytes, while headers are read: for callers that
  /// want the pixels next.
  public static func read(
    _ files: [URL], limits: DICOMLimits = DICOMLimits(), fetchingAhead: Bool = false
  ) async -> FileReading {
    let sorted = files.sortedByPath { $0 }
    let ahead = FetchingAhead(limit: fetchingAhead ? mostAhead : 0)
    let results = await Workers.results(sorted.count) { index -> Result<DICOMHeader, DICOMError> in
      do throws(DICOMError) {
        let file = try OpenFile(sorted[index].path, limits: limits)
        ahead.fetch(file)
        return .success(try DICOMHeader(sorted[index], file, limits: limits))
      } catch {
        return .failure(error)
      }
    }
    var headers: [DICOMHeader] = []
    var failures: [DICOMError] = []
    for result in results {
      switch result {
      case .success(let header): headers.append(header)
      case .failure(let error): failures.append(error)
      }
    }
    return FileReading(headers: headers, failures: failures)
  }

  /// Bytes that are fetched ahead of their use.
  public static let mostAhead = 1 << 30

  /// The regular files of a folder and the folders in it, by their paths, without following symbolic links. At most `limit` entries are
  /// looked at.
  public static func files(in folder: URL, limit: Int = 1_000_000) -> [URL] {
    var listing = FolderListing(limit: limit)
    listing.add(folder.path)
    return listing.files.sorted().map { URL(filePath: $0, directoryHint: .notDirectory) }
  }
}

/// Asks the system to fetch files that will be read soon, up to a number of bytes.
private final class FetchingAhead: Sendable {
  private let left: Atomic<Int>

  init(limit: Int) { left = Atomic(limit) }

  func fetch(_ file: borrowing OpenFile) {
    guard left.load(ordering: .relaxed) > 0 else { return }
    left.subtract(Int(file.identity.size), ordering: .relaxed)
    posix_fadvise(file.descriptor, 0, Int(file.identity.size), POSIX_FADV_WILLNEED)
  }
}
