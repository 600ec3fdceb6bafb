/// A colour, 8 bits a channel, sRGB.
package struct Colour: Hashable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  init(grey: UInt8) { self.init(grey, grey, grey) }

  /// This colour with `share` (0...1) of the other.
  func mixed(with other: Colour, _ share: Float) -> Colour {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8(Float(a) + (Float(b) - Float(a)) * share + 0.5) }
    return Colour(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }
}

/// An image of RGB pixels, row by row from the top.
package struct Canvas {
  package let width: Int
  package let height: Int
  package private(set) var pixels: [UInt8]

  package init(width: Int, height: Int, colour: Colour) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 0, count: width * height * 3)
    fill(x: 0, y: 0, width: width, height: height, colour)
  }

  package subscript(x: Int, y: Int) -> Colour {
    get {
      let place = (y * width + x) * 3
      return Colour(pixels[place], pixels[place + 1], pixels[place + 2])
    }
    set {
      let place = (y * width + x) * 3
      pixels[place] = newValue.red
      pixels[place + 1] = newValue.green
      pixels[place + 2] = newValue.blue
    }
  }

  /// Fills a rectangle, cut to the image.
  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
    let (left, right) = (max(0, x), min(self.width, x + width))
    let (top, bottom) = (max(0, y), min(self.height, y + height))
    guard left < right, top < bottom else { return }
    for row in top..<bottom {
      for column in left..<right { self[column, row] = colour }
    }
  }

  /// Draws a rectangle's edge, one pixel wide, within it.
  mutating func frame(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
    fill(x: x, y: y, width: width, height: 1, colour)
    fill(x: x, y: y + height - 1, width: width, height: 1, colour)
    fill(x: x, y: y, width: 1, height: height, colour)
    fill(x: x + width - 1, y: y, width: 1, height: height, colour)
  }

  /// Writes `text` with its upper left corner at `(x, y)`; each pixel of the font becomes `scale` x `scale`. With `halo` the
  /// text stands out on any ground.
  mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ colour: Colour, halo: Colour? = nil) {
    if let halo {
      for dy in [-scale, 0, scale] {
        for dx in [-scale, 0, scale] where dx != 0 || dy != 0 { write(text, x: x + dx, y: y + dy, scale: scale, halo) }
      }
    }
    var left = x
    for character in text {
      for (row, bits) in PixelFont.rows(of: character).enumerated() {
        for column in 0..<PixelFont.width where bits >> UInt8(PixelFont.width - 1 - column) & 1 == 1 {
          fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
      left += (PixelFont.width + 1) * scale
    }
  }

  /// Copies an image of twice the size onto a rectangle, each pixel the mean of four.
  mutating func drawHalved(_ image: Canvas, x: Int, y: Int) {
    for row in 0..<image.height / 2 {
      for column in 0..<image.width / 2 {
        var place = ((y + row) * width + x + column) * 3
        var source = (2 * row * image.width + 2 * column) * 3
        let below = image.width * 3
        for _ in 0..<3 {
          let sum =
            Int(image.pixels[source]) + Int(image.pixels[source + 3]) + Int(image.pixels[source + below])
            + Int(image.pixels[source + below + 3])
          pixels[place] = UInt8((sum + 2) / 4)
          place += 1
          source += 1
        }
      }
    }
  }
}
