// The room DICOM.
