import Foundation
import Glibc
import TestSupport
import Testing

/// Headless Chromium, driven through its DevTools protocol over a pair of named pipes (`--remote-debugging-pipe`): real key
/// presses and a real mouse, and every error and request is seen.
///
/// Used by one test at a time, on one thread.
final class Browser {
  /// Where Chromium is, if it is here (Debian's package `chromium`).
  static let program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// The comment for a test that is skipped without it.
  static let missing: Comment = "needs Chromium (apt-get install chromium), which is not here"

  /// Why a page could not be driven.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The longest that one answer may take on a machine that builds at the same time.
  private static let patience = 60.0

  private let folder: TemporaryFolder
  private let process = Process()
  private let input: Int32
  private let output: Int32
  private var received: [UInt8] = []
  private var number = 0
  private var session: String?
  private var events: [[String: Any]] = []

  /// Starts a browser with a window of this size, in pixels.
  init(width: Int = 1280, height: Int = 900, isDark: Bool = false, isPhone: Bool = false) throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    let names = ["in", "out"].map { folder.file($0).path }
    for name in names where mkfifo(name, 0o600) != 0 { throw Failure(description: "mkfifo \(name): error \(errno)") }
    // Opened for both directions a named pipe never waits for its other end.
    (input, output) = (Glibc.open(names[0], O_RDWR), Glibc.open(names[1], O_RDWR))
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "exec \"$0\" \"$@\" 3<\"$PIPE_IN\" 4>\"$PIPE_OUT\"", Self.program ?? "chromium"]
      + [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
        "--user-data-dir=\(folder.file("profile").path)", "about:blank",
      ]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PIPE_IN": names[0], "PIPE_OUT": names[1]]) { $1 }
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
    session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    for method in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] { try call(method) }
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": isPhone ? 2 : 1, "mobile": isPhone])
    let scheme = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
    try call("Emulation.setEmulatedMedia", ["features": [scheme]])
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    close(input)
    close(output)
  }

  /// Calls a method of the protocol and gives its result.
  @discardableResult
  func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    number += 1
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    message["sessionId"] = session
    let bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
    guard write(input, bytes, bytes.count) == bytes.count else { throw Failure(description: "Chromium has gone") }
    let deadline = Date(timeIntervalSinceNow: Self.patience)
    while let answer = try receive(before: deadline) {
      guard answer["id"] as? Int == number else {
        events.append(answer)
        continue
      }
      if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
    throw Failure(description: "\(method): no answer within \(Self.patience) s")
  }

  /// The next message, which ends with a zero byte.
  private func receive(before deadline: Date) throws -> [String: Any]? {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = Data(received[..<end])
        received.removeFirst(end + 1)
        return try JSONSerialization.jsonObject(with: message) as? [String: Any]
      }
      var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let milliseconds = Int32(max(0, deadline.timeIntervalSinceNow * 1000))
      guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { return nil }
      received += buffer.prefix(count)
    }
  }
}

extension Browser {
  /// Opens a file and waits until its script says that all is there.
  func open(_ file: URL) throws {
    try call("Page.navigate", ["url": file.absoluteString])
    try wait(for: "document.documentElement.dataset.loaded === 'true'")
  }

  /// What a JavaScript expression comes to, as text.
  func text(_ expression: String, inside frame: String = "%@") throws -> String {
    let whole = frame.replacing("%@", with: "String(\(expression))")
    let result = try call(
      "Runtime.evaluate", ["expression": whole, "returnByValue": true, "awaitPromise": true])
    if let details = result["exceptionDetails"] { throw Failure(description: "\(expression): \(details)") }
    return (result["result"] as? [String: Any])?["value"] as? String ?? ""
  }

  /// What a promise comes to, as text.
  func awaited(_ promise: String) throws -> String { try text("await (\(promise))", inside: "(async () => %@)()") }

  /// Waits until an expression is true.
  func wait(for expression: String) throws {
    let deadline = Date(timeIntervalSinceNow: Self.patience)
    while Date() < deadline {
      if (try? text(expression)) == "true" { return }
      usleep(30_000)
    }
    throw Failure(description: "\(expression) did not come true within \(Self.patience) s")
  }

  /// Waits until an expression comes to `value`; gives what it came to last.
  func settled(_ expression: String, at value: String) throws -> String {
    let deadline = Date(timeIntervalSinceNow: 5)
    var found = try text(expression)
    while found != value, Date() < deadline {
      usleep(30_000)
      found = try text(expression)
    }
    return found
  }

  /// Presses and releases a key (`ArrowUp`, `o`).
  func press(_ key: String) throws {
    var parameters: [String: Any] = ["type": "keyDown", "key": key]
    // The browser itself acts on Tab only where its code is given, too.
    if key == "Tab" { parameters["windowsVirtualKeyCode"] = 9 }
    if key.count == 1 { parameters["text"] = key }
    try call("Input.dispatchKeyEvent", parameters)
    try call("Input.dispatchKeyEvent", ["type": "keyUp", "key": key])
  }

  /// A mouse event at a place of the window.
  func mouse(_ type: String, _ x: Double, _ y: Double, _ more: [String: Any] = [:]) throws {
    try call("Input.dispatchMouseEvent", ["type": type, "x": x, "y": y].merging(more) { $1 })
  }

  /// Errors, warnings and requests so far, the opened file left out.
  func problems(opening file: URL) throws -> [String] {
    _ = try text("1")
    return events.compactMap { event in
      let parameters = event["params"] as? [String: Any] ?? [:]
      switch event["method"] as? String {
      case "Runtime.exceptionThrown": return "exception \(parameters)"
      case "Runtime.consoleAPICalled": return "console \(parameters)"
      case "Log.entryAdded": return "log \(parameters)"
      case "Network.requestWillBeSent":
        let address = (parameters["request"] as? [String: Any])?["url"] as? String ?? ""
        let isOwn = address.hasPrefix("data:") || address.hasPrefix("blob:") || address.hasPrefix(file.absoluteString)
        return isOwn ? nil : "request \(address)"
      default: return nil
      }
    }
  }
}
