import Tensors
import Testing

@Suite struct OpenBLASTests {
  /// The products follow the instruction set of the kernels around them, whatever the environment asks of OpenBLAS: the
  /// suite also passes with OPENBLAS_CORETYPE=Prescott.
  @Test func itsKernelsAreThoseOfOurInstructionSet() {
    #expect(OpenBLAS.failure == nil)
    switch InstructionSet.available[0] {
    case .avx512: #expect(OpenBLAS.coreName == "SkylakeX")
    case .avx2: #expect(OpenBLAS.coreName == "Haswell")
    case .portable: #expect(OpenBLAS.coreName?.isEmpty == false)
    }
  }
}
