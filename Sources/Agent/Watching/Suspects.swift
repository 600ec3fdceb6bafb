internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Synchronization

/// What an agent has died over, by what it was called and the state it was in. They are taken last, and after so many deaths
/// not at all: one poisonous scan never blocks the rest.
final class Suspects: Sendable {
  /// So many deaths by the agent's own fault, and no more is tried.
  static let crashes = 3
  /// So many deaths for a cause that nobody saw. More, because a scan has no part in it where somebody kills the agent or the power
  /// goes; not for ever, because one may also take all the memory each time.
  static let unexplained = 32

  let hand: WorkInHand
  private let audit: AuditDatabase
  private let aliases: PathAliases
  private let deaths: Mutex<[ParcelState: ParcelDeaths]>

  /// Puts what the agent before had in hand on record, and reads who is suspected by now.
  init(_ audit: AuditDatabase, _ aliases: PathAliases, outputFolder: URL) throws(AgentError) {
    hand = try WorkInHand(outputFolder: outputFolder)
    (self.audit, self.aliases) = (audit, aliases)
    do throws(AuditError) {
      for state in hand.found {
        let signal = hand.signal.map { WorkInHand.name(of: $0) }
        try audit.recordDeath(of: state, software: Version.software, signal: signal)
      }
      deaths = Mutex(try audit.deaths(software: Version.software))
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Whether no agent has died over anything.
  var isEmpty: Bool { deaths.withLock { $0.isEmpty } }

  /// Whether an agent has died over something in this state.
  func contains(_ state: ParcelState) -> Bool { deaths.withLock { $0[state] != nil } }

  /// Why it is not tried any more; nil where it is.
  func verdict(on state: ParcelState, doing what: String) -> String? {
    guard let counts = deaths.withLock({ $0[state] }),
      counts.crashes >= Self.crashes || counts.unexplained >= Self.unexplained
    else { return nil }
    return
      "the agent died \(counts.crashes + counts.unexplained) times while \(what); it is not tried again by this version"
  }

  /// It was got through.
  func acquit(_ state: ParcelState) throws(AuditError) {
    if deaths.withLock({ $0.removeValue(forKey: state) }) != nil { try audit.forgetDeaths(of: state.parcel) }
  }

  /// A file whose header is read.
  func state(ofFile stamp: FileStamp) -> ParcelState {
    ParcelState(parcel: aliases.folderAlias(of: "file " + stamp.path), stamps: [stamp].digest(aliases))
  }

  /// The series of a study, and the rule that took them.
  func state(ofStudy key: StudyKey?, _ files: [FileStamp]) -> ParcelState {
    let name = key.map { "study \($0.rule) \($0.study)" } ?? "study"
    return ParcelState(parcel: aliases.folderAlias(of: name), stamps: files.digest(aliases))
  }

  /// What settled together.
  func state(of parcel: Parcel, _ files: [FileStamp]) -> ParcelState {
    ParcelState(parcel: aliases.folderAlias(of: parcel.key.text), stamps: files.digest(aliases))
  }
}

extension [FileStamp] {
  /// SHA-256 over what they are called on record, their sizes, times and inodes. Not over devices, whose numbers change from one
  /// start of the machine to the next.
  fileprivate func digest(_ aliases: PathAliases) -> SHA256Digest {
    let lines = map { "\(aliases.alias(of: $0.path)) \($0.size) \($0.modified) \($0.inode)" }.sorted()
    return SHA256Digest(of: lines.joined(separator: "\n"))
  }
}
