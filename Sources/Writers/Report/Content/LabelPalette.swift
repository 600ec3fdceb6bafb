/// A colour for a label, sRGB.
public struct LabelColour: Sendable, Hashable {
  /// Red, 0 to 255.
  public let red: UInt8
  /// Green, 0 to 255.
  public let green: UInt8
  /// Blue, 0 to 255.
  public let blue: UInt8

  /// A colour, components 0 to 255.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// `#rrggbb`.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    let text = [red, green, blue].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "#" + String(decoding: text, as: UTF8.self)
  }
}

/// Colours for labels that bring none.
public enum LabelPalette {
  /// The colour of the label at `place` (0 for the first named label): first those of the preview, which people with any kind
  /// of colour vision tell apart; past them the hue walks round the circle by the golden angle, so that neighbours differ.
  public static func colour(at place: Int) -> LabelColour {
    guard place >= Palette.colours.count else {
      let colour = Palette.colour(max(0, place))
      return LabelColour(red: colour.red, green: colour.green, blue: colour.blue)
    }
    let hue = (Double(place) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
    return shade(hue: hue, lightness: place.isMultiple(of: 2) ? 0.62 : 0.74)
  }

  /// HSL with saturation 0.85 to RGB (CSS Color Module Level 4, section 7.1).
  private static func shade(hue: Double, lightness: Double) -> LabelColour {
    let reach = 0.85 * min(lightness, 1 - lightness)
    func component(_ n: Double) -> UInt8 {
      let k = (n + hue * 12).truncatingRemainder(dividingBy: 12)
      return UInt8(((lightness - reach * max(-1, min(k - 3, 9 - k, 1))) * 255).rounded())
    }
    return LabelColour(red: component(0), green: component(8), blue: component(4))
  }
}
