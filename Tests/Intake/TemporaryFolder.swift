import Foundation
import Intake

/// A folder of its own for a test, removed afterwards.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let made = FileManager.default.temporaryDirectory.appending(path: "vigil-intake-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    path = try Inbox(made.path).path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var inbox: Inbox { get throws { try Inbox(path) } }

  func callAsFunction(_ relative: String) -> String { path + "/" + relative }

  @discardableResult
  func write(_ relative: String, _ text: String = "x") throws -> String {
    let file = self(relative)
    if let slash = relative.lastIndex(of: "/") { try makeFolder(String(relative[..<slash])) }
    guard let handle = fopen(file, "w") else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    fputs(text, handle)
    fclose(handle)
    return file
  }

  func makeFolder(_ relative: String) throws {
    try FileManager.default.createDirectory(atPath: self(relative), withIntermediateDirectories: true)
  }

  func move(_ from: String, _ to: String) throws {
    guard rename(self(from), self(to)) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }

  func hardLink(_ from: String, _ to: String) throws {
    guard link(self(from), self(to)) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }

  func remove(_ relative: String) throws { try FileManager.default.removeItem(atPath: self(relative)) }

  func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
  }
}
