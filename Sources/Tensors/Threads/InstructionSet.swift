internal import CKernels

/// The instruction sets the C kernels are compiled for. The engine takes the widest; tests compare them all.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// AVX-512 F, BW, DQ and VL.
  case avx512
  /// AVX2 and FMA.
  case avx2
  /// Whatever the compiler assumes of every processor of this architecture.
  case portable

  /// Those this processor runs, widest first; never empty.
  public static var available: [InstructionSet] { allCases.filter { vigil_kernels_named($0.rawValue) != nil } }

  /// The kernels; those of `portable` when this processor lacks the set.
  var kernels: vigil_kernels {
    guard let found = vigil_kernels_named(rawValue) ?? vigil_kernels_best() else {
      fatalError("the portable kernels are always there")
    }
    return found.pointee
  }
}
