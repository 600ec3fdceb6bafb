internal import Preprocessing

extension Rule {
  /// Whether it takes several series of a study.
  var isStudy: Bool { !channels.isEmpty }

  /// Throws where the rule's channels are not those of the model, in number, name and order.
  ///
  /// Where a model gives several channels one name, only their number can be compared.
  func checkChannels(against dataset: DatasetDescription) throws(RuleError) {
    let expected = dataset.channelNames
    let named = expected.joined(separator: ", ")
    guard isStudy else {
      guard expected.count == 1 else {
        throw RuleError(
          file: file, line: nil,
          message:
            "the model takes \(expected.count) channels (\(named)), and the rule has no `channels`: say for each, "
            + "in this order, which series it is")
      }
      return
    }
    let found = channels.map { $0.name }
    let isNamed = Set(expected).count == expected.count
    guard found.count == expected.count, !isNamed || found == expected else {
      let isOrder = found.sorted() == expected.sorted()
      throw RuleError(
        file: file, line: channels.first?.line,
        message: "channels: expected those of the model\(isOrder ? ", in its order" : ""), \(named); found "
          + found.joined(separator: ", "))
    }
  }
}
