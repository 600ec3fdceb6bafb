internal import Foundation

extension DoctorCheck {
  /// Every rule with its model, or what is wrong with it.
  func rules(_ doctor: Doctor) -> [Doctor.Finding] {
    let report = RulesReport(doctor.rules, allowingWritable: doctor.allowsWritableRules)
    return report.good.map { well($0) } + report.problems.map { lack($0) }
  }

  /// Who besides root and the agent's user may change rules, models and the list of trusted models.
  func writers(_ doctor: Doctor) -> Doctor.Finding {
    var paths = OwnPaths()
    let models = RuleBook(readingFrom: doctor.rules, allowingWritable: true).models
    for place in [doctor.rules] + models {
      guard let hand = paths.foreignHand(below: place.path) else { continue }
      return doctor.allowsWritableRules
        ? well("\(hand); allowed by --allow-writable-rules") : lack("\(hand): such rules and models are refused")
    }
    return well(Self.user == "root" ? "nobody but root" : "nobody but root and \(Self.user)")
  }

  /// The site's list of models.
  func trustedModels(_ doctor: Doctor) -> Doctor.Finding {
    do throws(RuleError) {
      guard let list = try ModelAllowList.read(in: doctor.rules) else {
        return well(
          "no list: any model that a rule names may run (\(doctor.rules.path)/\(ModelAllowList.fileName) would say which)"
        )
      }
      return list.digests.isEmpty
        ? lack("\(list.file.path) is empty: no model may run; `vigil model digest DIR` prints the line to add")
        : well("\(list.digests.count) in \(list.file.path); no other runs")
    } catch {
      return lack("\(error)")
    }
  }
}
