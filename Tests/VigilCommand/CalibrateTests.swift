import Foundation
import TestSupport
import Testing

@Suite("vigil model calibrate")
struct CalibrateTests {
  @Test("a model of which nobody says what each fold held back is wrong usage")
  func noFolds() throws {
    let folder = try TemporaryFolder()
    let description =
      #"{"channel_names": {"0": "MR"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}"#
    try folder.write(Data(description.utf8), to: "data/dataset.json")
    for name in ["imagesTr/c_0000.nii.gz", "labelsTr/c.nii.gz"] { try folder.write(Data(), to: "data/\(name)") }
    try folder.write(Data(), to: "model/plans.json")
    let ended = try BuiltVigil.run(["model", "calibrate", folder.file("model").path, folder.file("data").path])
    #expect(
      ended.status == 64 && ended.log.contains("say with --splits which fold held back which case"), "\(ended.log)")
  }
}
