/// HTML text that is safe by construction: what stands in the source is markup, what is interpolated is escaped.
///
/// `let cell: Markup = "<td>\(description)</td>"` escapes `description`; another `Markup` is taken over as it is.
package struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// The HTML.
  package private(set) var text: String

  /// Markup from the program's own source.
  package init(stringLiteral value: String) { text = value }

  /// Markup from the program's own source with values in it.
  package init(stringInterpolation interpolation: StringInterpolation) { text = interpolation.text }

  /// Text that is already HTML and that this program made itself.
  init(trusted text: String) { self.text = text }

  /// Nothing.
  static let nothing: Markup = ""

  /// One after the other.
  static func + (left: Markup, right: Markup) -> Markup { Markup(trusted: left.text + right.text) }

  /// Builds the text, escaping what is not markup.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    /// Room for the literal.
    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

    /// Markup as written.
    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// A text of unknown origin, cleaned and escaped.
    package mutating func appendInterpolation(_ value: String) { text += PlainText.escaped(value) }

    /// A whole number.
    package mutating func appendInterpolation(_ value: Int) { text += String(value) }

    /// Markup made before.
    package mutating func appendInterpolation(_ value: Markup) { text += value.text }

    /// Pieces of markup, one after the other.
    package mutating func appendInterpolation(_ values: [Markup]) { values.forEach { text += $0.text } }
  }
}
