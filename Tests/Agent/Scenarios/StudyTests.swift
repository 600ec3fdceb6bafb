import DICOM
import Foundation
import Imaging
import Models
import Preprocessing
import TestSupport
import Testing

/// The model is the parity case `regions`: two channels, T1 and FLAIR.
@Suite("A rule with several channels", .serialized)
struct StudyTests {
  static let rule = """
    match: {Modality: MR}
    channels:
      T1: {SeriesDescription: /t1/, not: {SeriesDescription: /post/}}
      FLAIR: {SeriesDescription: /flair/}
    mirroring: false
    outputs: [nifti, report, dicom-seg]

    """
  static let also = ["report.html", "segmentation.dcm"]

  private func place(_ more: String = "wait: 1m\n") throws -> Workplace {
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", Self.rule + more)
    return place
  }

  private func series(
    _ description: String, seed: UInt64, study: String = "2.25.7", frame: String = "2.25.8", slices: Int = 16
  ) -> SyntheticSeries {
    SyntheticSeries(description: description, seed: seed, slices: slices, study: study, frame: frame)
  }

  @Test("nnU-Net's own case, sent as two series, gives nnU-Net's labels; all files are on record as one run's")
  func parity() async throws {
    let place = try place()
    let golden = SharedFolder.repository.appending(path: "Tests/Models/Golden/regions")
    let scans = try ["0000", "0001"].map { try NIfTI.read(golden.appending(path: "scans/case_\($0).nii.gz")) }
    for (name, scan) in zip(["t1", "ax flair"], scans) {
      var sample = SampleSeries()
      (sample.seriesDescription, sample.studyInstanceUID, sample.frameOfReferenceUID) = (name, "2.25.7", "2.25.8")
      _ = try sample.write(scan, to: place.inbox.appending(path: name))
    }
    #expect(try await place.finish().status == 0)
    let run = try #require(try place.runs().first)
    #expect(place.runCount == 1 && run["outcome"] == "segmented" && run["study_uid"] == "2.25.7", "\(run)")
    let folder = place.output.appending(path: try #require(run["output_folder"]))
    let labels = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    let image = try NIfTI.read(folder.appending(path: "image.nii.gz"))
    #expect(image.voxels == scans[0].voxels, "the first channel is the image, its grid the result's")
    let alone = try Segmenter(
      ModelEnsemble.load(folder: place.model), options: .init(mirroring: false, threads: 1)
    ).segment(scans).segmentation.labels
    #expect(labels.voxels == alone.voxels, "the channels reach the network bit for bit")
    let files = try place.ask("SELECT count(*) AS n FROM files WHERE role = 'input'")
    #expect(files == [["n": "\(scans[0].geometry.depth + scans[1].geometry.depth)"]])
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'matched'")[0]["facts"] ?? ""
    #expect(facts.contains(#""channel":"T1""#) && facts.contains(#""channel":"FLAIR""#), "\(facts)")
    let again = try await place.vigil("audit", "reproduce", run["id"] ?? "", "--output", place.output.path)
    #expect(again.status == 0, "\(again.output) \(again.log)")
    for name in ["image.nii.gz", "segmentation.dcm", "segmentation.nii.gz"] {
      #expect(again.output.contains("same \(name)\n"), "\(again.output)")
    }
    let report = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
    #expect(report.contains("channel FLAIR: &quot;ax flair&quot;") || report.contains("channel FLAIR: \"ax flair\""))
    try await place.expectWhole(also: Self.also)
  }

  @Test(
    "in any order, from any folder, one late: one run, the same in each; again it is on record", arguments: [0, 1, 2])
  func order(way: Int) async throws {
    let place = try place()
    let agent = try place.start(place.watching(settle: "300ms"))
    let both = [series("t1", seed: 1), series("flair", seed: 2)]
    let order = way == 0 ? both : both.reversed()
    try order[0].write(to: place.inbox.appending(path: "first"))
    if way == 2 {
      // A series of the same study that is no channel, and the second channel a good while after the first has settled.
      try series("post t1", seed: 3).write(to: place.inbox.appending(path: "other"))
      #expect(try await agent.waits { place.runCount == 1 })
    }
    try order[1].write(to: place.inbox.appending(path: "second"))
    let expected = way == 2 ? ["unmatched", "segmented"] : ["segmented"]
    #expect(try await agent.waits { place.runCount == expected.count }, "\(agent.log)")
    agent.send(SIGTERM)
    _ = try await agent.ended()
    let runs = try place.ask("SELECT outcome, series_uid FROM runs ORDER BY finished_at")
    #expect(runs.map { $0["outcome"] } == expected)
    let uid = try SyntheticSeries.uid(
      of: place.inbox.appending(path: way == 0 ? "first/IM0001.dcm" : "second/IM0001.dcm"))
    #expect(runs.last?["series_uid"] == uid, "under the first channel's series")
    let again = try await place.finish()
    #expect(again.log.contains("nothing new"), "\(again.log)")
    try await place.expectWhole(also: Self.also)
  }

  @Test("what is missing after the wait is named; when it comes late, a new run takes the place of the refusal")
  func missing() async throws {
    let place = try place("wait: 1s\n")
    let agent = try place.start(place.watching(settle: "300ms"))
    try series("flair", seed: 2).write(to: place.inbox.appending(path: "flair"))
    #expect(try await agent.waits { place.runCount == 1 }, "\(agent.log)")
    let refused = try #require(try place.runs().first)
    #expect(refused["outcome"] == "refused" && refused["rule"] == "brain")
    #expect(
      refused["error"]?.hasPrefix("no series for channel T1 after 1 s; the study has FLAIR \"flair\"") == true,
      "\(refused)")
    try series("t1", seed: 1).write(to: place.inbox.appending(path: "t1"))
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    agent.send(SIGTERM)
    _ = try await agent.ended()
    #expect(
      try place.ask("SELECT outcome FROM runs ORDER BY finished_at").map { $0["outcome"] } == ["refused", "segmented"])
    #expect(try place.ask("SELECT supersedes FROM supersessions") == [["supersedes": refused["id"] ?? ""]])
    try await place.expectWhole(also: Self.also)
  }

  @Test("late slices of one channel, and a late replacement, make new runs that supersede the old")
  func late() async throws {
    let place = try place("incomplete: process\nwait: 1m\n")
    let agent = try place.start(place.watching(settle: "300ms"))
    let t1 = try series("t1", seed: 1).write(to: place.inbox.appending(path: "t1"))
    let files = try series("flair", seed: 2).write(to: place.staging.appending(path: "flair"))
    let aside = place.staging.appending(path: "late.dcm")
    try FileManager.default.moveItem(at: files[5], to: aside)
    try FileManager.default.moveItem(
      at: place.staging.appending(path: "flair"), to: place.inbox.appending(path: "flair"))
    #expect(try await agent.waits { place.runCount == 1 }, "\(agent.log)")
    try FileManager.default.moveItem(at: aside, to: place.inbox.appending(path: "flair/late.dcm"))
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    agent.send(SIGTERM)
    _ = try await agent.ended()
    let runs = try place.ask("SELECT id, outcome, series_uid FROM runs ORDER BY finished_at")
    #expect(runs.map { $0["outcome"] } == ["segmented", "segmented"])
    #expect(Set(runs.map { $0["series_uid"] }) == [try SyntheticSeries.uid(of: t1[0])])
    let supersessions = try place.ask("SELECT * FROM supersessions")
    #expect(supersessions == [["run_id": runs[1]["id"] ?? "", "supersedes": runs[0]["id"] ?? ""]])
    try await place.expectWhole(also: Self.also)
  }

  @Test(
    "a study with a channel twice, of two frames of reference, or without its study's UID is refused with the names")
  func refused() async throws {
    let place = try place()
    try series("t1 a", seed: 1, study: "2.25.1").write(to: place.inbox.appending(path: "1a"))
    try series("t1 b", seed: 2, study: "2.25.1").write(to: place.inbox.appending(path: "1b"))
    try series("flair", seed: 3, study: "2.25.1").write(to: place.inbox.appending(path: "1f"))
    try series("t1", seed: 4, study: "2.25.2", frame: "2.25.21").write(to: place.inbox.appending(path: "2a"))
    try series("flair", seed: 5, study: "2.25.2", frame: "2.25.22").write(to: place.inbox.appending(path: "2f"))
    try series("t1 flair", seed: 6, study: "2.25.3").write(to: place.inbox.appending(path: "3"))
    let end = try await place.finish()
    #expect(end.status == 1)
    let errors = try place.ask("SELECT study_uid, outcome, error FROM runs ORDER BY study_uid")
    #expect(errors.map { $0["outcome"] } == ["refused", "refused", "refused"], "\(errors)")
    let texts = errors.map { $0["error"] ?? "" }
    try #require(texts.count == 3)
    #expect(
      texts[0].contains("several series for channel T1: \"t1 a\"") && texts[0].contains("\"t1 b\""), "\(texts[0])")
    #expect(
      texts[1].contains("do not share a FrameOfReferenceUID (0020,0052): T1 2.25.21, FLAIR 2.25.22"), "\(texts[1])")
    #expect(texts[2].contains("takes the series for several channels, T1, FLAIR"), "\(texts[2])")
    try await place.expectWhole(also: Self.also)
  }

  @Test("a channel on another grid is resampled onto the first one's, and the record says so")
  func anotherGrid() async throws {
    let place = try place()
    let (t1, flair) = (
      series("t1", seed: 1),
      SyntheticSeries(
        description: "flair", seed: 2, slices: 8, study: "2.25.7", frame: "2.25.8", spacing: 2)
    )
    try t1.write(to: place.inbox.appending(path: "t1"))
    try flair.write(to: place.inbox.appending(path: "flair"))
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    let run = try #require(try place.runs().first)
    let folder = place.output.appending(path: try #require(run["output_folder"]))
    let labels = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    #expect(labels.geometry.isSameGrid(as: t1.geometry))
    let alone = try Segmenter(
      ModelEnsemble.load(folder: place.model), options: .init(mirroring: false, threads: 1)
    ).segment([t1.volume, flair.volume.resampledCubic(onto: t1.geometry)]).segmentation.labels
    #expect(labels.voxels == alone.voxels)
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'preprocessed'")[0]["facts"] ?? ""
    #expect(facts.contains(#""channel":"T1","covered":1,"grid":"as it is""#), "\(facts)")
    #expect(facts.contains(#""channel":"FLAIR","covered":0.9375,"grid":"resampled by cubic splines""#), "\(facts)")
  }

  @Test("killed while it waits and at work: after a restart the study has one sealed run and a whole folder")
  func killed() async throws {
    let place = try place()
    try series("t1", seed: 1).write(to: place.inbox.appending(path: "t1"))
    let waiting = try place.start(place.watching(settle: "200ms"))
    #expect(try await waiting.waits { place.isHeld(by: waiting) })
    try await Task.sleep(for: .milliseconds(600))  // it has settled and waits: nothing on record says so
    waiting.send(SIGKILL)
    _ = try await waiting.ended()
    #expect(place.runCount == 0)
    try series("flair", seed: 2).write(to: place.inbox.appending(path: "flair"))
    for stage in ["converted", "inferred", "written"] {
      let agent = try place.start(place.watching(settle: "200ms", "--until-idle"))
      _ = try await agent.waits { agent.log.contains("\(stage) in ") }
      agent.send(SIGKILL)
      _ = try await agent.ended()
      try place.expectNoHalfFolder(also: Self.also)
    }
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole(also: Self.also)
  }

  @Test("vigil run, rules explain and an archive take the series of a study together")
  func together() async throws {
    let place = try place()
    let folders = ["t1", "flair"].map { place.staging.appending(path: "study/\($0)") }
    for (index, folder) in folders.enumerated() {
      try series(folder.lastPathComponent, seed: UInt64(index)).write(to: folder)
    }
    let explained = try await place.vigil(
      "rules", "explain", folders[0].path, folders[1].path, "--rules", place.rules.path)
    #expect(
      explained.status == 0 && explained.output.contains("taken by brain as channel FLAIR"), "\(explained.output)")
    #expect(explained.output.contains("study 2.25.7 for brain: all channels are there"), "\(explained.output)")
    let half = try await place.vigil("rules", "explain", folders[0].path, "--rules", place.rules.path)
    #expect(half.status == 1 && half.output.contains("no series for channel FLAIR; the study has T1"), "\(half.output)")
    let run = ["run", "--rules", place.rules.path, "--output", place.output.path, "--jobs", "1"]
    let alone = try await Vigil.run(run + [folders[0].path], streams: place.folder.url)
    #expect(alone.status == 1 && alone.output.contains("no series for channel FLAIR"), "\(alone.output)")
    let both = try await Vigil.run(run + folders.map { $0.path }, streams: place.folder.url)
    #expect(both.status == 0 && both.output.hasPrefix("segmented "), "\(both.output) \(both.log)")
    let archive = place.inbox.appending(path: "study.tgz").path
    let root = place.staging.appending(path: "study").path
    #expect(try await Vigil.run(program: "/bin/tar", ["-czf", archive, "-C", root, "."]) == 0)
    let again = try await place.finish()
    #expect(again.log.contains("nothing new"), "the same work: \(again.log)")
    try await place.expectWhole(also: Self.also)
  }

  @Test(
    "channels in two archives, or in one and beside it: gathered into one run; at a restart and made again it is the same",
    arguments: [true, false])
  func archives(both: Bool) async throws {
    let place = try place()
    let agent = try place.start(place.watching(settle: "300ms"))
    try series("flair", seed: 2).write(to: place.staging.appending(path: "flair"))
    try packArchive(place.staging.appending(path: "flair"), to: place.inbox.appending(path: "flair.tgz"))
    #expect(try await agent.waits { agent.log.contains("an archive holds a part of a study") }, "\(agent.log)")
    #expect(place.runCount == 0)
    if both {
      // With one that is no channel, which goes its own way meanwhile.
      try series("post t1", seed: 3).write(to: place.staging.appending(path: "t1"), prefix: "POST")
      try series("t1", seed: 1).write(to: place.staging.appending(path: "t1"))
      try packArchive(place.staging.appending(path: "t1"), to: place.inbox.appending(path: "t1.tar"))
    } else {
      try series("t1", seed: 1).write(to: place.inbox.appending(path: "t1"))
    }
    #expect(try await agent.waits { place.runCount == (both ? 2 : 1) }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 0)
    let run = try #require(try place.runs().first { $0["outcome"] == "segmented" })
    #expect(run["study_uid"] == "2.25.7")
    #expect(try place.runs().count { $0["outcome"] == "unmatched" } == (both ? 1 : 0))
    let files = try place.ask("SELECT count(*) AS n FROM files WHERE role = 'input' AND run_id = '\(run["id"] ?? "")'")
    #expect(files == [["n": "\(both ? 34 : 33)"]], "the slices and each archive")
    let again = try await place.finish()
    #expect(again.status == 0 && again.log.contains("nothing new"), "\(again.log)")
    let made = try await place.vigil("audit", "reproduce", run["id"] ?? "", "--output", place.output.path)
    #expect(made.status == 0 && made.output.contains("same segmentation.nii.gz\n"), "\(made.output) \(made.log)")
    try await place.expectWhole(also: Self.also)
  }

  @Test(
    "half a study in an archive: what is missing is named after the wait; another archive brings it, a third replaces it"
  )
  func halfAnArchive() async throws {
    let place = try place("wait: 1s\n")
    func pack(_ description: String, seed: UInt64, as name: String) throws {
      let folder = place.staging.appending(path: "\(seed)")
      try series(description, seed: seed).write(to: folder)
      try packArchive(folder, to: place.staging.appending(path: name))
      try FileManager.default.moveItem(
        at: place.staging.appending(path: name), to: place.inbox.appending(path: "new.partial"))
      #expect(rename(place.inbox.appending(path: "new.partial").path, place.inbox.appending(path: name).path) == 0)
    }
    let agent = try place.start(place.watching(settle: "300ms"))
    try pack("t1", seed: 1, as: "t1.tar")
    #expect(try await agent.waits { place.runCount == 1 }, "\(agent.log)")
    #expect(try place.runs().first?["error"]?.hasPrefix("no series for channel FLAIR after 1 s") == true)
    try pack("flair", seed: 2, as: "flair.tar")
    #expect(try await agent.waits { place.runCount == 2 }, "\(agent.log)")
    try pack("flair", seed: 4, as: "flair.tar")
    #expect(try await agent.waits { place.runCount == 3 }, "\(agent.log)")
    agent.send(SIGTERM)
    #expect(try await agent.ended().status == 1, "something was refused")
    let runs = try place.ask("SELECT id, outcome FROM runs ORDER BY finished_at")
    #expect(runs.map { $0["outcome"] } == ["refused", "segmented", "segmented"])
    #expect(try place.ask("SELECT count(DISTINCT supersedes) AS n FROM supersessions") == [["n": "2"]])
    #expect(try await place.finish().log.contains("nothing new"))
    #expect(try place.hidden() == [])
    // The archive that was put in the other's place.
    let audit = try await place.vigil("audit", "verify", "--output", place.output.path)
    #expect(
      audit.output.contains("its bytes have changed") && audit.output.contains(" 1 differences"), "\(audit.output)")
  }

  @Test(
    "channels that the model does not have, or in another order, are an error with file and line",
    arguments: [
      (
        "channels:\n  FLAIR: {SeriesDescription: a}\n  T1: {SeriesDescription: b}",
        ":3: channels: expected those of the model, in its order, T1, FLAIR; found FLAIR, T1"
      ),
      ("channels:\n  T1: {SeriesDescription: a}", ":3: channels: expected those of the model, T1, FLAIR; found T1"),
      ("match: {Modality: MR}", ": the model takes 2 channels (T1, FLAIR), and the rule has no `channels`"),
    ])
  func check(text: String, message: String) async throws {
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", text)
    let checked = try await place.vigil("rules", "check", place.rules.path)
    #expect(checked.status == 1 && checked.log.contains("brain/rule.yaml\(message)"), "\(checked.log)")
  }
}
