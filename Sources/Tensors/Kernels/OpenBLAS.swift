internal import COpenBLAS

/// The library of every matrix product, loaded when first asked for, at one thread: the threads are ours.
public enum OpenBLAS {
  /// Why there is no OpenBLAS, and what to do about it; nil when it is loaded. `UNet` cannot be made without it.
  public static let failure: String? = {
    guard let problem = vigil_openblas_load(core) else { return nil }
    return "OpenBLAS cannot be loaded (\(String(cString: problem))); install Debian's libopenblas0"
  }()

  /// The kernels that multiply, in OpenBLAS's words ("SkylakeX", "Haswell"); nil when it is not loaded.
  public static var coreName: String? { failure == nil ? String(cString: vigil_openblas_core()) : nil }

  // OpenBLAS's kernels for the instruction set that our own run on. They need nothing more than those do.
  private static var core: String? {
    switch InstructionSet.available[0] {
    case .avx512: "SkylakeX"
    case .avx2: "Haswell"
    case .portable: nil
    }
  }

  /// For kernels, before they multiply.
  static func load() {
    if let failure { fatalError(failure) }
  }
}
