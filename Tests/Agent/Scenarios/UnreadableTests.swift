import Foundation
import TestSupport
import Testing

/// A mode keeps root from nothing: as root the agent runs as another user.
@Suite("Files that the agent has no right to read", .enabled(if: Vigil.isOrdinary, Vigil.whyOrdinary))
struct UnreadableTests {
  @Test("one is refused by name while its series waits; when it may be read, the series is done with it")
  func unlocked() async throws {
    let place = try Workplace()
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try place.handOver()
    chmod(files[7].path, 0)
    let agent = try Vigil(
      place.watching(settle: "300ms", "--hold", "1h"), streams: place.folder.url, user: Vigil.ordinaryUser)
    #expect(try await agent.waits { place.runCount == 1 && agent.log.contains("held") }, "\(agent.log)")
    let refused = try #require(try place.runs().first)
    let reason = try String(
      contentsOf: place.output.appending(path: "\(refused["output_folder"] ?? "")/reason.txt"), encoding: .utf8)
    #expect(refused["outcome"] == "refused" && reason.contains("\(files[7].path): "), "\(reason)")
    #expect(reason.contains("Permission denied"), "\(reason)")
    chmod(files[7].path, 0o600)
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 1, "something was refused")
    let inputs = """
      SELECT count(*) AS n FROM files JOIN runs ON run_id = runs.id WHERE role = 'input' AND outcome = 'segmented'
      """
    #expect(try place.ask(inputs) == [["n": "16"]])
    try await place.expectWhole()
  }
}

extension Vigil {
  /// Who may not read everything: nobody, where the tests run as root.
  static let ordinaryUser: uid_t? = geteuid() == 0 ? 65534 : nil

  static let whyOrdinary: Comment = "setpriv is missing, or the user nobody may not run the build"

  /// Whether vigil can be run so.
  static let isOrdinary: Bool = {
    guard let user = ordinaryUser else { return true }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = Array(prefix(for: user).dropFirst()) + [executable, "--version"]
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}

extension Workplace {
  /// Gives everything to the user that ``Vigil/ordinaryUser`` names.
  fileprivate func handOver() throws {
    guard let user = Vigil.ordinaryUser else { return }
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
    for path in [folder.url.path] + paths.map({ folder.file($0).path }) { try #require(lchown(path, user, user) == 0) }
  }
}
