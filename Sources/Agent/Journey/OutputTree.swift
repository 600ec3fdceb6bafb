internal import Foundation
internal import Writers

/// The output tree's folders.
struct OutputTree: Sendable {
  /// The root, where `audit.sqlite` lies.
  let root: URL

  /// The folder that a path relative to the root names.
  func folder(_ path: String) -> URL { root.appending(path: path, directoryHint: .isDirectory) }

  /// Where a run's folder goes, relative to the root: the plain name, unless a sealed run of other input or another model
  /// has it; then with the input's digest, then with the model's too. A function of series, rule, input and model, so that
  /// doing a thing twice gives the same folder.
  func place(
    _ name: OutputName, below group: String, key: RunKey, inputDigest: String, modelDigest: String?,
    owner: (String) throws(JourneyError) -> RunKey?
  ) throws(JourneyError) -> String {
    let byInput = name.qualified(by: inputDigest)
    let byBoth = byInput.qualified(by: modelDigest ?? key.description)
    for candidate in [name, byInput] {
      let path = "\(group)/\(candidate)"
      let owner = try owner(path)
      if owner == nil || owner == key { return path }
    }
    return "\(group)/\(byBoth)"
  }
}
