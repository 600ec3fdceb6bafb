import Foundation

/// The built `vigil`, which lies beside the program that runs the tests.
enum BuiltVigil {
  struct Ended {
    let status: Int32
    let output: String
    let log: String
  }

  /// Runs it to its end; neither stream is a terminal. For answers that fit a pipe.
  static func run(_ arguments: [String]) throws -> Ended {
    let process = Process()
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(filePath: own).deletingLastPathComponent().appending(path: "vigil")
    process.arguments = arguments
    let (output, log) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, log)
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let logged = log.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Ended(
      status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
      log: String(decoding: logged, as: UTF8.self))
  }
}
