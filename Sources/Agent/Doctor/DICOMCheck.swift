internal import DICOM

extension DoctorCheck {
  /// DCMTK reads its dictionary from a file.
  func dicom() -> Doctor.Finding {
    let isThere = DICOMDictionary.tag(of: "Modality") != nil
    return finding(
      "\(DICOMDictionary.version), "
        + (isThere
          ? "data dictionary found" : "no data dictionary: install libdcmtk17, or set DCMDICTPATH to dicom.dic"),
      isWell: isThere)
  }
}
