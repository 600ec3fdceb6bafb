import Foundation
import TestSupport
import Testing
import Training

@Suite("Five folds")
struct FiveFoldsTests {
  private func names(_ count: Int) -> [String] { (0..<count).map { "case\($0 < 10 ? "0" : "")\($0)" } }

  /// scikit-learn's `KFold(5, shuffle=True, random_state=12345)` over ten cases (specification, section 9.7).
  @Test("ten cases are split as nnU-Net splits them")
  func nnUNet() throws {
    let folds = try FiveFolds(cases: names(10).reversed()).folds
    let expected = [[0, 7], [3, 9], [4, 6], [1, 8], [2, 5]].map { $0.map { names(10)[$0] } }
    #expect(folds.map { $0.validation } == expected)
    #expect(folds[0].training == names(10).filter { !["case00", "case07"].contains($0) })
  }

  @Test(
    "every case is held back once, the first folds by one more where they do not come out even",
    arguments: [5, 11, 13, 19])
  func everyCaseOnce(count: Int) throws {
    let folds = try FiveFolds(cases: names(count)).folds
    #expect(folds.flatMap { $0.validation }.sorted() == names(count))
    #expect(folds.map { $0.validation.count } == (0..<5).map { count / 5 + ($0 < count % 5 ? 1 : 0) })
    #expect(
      folds.allSatisfy {
        Set($0.training).isDisjoint(with: $0.validation) && $0.training.count + $0.validation.count == count
      })
  }

  @Test("the cases of one patient are never on both sides")
  func groups() throws {
    let table = "case\tpatient\n" + names(14).enumerated().map { "\($1)\tP\($0 / 2)" }.joined(separator: "\n")
    let groups = try FiveFolds.groups(parsing: table)
    let folds = try FiveFolds(cases: names(14), groups: groups).folds
    for fold in folds {
      #expect(Set(fold.training.map { groups[$0] }).isDisjoint(with: fold.validation.map { groups[$0] }))
    }
    #expect(folds.flatMap { $0.validation }.sorted() == names(14))
  }

  @Test("the column of groups is found by its heading, and file names count as cases")
  func headings() throws {
    let table = "Name\tsplit\tsubj\tgrp\r\na.nii.gz\ttrain\t1\t7\r\nb\ttrain\t2 \t7\r\n\r\n"
    #expect(try FiveFolds.groups(parsing: table) == ["a": "7", "b": "7"])
    #expect(
      try FiveFolds.groups(parsing: table.replacing("grp", with: "note")) == ["a": "1", "b": "2"])
    #expect(try FiveFolds.groups(parsing: "\u{FEFF}patient\tx\na.nrrd\tq\n", ending: ".nrrd") == ["a": "q"])
    #expect { try FiveFolds.groups(parsing: table + "a\ttrain\t3\t8\n") } throws: {
      "\($0)".contains("line 5") && "\($0)".contains("further up, in 7")
    }
  }

  @Test(
    "the shared data set's table is read as it is",
    .enabled(if: SharedFolder.has("data/hippocampus/cases.tsv"), SharedFolder.missing))
  func shared() throws {
    let text = try String(contentsOf: SharedFolder.file("data/hippocampus/cases.tsv"), encoding: .utf8)
    let groups = try FiveFolds.groups(parsing: text)
    #expect(groups.count == 200 && Set(groups.values).count == 126)
    #expect(groups["hippocampus_003"] == groups["hippocampus_004"])
    #expect(groups["hippocampus_299"] == groups["hippocampus_245"], "one person under two numbers")
    #expect(try FiveFolds(cases: Array(groups.keys), groups: groups).folds.count == 5)
  }

  @Test("too few cases, a case without a group and a line without one are named")
  func refusals() {
    #expect { try FiveFolds(cases: names(4)) } throws: { "\($0)".contains("at least five cases, found 4") }
    #expect { try FiveFolds(cases: names(6), groups: ["case00": "a"]) } throws: { "\($0)".contains("case01") }
    #expect { try FiveFolds.groups(parsing: "case\tpatient\ncase00\n") } throws: { "\($0)".contains("line 2") }
  }

  @Test("a split that lies beside the data is taken, and one that would leak or leave a case out is refused")
  func splitsFile() throws {
    let folder = try TemporaryFolder()
    func split(_ held: [[String]], training: [[String]]? = nil) throws -> FiveFolds {
      let lists = held.indices.map { fold in
        let rest = training?[fold] ?? names(10).filter { !held[fold].contains($0) }
        return
          #"{"train": ["\#(rest.joined(separator: #"", ""#))"], "val": ["\#(held[fold].joined(separator: #"", ""#))"]}"#
      }
      try folder.write("[\(lists.joined(separator: ","))]".utf8, to: "splits_final.json")
      return try FiveFolds(cases: names(10), groups: nil, splitsIn: [folder.file("none"), folder.url])
    }
    let pairs = (0..<5).map { [names(10)[2 * $0], names(10)[2 * $0 + 1]] }
    let made = try split(pairs.reversed())
    #expect(made.folds.map { $0.validation } == pairs.reversed())
    #expect(made.folds[0].training == Array(names(10)[..<8]))
    #expect(try FiveFolds(cases: names(10)) != made)
    #expect(throws: TrainingError.self) {
      try FiveFolds(cases: names(10), groups: ["case00": "a"], splitsIn: [folder.url])
    }
    #expect { _ = try split(pairs.dropLast() + [["case08", "case08"]]) } throws: { "\($0)".contains("case09") }
    #expect { _ = try split(pairs, training: pairs.map { _ in names(10) }) } throws: { "\($0)".contains("case00") }
    #expect { _ = try split(pairs.dropLast() + [["case08", "other"]]) } throws: { "\($0)".contains("other") }
    #expect { _ = try split(Array(pairs.dropLast())) } throws: { "\($0)".contains("five folds") }
    #expect(
      try FiveFolds(cases: names(10), groups: nil, splitsIn: [folder.file("none")]) == FiveFolds(cases: names(10)))
  }
}
