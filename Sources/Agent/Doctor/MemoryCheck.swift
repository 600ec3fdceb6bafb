extension DoctorCheck {
  /// A 3D network on a CT needs this much and more.
  static let leastMemory = 2 << 30

  /// `free`: bytes.
  func memory(free: Int) -> Doctor.Finding {
    free >= Self.leastMemory
      ? well("\(free >> 20) MiB free") : lack("\(free >> 20) MiB free; a 3D network on a CT needs 2 GiB and more")
  }
}
