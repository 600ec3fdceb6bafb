internal import DICOM
internal import Digests
internal import Foundation

/// What a journey has of one scan, or of all channels of a study.
extension Journey {
  /// The digest of everything that goes in.
  var inputDigest: SHA256Digest { study?.inputDigest ?? scan.inputDigest }

  /// The files of every channel.
  var inputFiles: [InputFile] {
    guard let study else { return scan.inputFiles }
    var listed: Set<String> = []
    return study.channels.flatMap { $0.scan.inputFiles }.filter { listed.insert($0.path).inserted }
  }

  /// The folders that hold them.
  var folders: [URL] {
    guard let study else { return scan.folders }
    return Set(study.channels.flatMap { $0.scan.folders }).sorted { $0.path < $1.path }
  }
}
