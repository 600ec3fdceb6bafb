import Glibc

/// Why a file or folder could not be looked at or read, sorted by whether another time it may be.
public enum PassingCause {
  /// The values of `errno` that say nothing of the file: a disk or server that does not answer, and what this process lacks just now.
  private static let codes: Set<Int32> = [
    EIO, EREMOTEIO, ESTALE, ETIMEDOUT, EAGAIN, EINTR, EBUSY, ENOTCONN, ECONNREFUSED, ECONNRESET, ECONNABORTED,
    ESHUTDOWN, ENETDOWN, ENETUNREACH, ENETRESET, EHOSTDOWN, EHOSTUNREACH, ENOMEM, ENOBUFS, EMFILE, ENFILE,
  ]

  /// Whether a call that failed with this `errno` may work another time, although nobody changes the file.
  public static func holds(_ code: Int32) -> Bool { codes.contains(code) }

  /// The same of reading a file that is there: also one that nobody has given this process the right to read yet.
  public static func holds(reading code: Int32) -> Bool { holds(code) || code == EACCES || code == EPERM }
}
