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

/// Colours for labels that bring none: bright on a grey image, told apart by colour-blind readers as far as that goes.
public enum LabelPalette {
  /// Colours of the first labels: Okabe and Ito's set (Color Universal Design, 2008), lightened for a black ground.
  private static let first: [LabelColour] = [
    LabelColour(red: 0xFF, green: 0xB0, blue: 0x00), LabelColour(red: 0x3D, green: 0xB8, blue: 0xFF),
    LabelColour(red: 0x1F, green: 0xD6, blue: 0x9A), LabelColour(red: 0xFF, green: 0x6E, blue: 0xB4),
    LabelColour(red: 0xF5, green: 0xE6, blue: 0x42), LabelColour(red: 0xFF, green: 0x6B, blue: 0x3D),
    LabelColour(red: 0x8F, green: 0x9B, blue: 0xFF), LabelColour(red: 0xB8, green: 0xE9, blue: 0x86),
  ]

  /// The colour of the label at `place` (0 for the first named label). Past the first eight the hue walks round the circle
  /// by the golden angle, so that neighbours in the list differ.
  public static func colour(at place: Int) -> LabelColour {
    guard place >= first.count else { return first[max(0, place)] }
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
