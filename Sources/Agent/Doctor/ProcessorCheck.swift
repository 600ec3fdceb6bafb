internal import Preprocessing
internal import Tensors

extension DoctorCheck {
  /// The engine's kernels, and OpenBLAS with kernels for the same instruction set.
  func processor() -> Doctor.Finding {
    finding(
      "\(Threads.available) threads, kernels for \(InstructionSet.available[0].rawValue); "
        + (OpenBLAS.failure ?? "OpenBLAS multiplies with its kernels for \(OpenBLAS.coreName ?? "none")"),
      isWell: OpenBLAS.failure == nil)
  }
}
