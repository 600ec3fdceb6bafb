/// Which files in a series' folder are supplied masks, by name alone.
enum ReferenceMaskName {
  /// `mask*`, `*seg*` and `label*` with the ending `.nii` or `.nii.gz`, in any case.
  static func holds(for fileName: String) -> Bool {
    let name = fileName.lowercased()
    guard let ending = [".nii.gz", ".nii"].first(where: { name.hasSuffix($0) }) else { return false }
    let stem = name.dropLast(ending.count)
    return stem.hasPrefix("mask") || stem.hasPrefix("label") || stem.contains("seg")
  }
}
