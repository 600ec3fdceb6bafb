import Agent
import Intake
import Testing

@Suite("Series that announce how many instances they have")
struct SeriesArrivalsTests {
  private let key = GroupKey("series 1.2")

  private func mark(_ instance: String, announced: Int? = 3, cut: Bool = false, study: String = "s") -> SeriesMark {
    SeriesMark(
      study: study, instance: instance, announced: announced, keyword: "NumberOfSeriesRelatedInstances", isCutShort: cut
    )
  }

  @Test("are whole with the last of them, and not before")
  func whole() {
    var arrivals = SeriesArrivals()
    #expect(arrivals.note(mark("a"), of: key, files: 1) == nil)
    #expect(arrivals.note(mark("b"), of: key, files: 2) == nil)
    #expect(arrivals.note(mark("c"), of: key, files: 3) == "NumberOfSeriesRelatedInstances 3, all there")
  }

  @Test("are not whole by a repeat, a file cut short, one without a name, or files that have gone")
  func notWhole() {
    for (marks, files) in [
      (["a", "b", "b"].map { mark($0) }, 3), ([mark("a"), mark("b"), mark("c", cut: true)], 3),
      ([mark("a"), mark("b"), mark("")], 3), (["a", "b", "c"].map { mark($0) }, 2),
      (["a", "b", "c"].map { mark($0, announced: nil) }, 3),
      ([mark("a"), mark("b"), mark("c", announced: 4)], 3),
    ] {
      var arrivals = SeriesArrivals()
      #expect(marks.allSatisfy { arrivals.note($0, of: key, files: files) == nil }, "\(marks)")
    }
  }

  @Test("tell which study is arriving, until they have settled")
  func study() {
    var arrivals = SeriesArrivals()
    _ = arrivals.note(mark("a"), of: key, files: 1)
    #expect(arrivals.studies(of: [key]) == ["s"] && arrivals.studies(of: []).isEmpty)
    arrivals.forget(key)
    #expect(arrivals.studies(of: [key]).isEmpty && arrivals.count == 0)
  }
}
