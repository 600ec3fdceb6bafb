/// For each channel of a rule the one series of a study that is it; or the reason why there is no such choice.
package struct StudyChoice: Sendable {
  /// One for each channel, in the rule's order.
  package let chosen: [ChannelCandidate]
  /// Series that were stored again later, and passed over for that.
  package let passedOver: [ChannelCandidate]

  /// Throws ``StudyProblem``: a channel without a series, one with several, or channels of different frames of reference.
  ///
  /// - Parameters:
  ///   - candidates: All that the study has for the rule's channels.
  ///   - channels: The channels' names.
  ///   - waited: How long the study could wait, for the message; nil: it came whole.
  package init(
    of candidates: [ChannelCandidate], channels: [String], waited: String?
  ) throws(StudyProblem) {
    var chosen: [ChannelCandidate] = []
    var passedOver: [ChannelCandidate] = []
    var missing: [String] = []
    var problems: [String] = []
    for (index, name) in channels.enumerated() {
      let own = candidates.filter { $0.channel == index }
      let newest = own.filter { candidate in own.allSatisfy { $0 == candidate || candidate.isResend(of: $0) } }
      if own.isEmpty {
        missing.append(name)
      } else if newest.count == 1 {
        chosen.append(newest[0])
        passedOver += own.filter { $0 != newest[0] }
      } else {
        problems.append(
          "several series for channel \(name): \(own.map { $0.words }.joined(separator: ", ")); make its conditions tell "
            + "them apart")
      }
    }
    if !missing.isEmpty {
      problems.insert(Self.words(missing, candidates, channels: channels, waited: waited), at: 0)
    }
    guard problems.isEmpty else { throw StudyProblem(message: problems.joined(separator: "; ")) }
    try Self.checkFrames(chosen, channels)
    (self.chosen, self.passedOver) = (chosen, passedOver)
  }

  private static func words(
    _ missing: [String], _ candidates: [ChannelCandidate], channels: [String], waited: String?
  ) -> String {
    let there = candidates.map { "\(channels[$0.channel]) \($0.words)" }.joined(separator: ", ")
    return "no series for channel\(missing.count == 1 ? "" : "s") \(missing.joined(separator: ", "))"
      + (waited.map { " after \($0)" } ?? "") + "; the study has \(there)"
  }

  /// Nothing is registered here: positions of different frames have nothing to do with one another (PS3.3 C.7.4.1).
  private static func checkFrames(_ chosen: [ChannelCandidate], _ channels: [String]) throws(StudyProblem) {
    let frames = Set(chosen.map { $0.frameOfReference })
    guard frames.count != 1 || frames.contains("") else { return }
    let each = zip(channels, chosen).map { "\($0) \($1.frameOfReference.isEmpty ? "has none" : $1.frameOfReference)" }
    throw StudyProblem(
      message:
        "the channels do not share a FrameOfReferenceUID (0020,0052): \(each.joined(separator: ", ")); register them "
        + "first, and write the results under one frame of reference")
  }
}

/// Why a study cannot be processed.
package struct StudyProblem: Error, Sendable, CustomStringConvertible {
  /// What was expected and what was found, by channel.
  let message: String

  /// The message.
  package var description: String { message }
}
