/// A small bitmap font drawn for the previews: printable ASCII in cells of 5 x 9 pixels, seven above the baseline, two below.
package enum PixelFont {
  /// Pixels of a glyph's cell, without the column between glyphs.
  static let width = 5
  package static let height = 9

  /// The nine rows of a character, each with five pixels in its low bits, leftmost highest; a hollow box for any other.
  package static func rows(of character: Character) -> [UInt8] { glyphs[character] ?? box }

  /// The width of a text, pixels.
  static func width(of text: String) -> Int { max(0, text.count * (width + 1) - 1) }

  private static let box: [UInt8] = [31, 17, 17, 17, 17, 17, 31, 0, 0]

  private static let glyphs: [Character: [UInt8]] = {
    var glyphs: [Character: [UInt8]] = [" ": [UInt8](repeating: 0, count: height)]
    for line in table.split(separator: "\n") {
      guard let character = line.first else { continue }
      glyphs[character] = line.dropFirst(2).split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }
    return glyphs
  }()

  /// A character, then its rows from the top in hexadecimal.
  private static let table = """
    ! 04 04 04 04 04 00 04 00 00
    " 0A 0A 0A 00 00 00 00 00 00
    # 0A 0A 1F 0A 1F 0A 0A 00 00
    $ 04 0F 14 0E 05 1E 04 00 00
    % 18 19 02 04 08 13 03 00 00
    & 08 14 14 08 15 12 0D 00 00
    ' 04 04 08 00 00 00 00 00 00
    ( 02 04 08 08 08 04 02 00 00
    ) 08 04 02 02 02 04 08 00 00
    * 00 0A 04 1F 04 0A 00 00 00
    + 00 04 04 1F 04 04 00 00 00
    , 00 00 00 00 00 04 04 08 00
    - 00 00 00 0E 00 00 00 00 00
    . 00 00 00 00 00 00 04 00 00
    / 01 01 02 04 08 10 10 00 00
    0 0E 11 13 15 19 11 0E 00 00
    1 04 0C 04 04 04 04 0E 00 00
    2 0E 11 01 06 08 10 1F 00 00
    3 0E 11 01 06 01 11 0E 00 00
    4 02 06 0A 12 1F 02 02 00 00
    5 1F 10 1E 01 01 11 0E 00 00
    6 0E 10 10 1E 11 11 0E 00 00
    7 1F 01 02 02 04 04 04 00 00
    8 0E 11 11 0E 11 11 0E 00 00
    9 0E 11 11 0F 01 01 0E 00 00
    : 00 00 04 00 00 04 00 00 00
    ; 00 00 04 00 00 04 04 08 00
    < 01 02 04 08 04 02 01 00 00
    = 00 00 1F 00 1F 00 00 00 00
    > 10 08 04 02 04 08 10 00 00
    ? 0E 11 01 02 04 00 04 00 00
    @ 0E 11 17 15 17 10 0E 00 00
    A 04 0A 11 11 1F 11 11 00 00
    B 1E 11 11 1E 11 11 1E 00 00
    C 0E 11 10 10 10 11 0E 00 00
    D 1E 11 11 11 11 11 1E 00 00
    E 1F 10 10 1E 10 10 1F 00 00
    F 1F 10 10 1E 10 10 10 00 00
    G 0E 11 10 17 11 11 0F 00 00
    H 11 11 11 1F 11 11 11 00 00
    I 0E 04 04 04 04 04 0E 00 00
    J 07 02 02 02 02 12 0C 00 00
    K 11 12 14 18 14 12 11 00 00
    L 10 10 10 10 10 10 1F 00 00
    M 11 1B 15 15 11 11 11 00 00
    N 11 19 15 15 13 11 11 00 00
    O 0E 11 11 11 11 11 0E 00 00
    P 1E 11 11 1E 10 10 10 00 00
    Q 0E 11 11 11 15 12 0D 00 00
    R 1E 11 11 1E 14 12 11 00 00
    S 0F 10 10 0E 01 01 1E 00 00
    T 1F 04 04 04 04 04 04 00 00
    U 11 11 11 11 11 11 0E 00 00
    V 11 11 11 11 0A 0A 04 00 00
    W 11 11 11 15 15 15 0A 00 00
    X 11 11 0A 04 0A 11 11 00 00
    Y 11 11 0A 04 04 04 04 00 00
    Z 1F 01 02 04 08 10 1F 00 00
    [ 0E 08 08 08 08 08 0E 00 00
    \\ 10 10 08 04 02 01 01 00 00
    ] 0E 02 02 02 02 02 0E 00 00
    ^ 04 0A 11 00 00 00 00 00 00
    _ 00 00 00 00 00 00 00 1F 00
    ` 08 04 02 00 00 00 00 00 00
    a 00 00 0E 01 0F 11 0F 00 00
    b 10 10 1E 11 11 11 1E 00 00
    c 00 00 0F 10 10 10 0F 00 00
    d 01 01 0F 11 11 11 0F 00 00
    e 00 00 0E 11 1F 10 0E 00 00
    f 06 08 1E 08 08 08 08 00 00
    g 00 00 0F 11 11 11 0F 01 0E
    h 10 10 1E 11 11 11 11 00 00
    i 04 00 0C 04 04 04 0E 00 00
    j 02 00 06 02 02 02 02 12 0C
    k 10 10 12 14 18 14 12 00 00
    l 0C 04 04 04 04 04 0E 00 00
    m 00 00 1A 15 15 15 15 00 00
    n 00 00 1E 11 11 11 11 00 00
    o 00 00 0E 11 11 11 0E 00 00
    p 00 00 1E 11 11 11 1E 10 10
    q 00 00 0F 11 11 11 0F 01 01
    r 00 00 16 18 10 10 10 00 00
    s 00 00 0F 10 0E 01 1E 00 00
    t 08 08 1E 08 08 08 06 00 00
    u 00 00 11 11 11 11 0F 00 00
    v 00 00 11 11 0A 0A 04 00 00
    w 00 00 11 11 15 15 0A 00 00
    x 00 00 11 0A 04 0A 11 00 00
    y 00 00 11 11 11 11 0F 01 0E
    z 00 00 1F 02 04 08 1F 00 00
    { 02 04 04 08 04 04 02 00 00
    | 04 04 04 04 04 04 04 00 00
    } 08 04 04 02 04 04 08 00 00
    ~ 00 00 08 15 02 00 00 00 00
    """
}
