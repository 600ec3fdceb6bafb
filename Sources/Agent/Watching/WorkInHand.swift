internal import Audit
internal import Digests
internal import Foundation
internal import Synchronization

/// What the agent has in hand at this moment, in a file that outlives it however it dies: shared memory of the file
/// `.agent.at-hand` in the output tree. A write costs nothing, and nothing is synced, because a power cut is no scan's fault.
///
/// The next start reads what stands there: what was in hand is suspected of the death. A signal that ends a program for its own
/// fault (a memory fault, an assertion) notes its number there before it does.
final class WorkInHand: Sendable {
  /// The file's name in an output tree.
  static let fileName = ".agent.at-hand"

  /// What one thing in hand takes: `@<16 hex> <64 hex>`, padded with zeros.
  private static let slotBytes = 128
  /// The first is the journey's, the others are those of the threads that read headers.
  private static let slotCount = 63
  private static let fileBytes = slotBytes * (slotCount + 1)
  /// Where a signal's number stands.
  private static let signalOffset = fileBytes - 1
  private static let faults = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]

  /// The byte that a signal's handler writes; 0: no file is open.
  private static let signalByte = Atomic<UInt>(0)

  nonisolated(unsafe) private let memory: UnsafeMutableRawPointer
  private let taken = Mutex<Set<Int>>([])

  /// What the agent before this one had in hand when it died; empty where it ended well.
  let found: [ParcelState]
  /// The signal that ended it, where it was its own fault.
  let signal: Int32?

  /// Opens the file of an output tree that this process holds, takes down what stands in it, and begins with nothing in hand.
  init(outputFolder: URL) throws(AgentError) {
    let path = outputFolder.appending(path: Self.fileName).path
    memory = try Self.map(path)
    let bytes = UnsafeRawBufferPointer(start: memory, count: Self.fileBytes)
    found = (0..<Self.slotCount).compactMap { slot in
      ParcelState(slot: bytes[slot * Self.slotBytes..<(slot + 1) * Self.slotBytes].prefix { $0 != 0 })
    }
    let number = Int32(bytes[Self.signalOffset])
    signal = Self.faults.contains(number) ? number : nil
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.fileBytes)
    listen()
  }

  deinit {
    _ = Self.signalByte.compareExchange(
      expected: UInt(bitPattern: memory + Self.signalOffset), desired: 0, ordering: .sequentiallyConsistent)
    munmap(memory, Self.fileBytes)
  }

  /// Runs `work` with this in hand. In `parallel`: beside other work, one of many.
  func holding<Value, Failure: Error>(
    _ state: ParcelState, parallel: Bool = false, _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let slot = taken.withLock { taken -> Int in
      // More threads than slots: the last is shared, and only the last to come is suspected.
      let slot = parallel ? (1..<Self.slotCount).first { !taken.contains($0) } ?? Self.slotCount - 1 : 0
      taken.insert(slot)
      return slot
    }
    write(state.slot, to: slot)
    defer {
      write([], to: slot)
      taken.withLock { _ = $0.remove(slot) }
    }
    return try work()
  }

  /// Has nothing in hand any more, whatever is still under way.
  func letGo() { memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.fileBytes) }

  private func write(_ text: [UInt8], to slot: Int) {
    let place = memory + slot * Self.slotBytes
    place.initializeMemory(as: UInt8.self, repeating: 0, count: Self.slotBytes)
    text.withUnsafeBytes { place.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(place), byteCount: $0.count) }
  }

  /// The whole file, written once so that a full disk is found here and not by a fault later.
  private static func map(_ path: String) throws(AgentError) -> UnsafeMutableRawPointer {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    if Int(status.st_size) != fileBytes {
      let zeros = [UInt8](repeating: 0, count: fileBytes)
      guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, zeros, zeros.count, 0) == zeros.count else {
        throw failure(path)
      }
    }
    let memory = mmap(nil, fileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw failure(path) }
    return memory
  }

  private static func failure(_ path: String) -> AgentError {
    AgentError(
      "\(path) cannot be used: \(String(cString: strerror(errno))); make the output tree writable and not full")
  }

  /// The handler only stores a byte; the signal then comes again and ends the process as it would have.
  private func listen() {
    Self.signalByte.store(UInt(bitPattern: memory + Self.signalOffset), ordering: .sequentiallyConsistent)
    for number in Self.faults {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let place = UnsafeMutableRawPointer(bitPattern: WorkInHand.signalByte.load(ordering: .sequentiallyConsistent))
        place?.storeBytes(of: UInt8(truncatingIfNeeded: number), as: UInt8.self)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(number, &action, nil)
    }
  }

  /// `SIGSEGV` and the like.
  static func name(of signal: Int32) -> String {
    [SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGFPE: "SIGFPE", SIGABRT: "SIGABRT"][
      signal] ?? "signal \(signal)"
  }
}

extension ParcelState {
  fileprivate var slot: [UInt8] { Array("\(parcel) \(stamps)".utf8) }

  /// What `slot` says; nil where it says nothing that can be read.
  fileprivate init?(slot bytes: some Sequence<UInt8>) {
    let words = String(decoding: Array(bytes), as: UTF8.self).split(separator: " ")
    guard words.count == 2, let stamps = SHA256Digest(hexadecimal: String(words[1])) else { return nil }
    self.init(parcel: String(words[0]), stamps: stamps)
  }
}
