import Foundation

/// The files that share one SeriesInstanceUID, wherever they lie.
public struct DICOMSeries: Sendable {
  /// What holds the files together.
  public enum Key: Sendable, Hashable {
    /// SeriesInstanceUID (0020,000E).
    case seriesInstanceUID(String)
    /// The folder's path, for files whose SeriesInstanceUID is empty or absent.
    case folder(String)
  }

  /// What holds the files together.
  public let key: Key
  /// The files, in the order of their paths.
  public let headers: [DICOMHeader]

  /// SeriesInstanceUID; empty for a series held together by its folder.
  public var seriesInstanceUID: String {
    guard case .seriesInstanceUID(let uid) = key else { return "" }
    return uid
  }

  /// StudyInstanceUID (0020,000D) of the first file that has one.
  public var studyInstanceUID: String { headers.lazy.map(\.studyInstanceUID).first { !$0.isEmpty } ?? "" }

  /// Modality (0008,0060) of the first file.
  public var modality: String { headers.first?.modality ?? "" }

  /// Groups headers into series, in the order of their first files.
  public static func group(_ headers: [DICOMHeader]) -> [DICOMSeries] {
    var order: [Key] = []
    var members: [Key: [DICOMHeader]] = [:]
    for header in headers {
      let key: Key =
        header.seriesInstanceUID.isEmpty
        ? .folder(header.file.deletingLastPathComponent().path) : .seriesInstanceUID(header.seriesInstanceUID)
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(header)
    }
    return order.map { key in
      DICOMSeries(key: key, headers: (members[key] ?? []).sortedByPath { $0.file })
    }
  }

  /// The attributes of the series' first file, for the conditions of rules; read anew.
  public func attributes(limits: DICOMLimits = DICOMLimits()) throws(DICOMError) -> DICOMAttributes {
    guard let first = headers.first else { throw DICOMError(.unreadable, path: "", "a series without files") }
    return try DICOMAttributes(first.file, limits: limits)
  }
}
