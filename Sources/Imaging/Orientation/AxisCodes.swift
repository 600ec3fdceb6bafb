/// Which way each axis of a grid points in the patient, as three letters: `RAS` means that `i` grows to the patient's Right,
/// `j` to Anterior, `k` to Superior. (nibabel's convention: the letter is where the axis goes *to*. DICOM's frame is `LPS`.)
public struct AxisCodes: Sendable, Hashable, CustomStringConvertible {
  /// One of the six directions of the patient.
  public enum Direction: Character, Sendable, CaseIterable {
    /// To the patient's left, +x of LPS.
    case left = "L"
    /// To the patient's right, -x.
    case right = "R"
    /// To the back, +y.
    case posterior = "P"
    /// To the front, -y.
    case anterior = "A"
    /// To the head, +z.
    case superior = "S"
    /// To the feet, -z.
    case inferior = "I"

    /// The axis of LPS that it lies on: 0, 1 or 2.
    public var axis: Int {
      switch self {
      case .left, .right: 0
      case .posterior, .anterior: 1
      case .superior, .inferior: 2
      }
    }

    /// +1 where it goes along the axis of LPS, -1 against it.
    public var sign: Double {
      switch self {
      case .left, .posterior, .superior: 1
      case .right, .anterior, .inferior: -1
      }
    }

    /// The direction the other way.
    public var opposite: Direction { Direction(axis: axis, sign: -sign) }

    /// The direction along `axis` of LPS (0, 1 or 2) with that sign.
    public init(axis: Int, sign: Double) {
      precondition((0...2).contains(axis), "LPS has three axes")
      let positive: [Direction] = [.left, .posterior, .superior]
      let negative: [Direction] = [.right, .anterior, .inferior]
      self = sign < 0 ? negative[axis] : positive[axis]
    }
  }

  /// Where `i`, `j`, `k` go, in this order.
  public let directions: [Direction]

  /// Three letters of which one is L or R, one is A or P, one is S or I; nil for anything else.
  public init?(_ letters: String) {
    let directions = letters.compactMap { Direction(rawValue: $0) }
    guard directions.count == 3, letters.count == 3 else { return nil }
    self.init(directions)
  }

  /// Three directions on three different axes; nil for anything else.
  public init?(_ directions: [Direction]) {
    guard directions.count == 3, Set(directions.map { $0.axis }).count == 3 else { return nil }
    self.directions = directions
  }

  private init(known directions: [Direction]) { self.directions = directions }

  /// Right, anterior, superior: NIfTI's frame.
  public static let ras = AxisCodes(known: [.right, .anterior, .superior])
  /// Left, posterior, superior: DICOM's frame.
  public static let lps = AxisCodes(known: [.left, .posterior, .superior])
  /// All 48.
  public static let all: [AxisCodes] = permutations.flatMap { order in
    (0..<8).map { signs in
      AxisCodes(known: (0..<3).map { Direction(axis: order[$0], sign: signs >> $0 & 1 == 0 ? 1 : -1) })
    }
  }

  /// The three letters.
  public var description: String { String(directions.map { $0.rawValue }) }

  static let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
}

extension Geometry {
  /// The axes of the patient nearest to the grid's own, as nibabel pairs them (`io_orientation`): the grid's axis with the
  /// largest direction cosine chooses first, then the next; each takes the axis of the patient nearest to it that is left.
  public var axisCodes: AxisCodes {
    let cosines = [iStep, jStep, kStep].map { step in (0..<3).map { step[$0] / step.length } }
    let strength = cosines.map { row in row.reduce(0) { max($0, abs($1)) } }
    let order = [0, 1, 2].sorted { (strength[$1], $0) < (strength[$0], $1) }
    var directions = [AxisCodes.Direction](repeating: .left, count: 3)
    var left = [0, 1, 2]
    for axis in order {
      let nearest = left.reduce(left[0]) { abs(cosines[axis][$1]) > abs(cosines[axis][$0]) ? $1 : $0 }
      directions[axis] = AxisCodes.Direction(axis: nearest, sign: cosines[axis][nearest])
      left.removeAll { $0 == nearest }
    }
    return AxisCodes(directions) ?? .lps
  }
}
