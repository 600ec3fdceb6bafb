public import Foundation

/// What reading a set of files gave: headers of the DICOM files, reasons for the others.
public struct FileReading: Sendable {
  /// The headers, in the order of the paths.
  public let headers: [DICOMHeader]
  /// Files that are no readable DICOM, in the order of the paths.
  public let failures: [DICOMError]

  /// Reads the headers of files, one short read each, on every core. Nothing throws: what cannot be read is in `failures`.
  public static func read(_ files: [URL], limits: DICOMLimits = DICOMLimits()) async -> FileReading {
    let sorted = files.sortedByPath { $0 }
    let ahead = FetchingAhead(beginningsOf: sorted.map { $0.path }, limits: limits)
    let results = await Workers.results(sorted.count) { index -> Result<DICOMHeader, DICOMError> in
      ahead.reached(index)
      do throws(DICOMError) {
        return .success(try DICOMHeader(sorted[index], limits: limits))
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

  /// The regular files of a folder and the folders in it, by their paths, without following symbolic links. At most `limit` entries are
  /// looked at.
  public static func files(in folder: URL, limit: Int = 1_000_000) -> [URL] {
    var listing = FolderListing(limit: limit)
    listing.add(folder.path)
    return listing.files.sorted().map { URL(filePath: $0, directoryHint: .notDirectory) }
  }
}
