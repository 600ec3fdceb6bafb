import Agent
import ArgumentParser
import Audit
import Foundation

struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review", abstract: "Put your verdict on a result on record.",
    discussion: """
      The verdict is appended to the chain of events; an earlier one of the same run stays on record and counts no more. \
      index.html shows it. Write no patient's name into a note: it is kept for ever.
      """)

  enum Word: String, ExpressibleByArgument, CaseIterable {
    case accept
    case reject

    var verdict: Review.Verdict { self == .accept ? .accepted : .rejected }
  }

  /// Longer notes belong elsewhere: every list of results carries them.
  private static let longestNote = 1000

  @Argument(help: "The run's id, or the beginning of it.") var id: String
  @Argument(help: "accept or reject.") var verdict: Word
  @Option(name: .long, help: "Why.") var note = ""
  @Option(name: .customLong("by"), help: ArgumentHelp("Who says so.", valueName: "name")) var reviewer = ""
  @OptionGroup var output: OutputOption

  mutating func validate() throws {
    for (name, text) in [("--note", note), ("--by", reviewer)] where text.count > Self.longestNote {
      throw ValidationError("\(name): at most \(Self.longestNote) characters, \(text.count) given")
    }
  }

  mutating func run() throws {
    try orExit(.unavailable) {
      let desk = try ReviewDesk(outputFolder: output.folder)
      guard let run = try desk.run(id) else {
        Printing.aside("vigil: there is no run \(id), or several begin so")
        throw ExitCode.scanFailed
      }
      let earlier = try desk.standing(on: run)
      do throws(AuditError) {
        let showing = try desk.record(Review(verdict: verdict.verdict, note: note, reviewer: reviewer), on: run)
        let before = earlier.map { ", which was \($0) before" } ?? ""
        Printing.answer("\(run)\(before), is \(verdict.verdict.rawValue): \(words(showing))")
      } catch {
        guard case .noResult = error else { throw error }
        Printing.aside("vigil: \(error)")
        throw ExitCode.scanFailed
      }
    }
  }

  private func words(_ showing: ReviewDesk.Showing) -> String {
    let page = output.folder.appending(path: "index.html").path
    return switch showing {
    case .done: "\(page) shows it"
    case .byAgent: "the agent at work puts it into \(page) within seconds"
    case .later(let why): "on record, but \(page) was not written (\(why)); the next start of an agent does that"
    }
  }
}
