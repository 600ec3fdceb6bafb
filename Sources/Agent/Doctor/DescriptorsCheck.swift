internal import Foundation

extension DoctorCheck {
  /// Listing inboxes, the database and a model take a few dozen at once; the rest is reserve.
  static let leastDescriptors = 512

  /// How many files the process may hold open.
  func descriptors() -> Doctor.Finding {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return lack("the system does not say how many files may be open")
    }
    let words = limit.rlim_cur > 1 << 30 ? "no limit" : "\(limit.rlim_cur) at once"
    return limit.rlim_cur >= rlim_t(Self.leastDescriptors)
      ? well(words) : lack("\(words); raise the limit to 1024 (ulimit -n, LimitNOFILE= of the unit)")
  }
}
