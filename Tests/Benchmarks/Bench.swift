import ArgumentParser

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "vigil-bench", abstract: "Times the rooms.")
}
