import Intake
import Testing

/// Groups that are whole by evidence, and groups that wait for their turn. Time is a number here.
struct SettlingEvidenceTests {
  private let ct = GroupKey("1.2.3")

  private func file(_ path: String, size: Int64 = 100, modified: Int64 = 1) -> FileStamp {
    FileStamp(path: path, size: size, modified: modified, inode: 1, device: 1)
  }

  private func fresh(_ files: String...) -> Settling {
    var settling = Settling(times: .init(settle: .seconds(10)))
    for path in files { settling.observe(file(path), group: ct, at: .seconds(1)) }
    return settling
  }

  private func ask(_ settling: inout Settling, _ seconds: Int) -> [SettledGroup] {
    for path in settling.toConfirm(at: .seconds(seconds)) {
      if let stamp = settling.stamp(of: path) { settling.observe(stamp, at: .seconds(seconds)) }
    }
    return settling.settled(at: .seconds(seconds))
  }

  @Test func aWholeGroupSettlesAtOnceAndSaysWhy() throws {
    var settling = fresh("/in/a", "/in/b")
    #expect(ask(&settling, 2).isEmpty)
    settling.markWhole(ct, because: "2 of 2", at: .seconds(2))
    #expect(settling.nextDue == .seconds(2))
    let group = try #require(ask(&settling, 2).first)
    #expect(group.evidence == .whole("2 of 2") && group.settledAt == .seconds(2) && group.generation == 1)
    #expect(settling.nextDue == nil && ask(&settling, 100).isEmpty)
  }

  @Test func everyFileIsLookedAtOnceMore() {
    var settling = fresh("/in/a", "/in/b")
    settling.markWhole(ct, because: "2 of 2", at: .seconds(2))
    #expect(settling.settled(at: .seconds(2)).isEmpty)
    #expect(settling.toConfirm(at: .seconds(2)).sorted() == ["/in/a", "/in/b"])
  }

  @Test func aLaterChangeTakesItBack() {
    var settling = fresh("/in/a", "/in/b")
    settling.markWhole(ct, because: "2 of 2", at: .seconds(2))
    settling.observe(file("/in/a", modified: 2), at: .seconds(3))
    #expect(ask(&settling, 3).isEmpty, "it is being written again")
    settling.classify(file("/in/a", modified: 2), as: ct, at: .seconds(4))
    #expect(ask(&settling, 12).isEmpty)
    #expect(ask(&settling, 13).map { $0.evidence } == [.quiet(.seconds(10))])
  }

  @Test func aStrangerBesideItDoesNotHoldItUpAndItsOwnFileDoes() {
    var settling = fresh("/in/a", "/in/b")
    settling.observe(file("/in/stranger"), at: .seconds(2))
    settling.markWhole(ct, because: "2 of 2", at: .seconds(2))
    #expect(ask(&settling, 2).count == 1)
  }

  @Test func aGroupThatIsNotOpenIsNotMarked() {
    var settling = fresh("/in/a")
    #expect(ask(&settling, 11).count == 1)
    settling.markWhole(ct, because: "1 of 1", at: .seconds(12))
    settling.observe(file("/in/b"), group: ct, at: .seconds(13))
    #expect(ask(&settling, 14).isEmpty)
    #expect(ask(&settling, 23).map { $0.generation } == [2])
  }

  @Test func aTicketIsRedeemedForTheGroupAsItSettled() throws {
    var settling = fresh("/in/b", "/in/a")
    let group = try #require(ask(&settling, 11).first)
    #expect(settling.redeem(group.ticket, at: .seconds(500)) == group)
    #expect(settling.redeem(group.ticket, at: .seconds(501)) == group, "as often as it is asked for")
  }

  @Test func aTicketOfWhatIsOpenAgainOrGoneIsNot() throws {
    var settling = fresh("/in/a", "/in/b")
    let ticket = try #require(ask(&settling, 11).first?.ticket)
    settling.observe(file("/in/c"), group: ct, at: .seconds(12))
    #expect(settling.redeem(ticket, at: .seconds(12)) == nil && settling.openKeys == [ct])
    let next = try #require(ask(&settling, 22).first?.ticket)
    #expect(settling.redeem(ticket, at: .seconds(23)) == nil, "an older generation")
    #expect(settling.redeem(next, at: .seconds(23))?.files.count == 3)
    settling.forget("/in/c", at: .seconds(24))
    #expect(
      settling.redeem(next, at: .seconds(25)) == nil && settling.openKeys == [ct],
      "less than what settled: it settles anew")
    let last = try #require(ask(&settling, 35).first)
    #expect(last.files.count == 2 && last.generation == 3)
    settling.forgetFolder("/in", at: .seconds(36))
    #expect(settling.redeem(last.ticket, at: .seconds(36)) == nil && settling.memberCount(of: ct) == 0)
  }

  /// Settling compares file times with each other only, and takes its own time from the caller's monotonic clock.
  @Test(arguments: [Int64.max - 5, 0, -1_000_000_000, 4_102_444_800_000_000_000])
  func aFileFromTheFutureOrThePastSettlesLikeAnyOther(modified: Int64) {
    var settling = Settling(times: .init(settle: .seconds(10)))
    settling.observe(file("/in/a", modified: modified), group: ct, at: .seconds(1))
    #expect(ask(&settling, 10).isEmpty)
    #expect(ask(&settling, 11).count == 1)
  }
}
