/// Why a report could not be made.
public enum ReportError: Error, CustomStringConvertible, Equatable {
  /// A map does not lie on the image's grid. Shapes are `[D, H, W]`.
  case gridsDiffer(map: String, expected: [Int], found: [Int])
  /// The image cannot be made small enough for the page.
  case tooLarge(voxels: Int, budget: Int)
  /// The compressor gave nothing back: the process is out of memory.
  case compressionFailed
  /// A value could not be written as JSON.
  case unwritable(String)

  /// A sentence saying what was expected, what was found and what to do.
  public var description: String {
    switch self {
    case .gridsDiffer(let map, let expected, let found):
      "report: the \(map) has shape \(found) but the image has \(expected) ([D, H, W]), or lies elsewhere in the patient; "
        + "resample it onto the image's grid first"
    case .tooLarge(let voxels, let budget):
      "report: \(voxels) voxels do not fit into a page of \(budget) bytes even at half resolution; "
        + "leave `report` out of the rule's outputs or crop the scan"
    case .compressionFailed:
      "report: libdeflate could not compress the voxels, probably for lack of memory"
    case .unwritable(let what):
      "report: the page's data could not be written as JSON: \(what)"
    }
  }
}
