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

  @Test("too few cases, a case without a group and a line without one are named")
  func refusals() {
    #expect { try FiveFolds(cases: names(4)) } throws: { "\($0)".contains("at least five cases, found 4") }
    #expect { try FiveFolds(cases: names(6), groups: ["case00": "a"]) } throws: { "\($0)".contains("case01") }
    #expect { try FiveFolds.groups(parsing: "case\tpatient\ncase00\n") } throws: { "\($0)".contains("line 2") }
  }
}
