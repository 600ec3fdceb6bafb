public import Foundation

/// What the agent was asked to do.
public struct AgentConfiguration: Sendable {
  /// Folders that are watched, with everything below them.
  public var inboxes: [URL]
  /// Folder of rules.
  public var rules: URL
  /// Root of the output tree; `audit.sqlite` lies in it.
  public var output: URL
  /// How long nothing of a series may change before it counts as settled.
  public var settle: Duration
  /// How long a series with gaps is held for the rest, or a study waits for its channels, where the rule's `wait` does not say;
  /// then it is refused. With `untilIdle` not longer than there is
  /// anything else to do.
  public var hold: Duration
  /// Whether to stop when nothing is left to do.
  public var untilIdle: Bool
  /// Threads of the network and of resampling; nil: one for each processor.
  public var threads: Int?

  /// How long the network may take over one scan; nil: as long as it takes.
  public var timeLimit: Duration?
  /// The most bytes that inference may take; nil: what the machine has free.
  public var memory: Int64?
  /// How often each inbox is listed again; nil: as its file system asks for, which is never where inotify sees every change.
  public var rescan: Duration?
  /// Bytes that stay free on the disk of the output tree: below that nothing new is begun.
  public var keepFree: Int64
  /// Whether rules and models that others may change are used all the same.
  public var allowsWritableRules: Bool

  /// Watch with the documented defaults.
  public init(
    inboxes: [URL], rules: URL, output: URL, settle: Duration = .seconds(10), hold: Duration = .seconds(3600),
    untilIdle: Bool = false, threads: Int? = nil, timeLimit: Duration? = nil,
    memory: Int64? = nil, rescan: Duration? = nil, keepFree: Int64 = 1 << 30, allowsWritableRules: Bool = false
  ) {
    self.inboxes = inboxes
    self.rules = rules
    self.output = output
    self.settle = settle
    self.hold = hold
    self.untilIdle = untilIdle
    self.threads = threads
    self.timeLimit = timeLimit
    self.memory = memory
    self.rescan = rescan
    self.keepFree = keepFree
    self.allowsWritableRules = allowsWritableRules
  }

  /// What keeps foreign rules and models from running.
  var security: RulesSecurity { RulesSecurity(rules: rules, allowsWritable: allowsWritableRules) }
}
