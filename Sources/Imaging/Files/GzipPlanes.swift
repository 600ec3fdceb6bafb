import Synchronization

/// Compresses equal planes that come in any order and from several threads into one gzip member, and writes it as it grows.
///
/// A piece is the planes that fill half a MiB, or one larger plane. At work are as many pieces as threads bring planes of, and those
/// that wait for a piece before them.
final class GzipPlanes: Sendable {
  private struct State {
    var gatherings: [Int: Gathering] = [:]
    var waiting: [Int: [DeflatePieces.Piece]] = [:]
    var idle: [DeflatePieces] = []
    var next = 0
    var offset = 0
    var member = GzipMember()
  }

  /// The planes of a piece, of which `missing` have not come yet.
  private final class Gathering: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    var missing: Int

    init(count: Int, planes: Int) {
      bytes = .allocate(byteCount: count, alignment: 64)
      missing = planes
    }

    deinit { bytes.deallocate() }
  }

  private let state = Mutex(State())
  private let sink: any ByteSink
  private let level: Int32
  private let header: [UInt8]
  private let planeBytes: Int
  private let depth: Int
  private let planesOfPiece: Int

  private static let fewestBytes = 1 << 19

  /// The member's content is `header`, then the planes `0 ..< depth`.
  init(header: [UInt8], planeBytes: Int, depth: Int, level: Int32, sink: any ByteSink) {
    self.header = header
    self.planeBytes = planeBytes
    self.depth = depth
    self.level = level
    self.sink = sink
    planesOfPiece = max(1, (Self.fewestBytes + planeBytes - 1) / planeBytes)
  }

  /// Takes plane `k`; each must be given once.
  func add(_ plane: UnsafeRawBufferPointer, k: Int) throws(WholeFile.Failure) {
    let index = k / planesOfPiece
    let planes = min(planesOfPiece, depth - index * planesOfPiece)
    let before = index == 0 ? header.count : 0
    guard planes > 1 || before > 0 else { return try compress(plane, index: index) }
    let gathering = state.withLock { state in
      let made = state.gatherings[index] ?? Gathering(count: before + planes * planeBytes, planes: planes)
      state.gatherings[index] = made
      return made
    }
    let place = before + (k - index * planesOfPiece) * planeBytes
    UnsafeMutableRawBufferPointer(rebasing: gathering.bytes[place..<place + planeBytes]).copyMemory(from: plane)
    let isWhole = state.withLock { state in
      gathering.missing -= 1
      if gathering.missing == 0 { state.gatherings[index] = nil }
      return gathering.missing == 0
    }
    guard isWhole else { return }
    if before > 0 { gathering.bytes.copyBytes(from: header) }
    try compress(UnsafeRawBufferPointer(gathering.bytes), index: index)
  }

  private func compress(_ bytes: UnsafeRawBufferPointer, index: Int) throws(WholeFile.Failure) {
    let isLast = (index + 1) * planesOfPiece >= depth
    guard let compressor = state.withLock({ $0.idle.popLast() }) ?? DeflatePieces(level: level) else {
      throw Self.shortOfMemory
    }
    var pieces: [DeflatePieces.Piece] = []
    for start in stride(from: 0, to: bytes.count, by: DeflatePieces.mostBytes) {
      let end = min(bytes.count, start + DeflatePieces.mostBytes)
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
      guard let piece = compressor.compressed(part, isLast: isLast && end == bytes.count) else {
        throw Self.shortOfMemory
      }
      pieces.append(piece)
    }
    let result = state.withLock { state -> Result<Void, WholeFile.Failure> in
      state.idle.append(compressor)
      state.waiting[index] = pieces
      return Result { () throws(WholeFile.Failure) in try write(&state) }
    }
    try result.get()
  }

  private static let shortOfMemory = WholeFile.Failure("not enough memory to compress it")

  /// Writes what is ready, in order.
  private func write(_ state: inout State) throws(WholeFile.Failure) {
    while let pieces = state.waiting.removeValue(forKey: state.next) {
      if state.next == 0 { try append(GzipMember.header, &state) }
      for piece in pieces {
        state.member.add(piece)
        try append(piece.deflated, &state)
      }
      state.next += 1
      if state.next * planesOfPiece >= depth { try append(state.member.trailer, &state) }
    }
  }

  private func append(_ bytes: [UInt8], _ state: inout State) throws(WholeFile.Failure) {
    let offset = state.offset
    let result = bytes.withUnsafeBytes { source in
      Result { () throws(WholeFile.Failure) in try sink.write(source, at: offset) }
    }
    try result.get()
    state.offset += bytes.count
  }
}
