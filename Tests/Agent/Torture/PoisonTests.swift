import Foundation
import TestSupport
import Testing

@Suite("Torture: scans that kill the agent", .serialized)
struct PoisonTests {
  /// Deaths by its own fault after which a scan is not tried any more.
  static let deaths = 3

  /// Where in the reading of a file the process dies: each file is opened for its header, then for its voxels.
  @Test(
    "after three deaths over the same scan it is refused and says why; the others are done meanwhile",
    arguments: [1, 2])
  func poisonous(opening: Int) async throws {
    let place = try Workplace()
    for number in 1...3 {
      try SyntheticSeries(description: "tiny", seed: UInt64(number)).write(to: place.inbox.appending(path: "\(number)"))
    }
    let victim = try #require(
      try FileManager.default.contentsOfDirectory(atPath: place.inbox.appending(path: "2").path).sorted().first)
    let poison = place.inbox.appending(path: "2/poison.dcm")
    try FileManager.default.moveItem(at: place.inbox.appending(path: "2/\(victim)"), to: poison)
    let uid = try SyntheticSeries.uid(of: poison)
    let faults = Faults.crash(opening: poison.lastPathComponent, time: opening)
    for death in 1...Self.deaths {
      let end = try await place.finish(faults)
      #expect(end.signal == SIGSEGV, "death \(death): \(end.log)")
      // The first time a healthy scan may be behind it in the line. Headers are read before any scan is begun.
      if opening > 1, death > 1 { #expect(try Self.others(place, uid) == 2) }
    }
    // It would not die now: that it is refused shows that it is not tried.
    let end = try await place.finish()
    #expect(end.status == 1, "\(end.log)")
    #expect(try Self.others(place, uid) == 2)
    let runs = try place.runs()
    let refused = runs.filter { $0["outcome"] == "refused" }
    let reasons = try refused.map {
      try String(contentsOf: place.output.appending(path: "\($0["output_folder"] ?? "")/reason.txt"), encoding: .utf8)
    }
    #expect(
      reasons.contains { $0.contains("the agent died \(Self.deaths) times") && $0.contains("poison.dcm") },
      "\(runs) \(reasons)")
    #expect(
      try place.ask("SELECT 1 FROM events WHERE kind = 'agent-died' AND detail LIKE '%SIGSEGV%'").count >= Self.deaths)
    try await place.expectWhole()
    let again = try await place.finish()
    #expect(again.status == 0 && again.log.contains("nothing new"), "\(again.log)")
  }

  /// Where in the work on a study the process dies: each time a file of its second channel is opened counts, for its header when it
  /// settles, for the headers of the whole series, for its voxels.
  @Test(
    "after three deaths over a study or over a series of it the study is refused; another study is done meanwhile",
    arguments: 2...6)
  func poisonousStudy(opening: Int) async throws {
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", StudyTests.rule)
    for (study, seed) in [("2.25.7", UInt64(1)), ("2.25.8", 3)] {
      for (name, more) in [("t1", UInt64(0)), ("flair", 1)] {
        try SyntheticSeries(description: name, seed: seed + more, study: study, frame: study)
          .write(to: place.inbox.appending(path: "\(study) \(name)"))
      }
    }
    let folder = place.inbox.appending(path: "2.25.7 flair")
    let victim = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().first)
    let poison = folder.appending(path: "0 poison.dcm")  // the first, which is looked at alone, too
    try FileManager.default.moveItem(at: folder.appending(path: victim), to: poison)
    let faults = Faults.crash(opening: poison.lastPathComponent, time: opening)
    for death in 1...Self.deaths {
      let end = try await place.finish(faults)
      #expect(end.signal == SIGSEGV, "death \(death): \(end.log)")
      // The first time the healthy study may be behind it in the line; the headers of all come before any study's turn.
      let done = try place.ask("SELECT 1 FROM runs WHERE outcome = 'segmented' AND study_uid = '2.25.8'").count
      #expect(death < Self.deaths || done == 1)
    }
    // It would not die now: that it is refused shows that it is not tried.
    let end = try await place.finish()
    #expect(end.status == 1, "\(end.log)")
    let refused = try place.runs().filter { $0["outcome"] == "refused" }
    #expect(refused.contains { $0["error"]?.contains("the agent died \(Self.deaths) times") == true }, "\(refused)")
    // Refused as a whole; or the poisonous series by itself, and the other for want of it.
    #expect(
      refused.count == 1 || refused.count == 2 && refused.contains { $0["error"]?.contains("channel FLAIR") == true },
      "\(refused)")
    #expect(place.runCount == refused.count + 1)
    try await place.expectWhole(also: StudyTests.also)
    let again = try await place.finish()
    #expect(again.log.contains("nothing new"), "\(again.log)")
  }

  /// The same where the poisonous channel comes in an archive, with the other or without it: while the archive is looked into, and while
  /// the study is worked on.
  @Test(
    "after three deaths over a study in an archive, or half in one, it is refused; another study is done meanwhile",
    arguments: [2, 4, 5, 6], [true, false])
  func packedStudy(opening: Int, isWhole: Bool) async throws {
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", StudyTests.rule)
    func series(_ name: String, _ seed: UInt64, _ study: String) -> SyntheticSeries {
      SyntheticSeries(description: name, seed: seed, study: study, frame: study)
    }
    try series("t1", 3, "2.25.8").write(to: place.inbox.appending(path: "other t1"))
    try series("flair", 4, "2.25.8").write(to: place.inbox.appending(path: "other flair"))
    let packed = place.staging.appending(path: "packed")
    let flair = try series("flair", 1, "2.25.7").write(to: packed.appending(path: "a"))
    try FileManager.default.moveItem(at: flair[0], to: packed.appending(path: "a/0 poison.dcm"))
    let t1 = isWhole ? packed.appending(path: "b") : place.inbox.appending(path: "t1")
    try series("t1", 2, "2.25.7").write(to: t1)
    try packArchive(packed, to: place.inbox.appending(path: "study.tar"))
    for death in 1...Self.deaths {
      let end = try await place.finish(.crash(opening: "0 poison.dcm", time: opening))
      #expect(end.signal == SIGSEGV, "death \(death): \(end.log)")
    }
    #expect(try place.ask("SELECT 1 FROM runs WHERE outcome = 'segmented' AND study_uid = '2.25.8'").count == 1)
    // It would not die now: that it is refused shows that it is not tried.
    let end = try await place.finish()
    #expect(end.status == 1, "\(end.log)")
    let refused = try place.runs().filter { $0["outcome"] == "refused" }
    #expect(refused.contains { $0["error"]?.contains("the agent died \(Self.deaths) times") == true }, "\(refused)")
    #expect(place.runCount == refused.count + 1)
    try await place.expectWhole(also: StudyTests.also)
    let again = try await place.finish()
    #expect(again.log.contains("nothing new"), "\(again.log)")
  }

  private static func others(_ place: Workplace, _ uid: String) throws -> Int {
    try place.runs().count { $0["outcome"] == "segmented" && $0["series_uid"] != uid }
  }

  @Test("what is sealed is not converted again at the next start, nor is an archive unpacked; a touched file is")
  func knownParcels() async throws {
    let place = try Workplace()
    let files = try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    try SyntheticSeries(description: "scout", seed: 2).write(to: place.inbox.appending(path: "2"))
    let packed = place.staging.appending(path: "packed")
    try SyntheticSeries(description: "tiny packed", seed: 3).write(to: packed)
    try packArchive(packed, to: place.inbox.appending(path: "3.tgz"))
    #expect(try await place.finish().log.contains("converted in"))
    let again = try await place.finish()
    #expect(!again.log.contains("converted in") && again.log.contains("nothing new"), "\(again.log)")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: files[3].path)
    let touched = try await place.finish()
    #expect(
      touched.log.components(separatedBy: "converted in").count == 2 && touched.log.contains("nothing new"),
      "\(touched.log)")
    #expect(place.runCount == 3)
    try place.write(rule: "tiny", "match: {SeriesDescription: /tiny|scout/}\nmirroring: false")
    #expect(try await place.finish().log.contains("converted in"))
    #expect(try place.runs().filter { $0["outcome"] == "segmented" }.count == 3)
    try await place.expectWhole()
  }

  @Test("a study that is sealed is not converted again at the next start; with a touched file it is, and on record")
  func knownStudies() async throws {
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", StudyTests.rule)
    var files: [URL] = []
    for (name, seed) in [("t1", UInt64(1)), ("flair", 2)] {
      files += try SyntheticSeries(description: name, seed: seed, study: "2.25.7", frame: "2.25.8")
        .write(to: place.inbox.appending(path: name))
    }
    #expect(try await place.finish().log.contains("converted in"))
    let again = try await place.finish()
    #expect(!again.log.contains("converted in") && again.log.contains("nothing new"), "\(again.log)")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: files[3].path)
    let touched = try await place.finish()
    #expect(touched.log.contains("converted in") && touched.log.contains("nothing new"), "\(touched.log)")
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole(also: StudyTests.also)
  }
}
