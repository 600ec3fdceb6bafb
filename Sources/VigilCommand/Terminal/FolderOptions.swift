import ArgumentParser
import Foundation

/// The output tree that a command works on.
struct OutputOption: ParsableArguments {
  @Option(name: .long, help: "Root of the output tree.")
  var output = "Output"

  var folder: URL { URL(filePath: output, directoryHint: .isDirectory).absoluteURL }
}

/// Inboxes beside those that the record knows.
struct InboxesOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("Look for input files here too; may be given several times.", valueName: "dir"))
  var inbox: [String] = []

  var folders: [URL] { inbox.map { URL(filePath: $0, directoryHint: .isDirectory).absoluteURL } }
}

/// The rules that a command reads.
struct RulesOption: ParsableArguments {
  @Option(name: .long, help: "Folder of rules.")
  var rules = "Rules"

  var folder: URL { URL(filePath: rules, directoryHint: .isDirectory).absoluteURL }
}

/// How an answer is written.
struct FormatFlags: ParsableArguments {
  @Flag(name: .long, help: "One JSON object a line.")
  var json = false

  @Flag(name: .long, help: "Comma-separated values.")
  var csv = false
}

/// A time such as 10s, 500ms, 2min or 1h.
struct Period: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let units: [(String, Double)] = [("ms", 0.001), ("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
    guard let (unit, scale) = units.first(where: { argument.hasSuffix($0.0) }),
      let number = Double(argument.dropLast(unit.count)), number >= 0, number.isFinite
    else { return nil }
    duration = .milliseconds(Int64(number * scale * 1000))
  }
}
