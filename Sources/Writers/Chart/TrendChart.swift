/// A picture of results over time, run by run: Dice above, volumes below, a curve a label.
public struct TrendChart: Sendable, Equatable {
  /// One label's curves; a value for each run, nil where there is none.
  public struct Series: Sendable, Equatable {
    /// The label, with its rule where there are several.
    public let name: String
    /// Against a supplied mask, 0...1.
    public let dice: [Double?]
    /// As the calibration expects it, 0...1.
    public let expectedDice: [Double?]
    /// ml.
    public let volume: [Double?]

    /// One label's curves.
    public init(name: String, dice: [Double?], expectedDice: [Double?], volume: [Double?]) {
      self.name = name
      self.dice = dice
      self.expectedDice = expectedDice
      self.volume = volume
    }
  }

  /// More labels than this are left out of the picture: nobody could tell their colours.
  public static let mostSeries = 6

  /// What stands above the picture.
  public let title: String
  /// What each run is called below the picture: its day.
  public let runs: [String]
  /// The labels.
  public let series: [Series]

  /// A chart of the first ``mostSeries`` of `series`.
  public init(title: String, runs: [String], series: [Series]) {
    self.title = title
    self.runs = runs
    self.series = Array(series.prefix(Self.mostSeries))
  }

  /// The picture as a PNG file; nil if there is no memory for it. Equal trends give equal bytes.
  public var png: [UInt8]? { drawn().png }

  /// The picture, 960 x 640 pixels.
  package func drawn() -> Canvas {
    var canvas = Canvas(width: 2 * 960, height: 2 * 640, colour: Palette.ground)
    canvas.write(title, x: 48, y: 24, scale: 4, Palette.text)
    let hasMasks = series.contains { $0.dice.contains { $0 != nil } }
    let dice = series.enumerated().map { index, item in
      ChartLine(item.name, Palette.colour(index), hasMasks ? item.dice : item.expectedDice)
    }
    canvas.write(hasMasks ? "Dice against masks" : "Dice expected", x: 48, y: 84, scale: 4, Palette.quiet)
    ChartPanel(lines: dice, leftRange: 0...1, rightRange: nil, steps: runs, x: 48, y: 130, width: 1824, height: 500)
      .draw(on: &canvas)
    let volumes = series.enumerated().map { index, item in
      ChartLine(item.name, Palette.colour(index), item.volume)
    }
    canvas.write("ml", x: 48, y: 668, scale: 4, Palette.quiet)
    ChartPanel(lines: volumes, rightRange: nil, steps: runs, x: 48, y: 714, width: 1824, height: 500)
      .draw(on: &canvas)
    var picture = Canvas(width: 960, height: 640, colour: Palette.ground)
    picture.drawHalved(canvas, x: 0, y: 0)
    return picture
  }
}
