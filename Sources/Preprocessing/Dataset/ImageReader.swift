public import Imaging

/// nnU-Net's classes that read images, as `image_reader_writer` of a plan and `overwrite_image_reader_writer` of dataset.json name them.
public enum ImageReader: String, Sendable, CaseIterable {
  case simpleITK = "SimpleITKIO"
  case nibabel = "NibabelIO"
  case simpleITKWithReorient = "SimpleITKIOWithReorient"
  case nibabelWithReorient = "NibabelIOWithReorient"

  /// The axis codes that images are brought to; nil for readers that leave them as they are stored.
  public var orientation: AxisCodes? {
    switch self {
    case .simpleITK, .nibabel: nil
    case .simpleITKWithReorient, .nibabelWithReorient: AxisCodes("RAS")
    }
  }
}
