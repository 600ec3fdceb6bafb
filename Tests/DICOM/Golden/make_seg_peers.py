"""Segmentations as highdicom writes them, and what they hold, for HighdicomMaskTests.

    python3 make_seg_peers.py      # writes seg_*.dcm and seg_peers.json beside this file

Made with highdicom 0.28.2, pydicom 3.0.2, imagecodecs 2026.3.6 (through pydicom's and highdicom's encoders), numpy 2.4.6. UIDs are drawn at
random: run again, the files differ in them.
"""

import json
import pathlib

import highdicom as hd
import numpy as np
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

here = pathlib.Path(__file__).parent
ROWS, COLUMNS, SLICES = 9, 7, 5


def source(k):
    """A slice of an oblique CT."""
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.4.{k + 1}"
    d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    d.PatientName = d.PatientID = d.PatientBirthDate = d.PatientSex = d.AccessionNumber = d.StudyID = ""
    d.StudyDate = d.StudyTime = d.ReferringPhysicianName = ""
    d.Modality, d.SeriesNumber, d.InstanceNumber = "CT", 1, k + 1
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    normal = np.array([0.6, -0.48, 0.64])
    d.ImagePositionPatient = [round(float(x), 6) for x in np.array([-10, 20, 30]) + 2.5 * k * normal]
    d.ImageOrientationPatient = [0.8, 0.36, -0.48, 0, 0.8, 0.6]
    d.PixelSpacing, d.SliceThickness = [0.75, 0.5], 2.5
    d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
    d.PixelData = b"\0" * (2 * ROWS * COLUMNS)
    return d


def write(name, pixels, kind, syntax=ExplicitVRLittleEndian, numbers=(1, 2, 3), **more):
    tissue = CodedConcept("85756007", "SCT", "Tissue")
    segments = [
        hd.seg.SegmentDescription(number, f"part {number}", tissue, tissue, hd.seg.SegmentAlgorithmTypeValues.MANUAL)
        for number in numbers]
    seg = hd.seg.Segmentation(
        [source(k) for k in range(SLICES)], pixels, kind, segments, hd.UID(), 2, hd.UID(), 1, "Vigil", "golden", "1", "0",
        transfer_syntax_uid=syntax, **more)
    seg.save_as(here / name)
    return {"kind": str(kind.value), "syntax": str(syntax), "bits": int(seg.BitsAllocated), "frames": int(seg.NumberOfFrames)}


labels = (np.arange(SLICES * ROWS * COLUMNS).reshape(SLICES, ROWS, COLUMNS) * 7 // 5) % 4
labels[1] = 0  # no frame for a slice without labels
overlap = np.stack([labels == 1, labels <= 1, labels == 3], axis=-1).astype("u1")  # segment 2 holds all of segment 1
fractions = np.where(labels == 1, 0.75, np.where(labels == 2, 0.25, 0)).astype("f4")
K = hd.seg.SegmentationTypeValues
facts = {
    "seg_binary.dcm": write("seg_binary.dcm", labels.astype("u1"), K.BINARY),
    "seg_overlap.dcm": write("seg_overlap.dcm", overlap, K.BINARY),
    "seg_labelmap.dcm": write("seg_labelmap.dcm", labels.astype("u1"), K.LABELMAP),
    "seg_labelmap_rle.dcm": write("seg_labelmap_rle.dcm", labels.astype("u1"), K.LABELMAP, RLELossless),
    "seg_labelmap_wide.dcm": write("seg_labelmap_wide.dcm", (labels * 100).astype("u2"), K.LABELMAP, numbers=(100, 200, 300)),
    "seg_fractional.dcm": write("seg_fractional.dcm", fractions, K.FRACTIONAL, numbers=(1,), max_fractional_value=200),
    "seg_fractional_rle.dcm": write("seg_fractional_rle.dcm", fractions, K.FRACTIONAL, RLELossless, numbers=(1,)),
}
(here / "seg_peers.json").write_text(json.dumps({"labels": labels.ravel().tolist(), "files": facts}) + "\n")
for name, fact in facts.items():
    print(name, (here / name).stat().st_size, fact)
