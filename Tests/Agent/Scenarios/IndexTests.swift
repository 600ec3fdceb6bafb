import Foundation
import TestSupport
import Testing
import Writers

@Suite("index.html")
struct IndexTests {
  private func page(_ place: Workplace) throws -> String {
    try String(contentsOf: place.output.appending(path: "index.html"), encoding: .utf8)
  }

  @Test("every run is in it, with figures, picture and link; it is made again when it is lost")
  func all() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, report]")
    try SyntheticSeries(description: "tiny one", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    #expect(try await place.finish().status == 0)
    let first = try page(place)
    let runs = try place.runs()
    for run in runs { #expect(first.contains(try #require(run["id"]))) }
    let folder = try #require(runs.first { $0["outcome"] == "segmented" }?["output_folder"])
    #expect(first.contains("\(folder)/report.html") && first.contains("tiny-one") && first.contains("reason.txt"))
    #expect(IndexFile(place.output.appending(path: "index.html"))?.pictured.count == 1)

    try SyntheticSeries(description: "tiny two", seed: 3).write(to: place.inbox.appending(path: "3"))
    #expect(try await place.finish().status == 0)
    #expect(IndexFile(place.output.appending(path: "index.html"))?.pictured.count == 2, "the first picture is kept")

    try FileManager.default.removeItem(at: place.output.appending(path: "index.html"))
    #expect(try await place.finish().status == 0)
    #expect(try page(place).contains("tiny-two") && page(place).contains("tiny-one"))
    try await place.expectWhole(also: ["report.html"])
  }
}
