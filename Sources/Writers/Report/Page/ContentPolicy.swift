import Digests
import Foundation

/// The Content Security Policy of a page (W3C CSP Level 3): only the script and the styles that this program wrote may act,
/// pictures come from the page itself, nothing is ever fetched.
enum ContentPolicy {
  /// The policy that admits exactly these scripts and styles.
  static func text(scripts: [String], styles: [String]) -> String {
    [
      "default-src 'none'",
      "script-src " + scripts.map(source).joined(separator: " "),
      "style-src " + styles.map(source).joined(separator: " "),
      "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
    ].joined(separator: "; ")
  }

  private static func source(_ text: String) -> String {
    "'sha256-\(Data(SHA256Digest(of: text).bytes).base64EncodedString())'"
  }
}
