import Agent
import ArgumentParser
import Audit
import Foundation

extension AuditCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the chain of events, and digest every file that still exists.",
      discussion: """
        Exit status 1: something is not as it was recorded. The chain has no key: who may write the database can make it again, \
        or cut off its end. With a head that was noted elsewhere (vigil audit head) that shows.
        """)
    @OptionGroup var output: OutputOption
    @OptionGroup var inboxes: InboxesOption
    @Option(
      name: .long,
      help: ArgumentHelp(
        "A digest that vigil audit head printed earlier: the chain must hold it. May be given several times.",
        valueName: "digest"))
    var head: [HeadArgument] = []

    mutating func run() throws {
      let heads = head.map { $0.head }
      let (chain, files) = try orExit(.unavailable) {
        let database = try AuditDatabase.openForReading(outputFolder: output.folder)
        let places = try InboxPlaces(of: database, output: output.folder, also: inboxes.folders)
        return (try database.verifyChain(heads: heads), try database.verifyFiles(places: places.paths))
      }
      for difference in chain.differences + files.differences { Printing.answer("\(difference)") }
      let count = chain.differences.count + files.differences.count
      Printing.answer(
        "\(chain.events) events, \(chain.runs) runs, \(files.files) files: "
          + (count == 0 ? "no difference" : "\(count) differences")
          + "; \(files.gone) inputs are gone or rules edited since")
      if count > 0 { throw ExitCode.scanFailed }
    }
  }

  struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the digest of the chain's last event, to be noted elsewhere.",
      discussion: """
        Note it where nobody who writes the record can change it: vigil audit verify --head DIGEST then shows that nothing up to \
        that event was changed or taken away.
        """)
    @OptionGroup var output: OutputOption

    mutating func run() throws {
      let head = try orExit(.unavailable) { try AuditDatabase.openForReading(outputFolder: output.folder).head() }
      guard let head else {
        Printing.aside("vigil: nothing is on record yet")
        throw ExitCode.scanFailed
      }
      Printing.answer("\(head)")
    }
  }
}

/// A head as it is given on the command line: a digest of 64 hexadecimal digits, or the line that begins with it.
struct HeadArgument: ExpressibleByArgument {
  let head: NotedHead

  init?(argument: String) {
    guard let head = NotedHead(argument) else { return nil }
    self.head = head
  }
}
