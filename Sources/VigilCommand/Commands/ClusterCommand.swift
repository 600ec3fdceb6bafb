import Agent
import ArgumentParser
import Foundation

struct ClusterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster", abstract: "What the cluster's batch engine computes for the agent, where, and for how long."
  )
  @OptionGroup var rules: RulesOption
  @Flag(name: .long, help: "One JSON object a line.") var json = false

  mutating func run() throws {
    let report = try orExit(.unavailable) {
      try ClusterReport(rules: rules.folder, allowingWritable: rules.allowsWritable)
    }
    for work in report.works {
      if json {
        try Printing.json(work)
      } else {
        let again = work.attempts > 1 ? ", queued \(work.attempts) times" : ""
        Printing.answer("\(work.name)  \(work.rule): \(work.series): \(work.state)\(again)")
      }
    }
    if report.works.isEmpty { Printing.aside("nothing is on the cluster") }
  }
}
