internal import Foundation

extension DoctorCheck {
  /// Where systemd looks for units, the first wins.
  static let unitFolders = [
    "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
    "lib/systemd/system",
  ]
  static let unit = "vigil.service"

  /// Whether the agent is a service: installed, started at boot, running. That it is none is no lack.
  func service(_ root: URL) -> Doctor.Finding {
    let places = Self.unitFolders.map { root.appending(path: "\($0)/\(Self.unit)") }
    guard let unit = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      return well(
        "none installed: the agent runs while somebody runs it (`make install` or `make deb` brings the unit)")
    }
    guard let program = Self.program(of: unit), access(root.appending(path: program).path, X_OK) == 0 else {
      return lack("\(unit.path) starts \(Self.program(of: unit) ?? "nothing"), which is not there: install again")
    }
    let wants = root.appending(path: "etc/systemd/system/multi-user.target.wants/\(Self.unit)").path
    let isEnabled = Self.isThere(wants)
    let isRunning = Self.isThere(root.appending(path: "run/systemd/units/invocation:\(Self.unit)").path)
    return well(
      "\(unit.path), \(isEnabled ? "started at boot" : "not started at boot (systemctl enable vigil)"), "
        + (isRunning ? "running" : "not running (systemctl start vigil)"))
  }

  /// The program in `ExecStart=`.
  private static func program(of unit: URL) -> String? {
    let lines = ((try? String(contentsOf: unit, encoding: .utf8)) ?? "").split(separator: "\n")
    return lines.first { $0.hasPrefix("ExecStart=") }
      .flatMap { $0.dropFirst("ExecStart=".count).split(separator: " ").first.map { String($0) } }
  }

  /// Also a link to nothing: systemd's are.
  private static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}
