/// The colours of labels.
package enum Palette {
  /// Okabe and Ito's colours that people with any kind of colour vision tell apart (jfly.uni-koeln.de/color, 2008), without
  /// black, the ones that stand out most on grey first.
  package static let colours = [
    Colour(230, 159, 0), Colour(86, 180, 233), Colour(0, 158, 115), Colour(240, 228, 66), Colour(204, 121, 167),
    Colour(213, 94, 0), Colour(0, 114, 178),
  ]

  /// The colour of the `index`th label, counted from 0; beyond the seventh they come again, each time lighter.
  package static func colour(_ index: Int) -> Colour {
    let round = min(index / colours.count, 3)
    return colours[index % colours.count].mixed(with: Colour(grey: 255), Float(round) * 0.25)
  }

  package static let ground = Colour(18, 20, 24)
  package static let text = Colour(232, 234, 237)
  static let quiet = Colour(150, 156, 164)
  package static let line = Colour(58, 63, 71)
}
