import Foundation

/// The output tree could not be written.
public struct OutputError: Error, CustomStringConvertible, Sendable {
  /// What was being done, with the path.
  public let action: String
  /// The value of `errno`, or 0 where the system was not the one that refused.
  public let code: Int32
  /// Why, where the system was not the one that refused.
  public let reason: String?

  /// The disk or the user's quota is full: no other series will fare better until someone makes room.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

  /// What was being done and the cause.
  public var description: String { "\(action): \(reason ?? String(cString: strerror(code)))" }

  init(_ action: String, code: Int32 = errno) {
    self.action = action
    self.code = code
    reason = nil
  }

  init(_ action: String, because reason: String) {
    self.action = action
    code = 0
    self.reason = reason
  }
}
