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
}
