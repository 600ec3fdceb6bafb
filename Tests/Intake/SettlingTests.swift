import Intake
import Testing

/// Time is a number here: no test waits.
struct SettlingTests {
  private let settle = Duration.seconds(10)
  private let ct = GroupKey("1.2.3")

  private func file(_ path: String, size: Int64 = 100, modified: Int64 = 1, inode: UInt64 = 1) -> FileStamp {
    FileStamp(path: path, size: size, modified: modified, inode: inode, device: 1)
  }

  private func fresh() -> Settling { Settling(times: .init(settle: settle)) }

  /// Looks at everything that has to be looked at, finding it unchanged, and asks.
  private func ask(_ settling: inout Settling, _ seconds: Int) -> [SettledGroup] {
    for path in settling.toConfirm(at: .seconds(seconds)) {
      if let stamp = settling.stamp(of: path) { settling.observe(stamp, at: .seconds(seconds)) }
    }
    return settling.settled(at: .seconds(seconds))
  }

  @Test func settlesOnceAfterTheQuietTime() throws {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .seconds(1))
    settling.observe(file("/in/b", size: 50), group: ct, at: .seconds(4))
    #expect(settling.nextDue == .seconds(14))
    #expect(ask(&settling, 13).isEmpty)
    let group = try #require(ask(&settling, 14).first)
    #expect(group.key == ct && group.files.map { $0.path } == ["/in/a", "/in/b"] && group.bytes == 150)
    #expect(group.firstSeen == .seconds(1) && group.settledAt == .seconds(14) && group.generation == 1)
    #expect(group.evidence == .quiet(.seconds(10)))
    #expect(ask(&settling, 100).isEmpty)
    #expect(settling.nextDue == nil)
  }

  @Test func waitsForALookAtEveryFileAfterTheQuietTime() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    #expect(settling.settled(at: .seconds(20)).isEmpty)
    #expect(settling.toConfirm(at: .seconds(20)) == ["/in/a"])
    // The look shows that it grew without an event: it is to be classified again, and the quiet time begins anew.
    settling.observe(file("/in/a", size: 200), at: .seconds(20))
    #expect(settling.settled(at: .seconds(20)).isEmpty && settling.toConfirm(at: .seconds(25)).isEmpty)
    settling.classify(file("/in/a", size: 200), as: ct, at: .seconds(21))
    #expect(ask(&settling, 29).isEmpty)
    #expect(ask(&settling, 30).count == 1)
  }

  @Test func whereOnlyListingsTellAGroupIsQuietAfterOneThatCameAfterItsQuietTime() {
    var settling = fresh()
    settling.listedOnly = ["/server": .seconds(1)]
    settling.observe(file("/server/study/a"), group: ct, at: .seconds(1))
    settling.observe(file("/in/x"), group: GroupKey("4.5.6"), at: .seconds(1))
    #expect(settling.needsListing(at: .seconds(10)).isEmpty)
    #expect(ask(&settling, 11).map { $0.key.text } == ["4.5.6"])
    #expect(settling.needsListing(at: .seconds(11)) == ["/server"])
    // It shows that more has come.
    settling.listedOnly = ["/server": .seconds(12)]
    settling.observe(file("/server/study/b"), group: ct, at: .seconds(12))
    #expect(ask(&settling, 21).isEmpty && settling.needsListing(at: .seconds(21)).isEmpty)
    #expect(ask(&settling, 22).isEmpty && settling.needsListing(at: .seconds(22)) == ["/server"])
    settling.listedOnly = ["/server": .seconds(22)]
    #expect(ask(&settling, 22).map { $0.files.count } == [2])
  }

  @Test func nothingSettlesByAMarkerAboveAFolderThatCannotBeListed() {
    var settling = fresh()
    settling.observe(file("/in/s/1/a"), group: ct, at: .zero)
    settling.observe(file("/in/t/x"), group: GroupKey("4.5.6"), at: .zero)
    settling.listedOnly = ["/in/s/2": .seconds(-1)]
    for folder in ["/in/s", "/in/t"] { settling.markComplete(folder, at: .seconds(1)) }
    #expect(ask(&settling, 1).map { $0.key.text } == ["4.5.6"])
    #expect(ask(&settling, 100).isEmpty && settling.waitsOnlyForListings(at: .seconds(100)))
    settling.listedOnly = [:]
    #expect(ask(&settling, 100).map { $0.evidence } == [.marker(folder: "/in/s")])
  }

  @Test func aGroupWithinItsQuietTimeDoesNotWaitForListingsOnly() {
    var settling = fresh()
    settling.listedOnly = ["/in/lost": .seconds(-1)]
    settling.observe(file("/in/lost/a"), group: ct, at: .zero)
    #expect(settling.waitsOnlyForListings(at: .seconds(11)))
    settling.observe(file("/in/well/x"), group: GroupKey("4.5.6"), at: .seconds(11))
    #expect(!settling.waitsOnlyForListings(at: .seconds(12)))
    #expect(ask(&settling, 21).map { $0.key.text } == ["4.5.6"])
    #expect(settling.waitsOnlyForListings(at: .seconds(21)))
  }

  @Test func waitsForNeighboursThatCannotBeReadOrSeenJustNow() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    settling.observe(file("/in/b"), at: .zero)
    settling.markUnread(file("/in/b"))
    #expect(ask(&settling, 100_000).isEmpty)
    settling.classify(file("/in/b"), as: ct, at: .seconds(100_000))
    settling.unseen = ["/in/c"]
    #expect(ask(&settling, 100_010).isEmpty)
    settling.unseen = ["/in/other/c"]
    #expect(ask(&settling, 100_010).map { $0.files.count } == [2])
  }

  @Test(arguments: [(200, 1, 1), (100, 2, 1), (100, 1, 2)] as [(Int64, Int64, UInt64)])
  func anyChangeOfSizeTimeOrInodeBeginsTheQuietTimeAnew(size: Int64, modified: Int64, inode: UInt64) {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    settling.observe(file("/in/a"), group: ct, at: .seconds(6))
    let changed = file("/in/a", size: size, modified: modified, inode: inode)
    settling.observe(changed, group: ct, at: .seconds(9))
    #expect(ask(&settling, 18).isEmpty)
    #expect(ask(&settling, 19).map { $0.files } == [[changed]])
  }

  @Test func aLaterFileReopensAndCountsOneGenerationOn() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    #expect(ask(&settling, 10).map { $0.generation } == [1])
    settling.observe(file("/in/a"), at: .seconds(50))
    #expect(ask(&settling, 90).isEmpty)
    settling.observe(file("/in/b"), group: ct, at: .seconds(100))
    #expect(ask(&settling, 109).isEmpty)
    let again = ask(&settling, 110)
    #expect(again.map { $0.generation } == [2] && again.first?.files.count == 2)
  }

  @Test func aChangedFileReopensItsGroupAndIsClassifiedAgain() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    _ = ask(&settling, 10)
    settling.observe(file("/in/a", size: 7), at: .seconds(20))
    #expect(settling.readyToClassify(at: .seconds(20)).isEmpty)
    #expect(settling.readyToClassify(at: .seconds(21)) == [file("/in/a", size: 7)])
    #expect(ask(&settling, 60).isEmpty)
    settling.classify(file("/in/a", size: 7), as: ct, at: .seconds(61))
    #expect(ask(&settling, 61).map { $0.generation } == [2])
  }

  @Test func aChangedFileMayTurnOutToBelongToAnotherGroup() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    settling.observe(file("/in/b"), group: ct, at: .zero)
    settling.observe(file("/in/b", size: 7), group: GroupKey("other"), at: .seconds(1))
    let settled = ask(&settling, 30)
    #expect(settled.map { $0.key.text } == ["1.2.3", "other"])
    #expect(settled.map { $0.files.count } == [1, 1])
  }

  @Test func filesAreClassifiedWhenQuietOrClosed() {
    var settling = fresh()
    settling.observe(file("/in/a"), at: .zero)
    settling.observe(file("/in/b"), closed: true, at: .zero)
    #expect(settling.readyToClassify(at: .zero) == [file("/in/b")])
    settling.setAside(file("/in/b"), at: .zero)
    #expect(settling.readyToClassify(at: .seconds(1)) == [file("/in/a")])
    settling.classify(file("/in/a", size: 1), as: ct, at: .seconds(1))  // it has changed since it was read: no effect
    #expect(settling.readyToClassify(at: .seconds(1)) == [file("/in/a")])
    settling.observe(file("/in/b", size: 9), closed: true, at: .seconds(5))
    #expect(settling.readyToClassify(at: .seconds(5)).count == 2)
  }

  @Test func anUnclassifiedNeighbourHoldsAGroupForAWhile() {
    var settling = fresh()
    settling.observe(file("/in/a"), group: ct, at: .zero)
    settling.observe(file("/in/growing"), at: .zero)
    settling.observe(file("/elsewhere/growing"), at: .zero)
    #expect(ask(&settling, 50).isEmpty)
    settling.observe(file("/in/growing", size: 101), at: .seconds(99))
    #expect(ask(&settling, 99).isEmpty)
    #expect(ask(&settling, 100).count == 1)  // ten times the settle time: one file for ever written blocks nobody
  }

  @Test func forgettingDelaysAWaitingGroupAndLeavesASettledOneAlone() {
    var settling = fresh()
    for path in ["/in/x/a", "/in/x/b", "/in/y/c"] { settling.observe(file(path), group: ct, at: .zero) }
    settling.forget("/in/y/c", at: .seconds(5))
    #expect(ask(&settling, 14).isEmpty)
    #expect(ask(&settling, 15).map { $0.files.count } == [2])
    settling.forget("/in/x/a", at: .seconds(20))
    #expect(ask(&settling, 60).isEmpty)
    settling.forgetFolder("/in/x", at: .seconds(61))
    #expect(settling.fileCount == 0 && settling.openGroupCount == 0 && settling.nextDue == nil)
    settling.forgetFolder("/in/x", at: .seconds(62))
  }

  @Test func anEmptyFileWaitsToBeFilled() {
    var settling = fresh()
    settling.observe(file("/in/a", size: 0), group: ct, at: .zero)
    #expect(settling.fileCount == 0 && ask(&settling, 30).isEmpty)
    settling.observe(file("/in/a", size: 3), group: ct, at: .seconds(31))
    #expect(ask(&settling, 41).count == 1)
  }

  @Test func aMarkerSettlesAtOnceWhatLiesWhollyBelowIt() {
    var settling = fresh()
    settling.observe(file("/in/s/1/a"), group: ct, at: .zero)
    settling.observe(file("/in/s/2/b"), group: ct, at: .seconds(1))
    settling.observe(file("/in/s/c"), group: GroupKey("spread"), at: .seconds(1))
    settling.observe(file("/in/t/d"), group: GroupKey("spread"), at: .seconds(1))
    settling.markComplete("/in/s", at: .seconds(2))
    let settled = ask(&settling, 2)
    #expect(settled.map { $0.key } == [ct] && settled.map { $0.evidence } == [.marker(folder: "/in/s")])
    #expect(ask(&settling, 11).map { $0.key.text } == ["spread"])
    // A file after the marker: by quiet again, or by a new marker.
    settling.observe(file("/in/s/late"), group: ct, at: .seconds(20))
    #expect(ask(&settling, 25).isEmpty)
    settling.markComplete("/in/s", at: .seconds(26))
    #expect(ask(&settling, 26).map { $0.generation } == [2])
  }

  @Test func aMarkerDoesNotSettleAroundAFileNobodyHasReadYet() {
    var settling = fresh()
    settling.observe(file("/in/s/a"), group: ct, at: .zero)
    settling.observe(file("/in/s/b"), at: .zero)
    settling.markComplete("/in/s", at: .zero)
    #expect(ask(&settling, 1).isEmpty)
    settling.classify(file("/in/s/b"), as: ct, at: .seconds(1))
    #expect(ask(&settling, 1).first?.files.count == 2)
  }

  @Test func aSettledGroupSaysWhichOfItsFilesHaveChangedSince() throws {
    let folder = try TemporaryFolder()
    var settling = fresh()
    for name in ["a", "b", "c"] {
      let stamp = try #require(try FileStamp.current(try folder.write(name)))
      settling.observe(stamp, group: ct, at: .zero)
    }
    let group = try #require(ask(&settling, 10).first)
    #expect(group.files.changedSince().isEmpty)
    try folder.write("a", "longer")
    try folder.remove("b")
    #expect(group.files.changedSince() == [folder("a"), folder("b")])
  }

  @Test func aRescanIsTheTruth() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/kept.dcm")
    let inbox = try folder.inbox
    var settling = fresh()
    try settling.reconcile(Rescan.list(inbox), of: inbox, at: .zero)
    let kept = try #require(try FileStamp.current(folder("a/kept.dcm")))
    settling.classify(kept, as: ct, at: .zero)
    settling.observe(file(folder("ghost.dcm")), group: ct, at: .zero)
    settling.observe(file("/elsewhere/b.dcm"), group: GroupKey("b"), at: .zero)
    try folder.write("new.dcm")
    try folder.write("a/.complete", "")
    try settling.reconcile(Rescan.list(inbox), of: inbox, at: .seconds(5))
    #expect(settling.stamp(of: folder("ghost.dcm")) == nil && settling.stamp(of: "/elsewhere/b.dcm") != nil)
    #expect(settling.readyToClassify(at: .seconds(6)).map { $0.path } == [folder("new.dcm")])
    #expect(settling.confirm(at: .seconds(5)).isEmpty)
    #expect(settling.settled(at: .seconds(5)).map { $0.evidence } == [.marker(folder: folder("a"))])
    try settling.reconcile(Rescan.list(inbox), of: inbox, at: .seconds(30))
    #expect(settling.settled(at: .seconds(30)).isEmpty)
  }
}
