internal import Digests

/// Unique identifiers of our own making.
public enum DICOMUID {
  /// `2.25.` and the decimal form of a UUID (PS3.5 B.2) made from a digest of `text`: the same text gives the same UID.
  public static func derived(from text: String) -> String {
    var bytes = Array(SHA256Digest(of: text).bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return "2.25.\(bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })"
  }
}
