import Imaging
import Foundation
import Networks
import Preprocessing

/// `dataset.json` and `plans.json` of a model folder.
struct ModelDescription {
  let dataset: DatasetDescription
  let plans: Plans

  init(_ folder: ModelFolder) throws(ModelError) {
    do throws(DatasetDescriptionError) {
      dataset = try DatasetDescription(contentsOf: folder.url.appending(path: "dataset.json"))
    } catch { throw ModelError(.malformed, folder.url, error.description) }
    do throws(PlansError) {
      plans = try Plans(contentsOf: folder.url.appending(path: "plans.json"))
    } catch { throw ModelError(.malformed, folder.url, error.description) }
  }

  /// The configuration called `name`; without a name the only one there is.
  func configuration(_ name: String?, _ folder: ModelFolder) throws(ModelError) -> PlanConfiguration {
    let names = plans.configurationNames
    guard let name = name ?? (names.count == 1 ? names.first : nil) else {
      throw ModelError(
        .request, folder.url, "the checkpoint names no configuration; choose one of \(names.joined(separator: ", "))")
    }
    do throws(PlansError) {
      return try plans.configuration(name)
    } catch { throw ModelError(names.contains(name) ? .unsupported : .request, folder.url, error.description) }
  }

  func architecture(_ configuration: PlanConfiguration, _ folder: URL) throws(ModelError) -> UNetArchitecture {
    do throws(NetworkError) {
      return try UNetArchitecture(json: configuration.architecture)
    } catch { throw ModelError(.unsupported, folder, error.description) }
  }

  /// The plan must have what every channel needs.
  func checkPreparation(_ configuration: PlanConfiguration, _ folder: URL) throws(ModelError) {
    do throws(PreparationError) {
      _ = try Preparation(dataset: dataset, plans: plans, configuration: configuration)
    } catch { throw ModelError(.unsupported, folder, error.description) }
  }

  /// The axis codes that the plan's image reader brings images to; nil for readers that leave them as they are stored.
  func orientation(_ folder: URL) throws(ModelError) -> String? {
    guard let name = plans.imageReader else { return nil }
    guard let reader = ImageReader(rawValue: name) else {
      throw ModelError(
        .unsupported, folder,
        "images were read by \(name), whose axis order is not known here; known are SimpleITKIO and NibabelIO")
    }
    return reader.orientation?.description
  }
}
