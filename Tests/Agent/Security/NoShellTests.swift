import Foundation
import TestSupport
import Testing

@Suite("No shell")
struct NoShellTests {
  /// The only files that may start a program.
  static let allowed: Set<String> = ["Agent/Executors/Subprocess.swift"]

  /// What starts programs in Swift, C and C++, and what a shell is called.
  private static let starters = [
    #"\bProcess\s*\(\s*\)"#, #"\bposix_spawnp?\b"#, #"\bpopen\s*\("#, #"(?<![A-Za-z0-9_.])system\s*\(\s*["a-z]+\s*\)"#,
    #"\bexec(v|vp|ve|vpe|l|lp|le|veat)\s*\("#, #"(?<!func )(?<![A-Za-z0-9_.])v?fork\s*\(\s*\)"#,
    #"/bin/(ba|da|z)?sh\b"#,
    #"\bfexecve\b"#, #"\bclone3?\s*\("#,
  ]

  @Test("nothing in Sources starts a program, let alone a shell, outside the places named here")
  func sources() throws {
    let sources = SharedFolder.repository.appending(path: "Sources")
    let walk = try #require(FileManager.default.enumerator(atPath: sources.path))
    let patterns = try Self.starters.map { try NSRegularExpression(pattern: $0) }
    var looked = 0
    while let path = walk.nextObject() as? String {
      guard ["swift", "c", "cpp", "h"].contains((path as NSString).pathExtension) else { continue }
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      let whole = NSRange(text.startIndex..., in: text)
      looked += 1
      for pattern in patterns where !Self.allowed.contains(path) {
        let hit = pattern.firstMatch(in: text, range: whole).flatMap { Range($0.range, in: text) }
        #expect(hit == nil, "\(path): \(hit.map { String(text[$0]) } ?? "")")
      }
    }
    #expect(looked > 300, "only \(looked) files were found")
  }

  @Test(
    "the patterns see what they should",
    arguments: [
      "let p = Process()", "posix_spawn(&pid, path, nil, nil, &words, environ)", "popen(command, \"r\")",
      "system(command)", "execve(path, words, environ)", "pid_t child = fork();", "\"/bin/sh\"",
    ])
  func patterns(_ line: String) throws {
    #expect(
      try Self.starters.contains {
        try NSRegularExpression(pattern: $0).firstMatch(in: line, range: NSRange(line.startIndex..., in: line)) != nil
      })
  }
}
