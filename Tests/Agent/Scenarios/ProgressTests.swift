import Foundation
import Imaging
import TestSupport
import Testing

/// Gives a command a terminal (Debian's bsdutils, which every installation has).
private let script = "/usr/bin/script"

@Suite("Progress", .enabled(if: FileManager.default.isExecutableFile(atPath: script), "needs /usr/bin/script"))
struct ProgressTests {
  /// What begins a line that replaces another.
  private static let escape = "\u{1B}"

  /// What a command writes where both of its streams are a terminal; status 0 is expected.
  private func onTerminal(_ arguments: [String], _ place: Workplace) async throws -> String {
    let file = place.folder.file("typescript")
    let command = ([Vigil.executable] + arguments).joined(separator: " ")
    #expect(try await Vigil.run(program: script, ["-qefc", command, file.path]) == 0)
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }

  @Test(
    "vigil watch: a terminal is told what is running and the windows done, a pipe gets a line a stage and nothing else")
  func watch() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try SyntheticSeries(description: "tiny", seed: 1, slices: 24, side: 40).write(to: place.inbox.appending(path: "1"))
    let shown = try await onTerminal(place.watching(settle: "300ms", "--until-idle"), place)
    for words in [": forward pass ", ": being preprocessed", ": being written", "100 %", Self.escape] {
      #expect(shown.contains(words), "\(words) in \(shown)")
    }
    try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "2"))
    let piped = try await place.finish().log
    #expect(piped.contains("inferred in ") && piped.contains("recorded in "))
    #expect(!piped.contains(Self.escape) && !piped.contains("\r") && !piped.contains("forward pass"), "\(piped)")
  }

  @Test("vigil predict: a terminal is told of every window or so, a pipe of nothing but the memory")
  func predict() async throws {
    let place = try Workplace()
    let image = place.folder.file("image.nii.gz")
    try NIfTI.write(SyntheticSeries(description: "", seed: 3, slices: 24, side: 60).volume, to: image)
    let arguments = [
      "predict", "--model", place.model.path, "--input", image.path, "--output", place.folder.file("out.nii.gz").path,
    ]
    let shown = try await onTerminal(arguments, place)
    #expect(shown.contains("predict: forward pass ") && shown.contains(" 100 %"), "\(shown)")
    let piped = try await Vigil.run(arguments, streams: place.folder.url)
    #expect(piped.status == 0 && piped.output.isEmpty)
    #expect(piped.log.split(separator: "\n").count == 1 && piped.log.hasPrefix("memory: "), "\(piped.log)")
  }
}
