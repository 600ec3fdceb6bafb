import ArgumentParser

@main
struct Vigil: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil", abstract: "Segments the scans dropped into a folder.")
}
