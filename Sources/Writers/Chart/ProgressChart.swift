/// A picture of a training run, epoch by epoch: losses and Dice above, the learning rate and the seconds an epoch took below.
public struct ProgressChart: Sendable, Equatable {
  /// One epoch.
  public struct Epoch: Sendable, Equatable {
    /// Mean loss over the training batches.
    public let trainingLoss: Double
    /// Mean loss over the validation batches; nil where there were none.
    public let validationLoss: Double?
    /// Mean foreground Dice of the validation batches, 0...1.
    public let dice: Double?
    /// Moving average of ``dice``.
    public let averagedDice: Double?
    /// Learning rate.
    public let learningRate: Double
    /// How long it took, s.
    public let seconds: Double

    /// One epoch's figures; what is not finite is left out of the picture.
    public init(
      trainingLoss: Double, validationLoss: Double?, dice: Double?, averagedDice: Double?, learningRate: Double,
      seconds: Double
    ) {
      self.trainingLoss = trainingLoss
      self.validationLoss = validationLoss
      self.dice = dice
      self.averagedDice = averagedDice
      self.learningRate = learningRate
      self.seconds = seconds
    }
  }

  /// What stands above the picture.
  public let title: String
  /// The epochs, the first at the left.
  public let epochs: [Epoch]

  /// A chart of `epochs`.
  public init(title: String, epochs: [Epoch]) {
    self.title = title
    self.epochs = epochs
  }

  /// The picture as a PNG file; nil if there is no memory for it. Equal runs give equal bytes.
  public var png: [UInt8]? { drawn().png }

  /// The picture, 960 x 640 pixels.
  package func drawn() -> Canvas {
    var canvas = Canvas(width: 2 * 960, height: 2 * 640, colour: Palette.ground)
    canvas.write(title, x: 48, y: 24, scale: 4, Palette.text)
    let loss = [
      ChartLine("training loss", Palette.colour(1), epochs.map { $0.trainingLoss }),
      ChartLine("validation loss", Palette.colour(0), epochs.map { $0.validationLoss }),
    ]
    let dice = [
      ChartLine("Dice", Palette.colour(2).mixed(with: Palette.ground, 0.5), epochs.map { $0.dice }, axis: .right),
      ChartLine("Dice, averaged", Palette.colour(2), epochs.map { $0.averagedDice }, axis: .right),
    ]
    ChartPanel(lines: loss + dice, rightRange: 0...1, x: 48, y: 96, width: 1824, height: 640).draw(on: &canvas)
    let pace = [
      ChartLine("learning rate", Palette.colour(4), epochs.map { $0.learningRate }),
      ChartLine("seconds an epoch", Palette.colour(5), epochs.map { $0.seconds }, axis: .right),
    ]
    ChartPanel(lines: pace, rightRange: nil, x: 48, y: 800, width: 1824, height: 400).draw(on: &canvas)
    var picture = Canvas(width: 960, height: 640, colour: Palette.ground)
    picture.drawHalved(canvas, x: 0, y: 0)
    return picture
  }
}
