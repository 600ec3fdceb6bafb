internal import Foundation

/// Somebody besides root and the agent's own user who may change a file or folder.
struct ForeignHand: Hashable, Error, CustomStringConvertible {
  enum Who: Hashable {
    /// It belongs to another user.
    case owner(uid_t)
    /// Its group may write; the mode.
    case group(gid_t, mode_t)
    /// Everybody may write; the mode.
    case everybody(mode_t)
    /// Links lead round in a circle: nobody can say whose it is.
    case tooManyLinks
  }

  /// The file, folder or link.
  let path: String
  let who: Who

  /// What was found and what to do.
  var description: String {
    switch who {
    case .owner(let user):
      "\(path) belongs to \(Self.name(of: user)), who is neither root nor the agent's user: chown root \(path)"
    case .group(let group, let mode):
      "\(path) can be changed by the group \(Self.name(ofGroup: group)) (mode \(Self.octal(mode))): chmod g-w \(path)"
    case .everybody(let mode):
      "\(path) can be changed by everybody (mode \(Self.octal(mode))): chmod go-w \(path)"
    case .tooManyLinks: "\(path): the links lead round in a circle"
    }
  }

  /// The same, with the way to go on all the same.
  var refusal: String { "\(self); or, where that is meant, say --allow-writable-rules" }

  private static func octal(_ mode: mode_t) -> String { String(mode & 0o7777, radix: 8) }

  private static func name(of user: uid_t) -> String {
    getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "user \(user)"
  }

  private static func name(ofGroup group: gid_t) -> String {
    getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)"
  }
}
