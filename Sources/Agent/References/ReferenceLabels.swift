internal import Foundation
internal import Preprocessing

/// Which of the model's labels each number of a supplied mask stands for.
struct ReferenceLabels {
  /// One comparison: the mask's number and the model's labels.
  struct Pair: Equatable {
    let reference: Int
    let labels: [Int]
    let name: String
    /// The number under which the score is recorded.
    var recorded: Int { labels.count == 1 ? labels[0] : reference }
  }

  private let pairs: [Pair]
  /// The model's labels by name in lower case.
  private let names: [String: (number: Int, name: String)]

  /// `mapping` as the rule gives it; empty: the numbers are the model's own. A name that the model does not have is an error
  /// sentence.
  init(_ mapping: [Int: [String]], of dataset: DatasetDescription) throws(UnknownLabel) {
    let numbers = Dictionary(
      dataset.writtenLabels.map { (dataset.name(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    names = Dictionary(
      numbers.map { ($0.key.lowercased(), ($0.value, $0.key)) }, uniquingKeysWith: { first, _ in first })
    guard !mapping.isEmpty else {
      pairs = dataset.writtenLabels.map { Pair(reference: $0, labels: [$0], name: dataset.name(of: $0)) }
      return
    }
    var pairs: [Pair] = []
    for (reference, names) in mapping.sorted(by: { $0.key < $1.key }) {
      var labels: [Int] = []
      for name in names {
        guard let number = numbers[name] else { throw UnknownLabel(name: name, known: numbers.keys.sorted()) }
        labels.append(number)
      }
      pairs.append(Pair(reference: reference, labels: labels, name: names.joined(separator: "+")))
    }
    self.pairs = pairs
  }

  /// The comparisons that a mask with these numbers calls for. Where the mask uses numbers that stand for several labels
  /// together, only those count: such a mask does not draw the single labels.
  ///
  /// `named`: what the mask itself calls its numbers (segments and regions have names). Where it has names of the model's labels,
  /// those decide, and its other numbers are none of the model's.
  func comparisons(with present: Set<Int>, named: [Int: String] = [:]) -> [Pair] {
    let known = named.sorted { $0.key < $1.key }.compactMap { number, name -> Pair? in
      let label = names[name.lowercased().trimmingCharacters(in: .whitespaces)]
      return label.map { Pair(reference: number, labels: [$0.number], name: $0.name) }
    }
    guard known.isEmpty else { return known }
    let drawn = pairs.filter { present.contains($0.reference) }
    return drawn.contains { $0.labels.count > 1 }
      ? drawn.filter { $0.labels.count > 1 } : pairs.filter { $0.labels.count == 1 }
  }

  /// A rule names a label that its model does not have.
  struct UnknownLabel: Error, CustomStringConvertible {
    let name: String
    let known: [String]
    var description: String {
      "reference-labels names \(name), which the model does not have; its labels are \(known.joined(separator: ", "))"
    }
  }
}
