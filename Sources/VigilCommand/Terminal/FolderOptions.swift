import Agent
import ArgumentParser
import Foundation
import Preprocessing

/// The output tree that a command works on.
struct OutputOption: ParsableArguments {
  @Option(name: .long, help: "Root of the output tree.")
  var output = "Output"

  /// Links on the way to it are followed: what is written goes to where they lead.
  var folder: URL { URL(filePath: output, directoryHint: .isDirectory).absoluteURL.resolvingSymlinksInPath() }
}

/// The inbox that series which are named one by one may lie in, for rules that ask.
struct InboxOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The inbox that rules are told of, where the series lie in it.", valueName: "dir"))
  var inbox = "Watch"

  /// Its path without links; nil where one of the places does not lie in it.
  func holding(_ places: [URL]) -> String? {
    let folder = URL(filePath: inbox).absoluteURL.resolvingSymlinksInPath().path
    let isInside = places.allSatisfy { place in
      let path = place.resolvingSymlinksInPath().path
      return path == folder || path.hasPrefix(folder + "/")
    }
    return isInside ? folder : nil
  }
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
  @OptionGroup var writable: WritableRulesFlag

  var folder: URL { URL(filePath: rules, directoryHint: .isDirectory).absoluteURL }

  /// The rules as they are now.
  var book: RuleBook { RuleBook(readingFrom: folder, allowingWritable: allowsWritable) }

  /// Whether rules and models that others may change are used all the same.
  var allowsWritable: Bool { writable.allowWritableRules }
}

/// Leave to use what is not one's own alone.
struct WritableRulesFlag: ParsableArguments {
  @Flag(name: .long, help: "Use rules and models that others than root and the agent's user may change.")
  var allowWritableRules = false
}

/// Where trained models of one data set lie.
struct ResultsOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder of trained configurations, Trainer__Plans__configuration (default: Training/<the data set's folder name>).",
      valueName: "dir"))
  var results: String?

  func folder(of dataset: DatasetFolder) -> URL {
    URL(filePath: results ?? "Training/\(dataset.folder.lastPathComponent)", directoryHint: .isDirectory).absoluteURL
  }
}

/// How an answer is written.
struct FormatFlags: ParsableArguments {
  @Flag(name: .long, help: "One JSON object a line.")
  var json = false

  @Flag(name: .long, help: "Comma-separated values.")
  var csv = false
}

/// A number of bytes such as 500M, 2G or 1048576; units of 1024.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int64

  init(_ bytes: Int64) { self.bytes = bytes }

  init?(argument: String) {
    let units: [(String, Double)] = [("T", 40), ("G", 30), ("M", 20), ("K", 10), ("", 0)]
    let text = argument.uppercased()
    guard let (unit, power) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Double(text.dropLast(unit.count)), number >= 0, number * exp2(power) < 9e18
    else { return nil }
    bytes = Int64(number * exp2(power))
  }

  var defaultValueDescription: String { bytes >= 1 << 30 ? "\(bytes >> 30)G" : "\(bytes)" }
}

/// A time such as 10s, 500ms, 2min or 1h.
struct Period: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard let duration = Duration(period: argument) else { return nil }
    self.duration = duration
  }
}
