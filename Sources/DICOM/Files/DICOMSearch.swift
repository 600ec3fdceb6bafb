public import Foundation

/// Finds the series in folders.
public enum DICOMSearch {
  /// The files of each series below the given folders (searched with all below them; links are not followed) and among the
  /// given files, by series key. Blocks; headers are read on all processors.
  public static func series(in places: [URL]) -> [String: [String]] {
    let paths = places.flatMap { files(at: $0) }.sorted()
    let kinds = parallelMap(paths) { DICOMFile.identify($0) }
    var found: [String: [String]] = [:]
    for (path, kind) in zip(paths, kinds) {
      if case .series(let key) = kind { found[key, default: []].append(path) }
    }
    return found
  }

  /// Regular files at or below a place, hidden ones left out.
  public static func files(at place: URL) -> [String] {
    let keys: [URLResourceKey] = [.isRegularFileKey]
    if (try? place.resourceValues(forKeys: Set(keys)))?.isRegularFile == true { return [place.path] }
    let walk = FileManager.default.enumerator(
      at: place, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
    var paths: [String] = []
    while let file = walk?.nextObject() as? URL {
      if (try? file.resourceValues(forKeys: Set(keys)))?.isRegularFile == true { paths.append(file.path) }
    }
    return paths
  }
}
