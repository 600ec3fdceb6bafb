"""Makes the seeds of the fuzzers: tiny files of every encoding and kind that the shim has code for.

    python3 make_corpus.py    # writes Corpus/, TextCorpus/, dicom.dict beside this file, and ../DICOM/Golden/lossy_values.json

Made with pydicom 3.0.2, highdicom 0.28.2, imagecodecs 2026.3.6, numpy 2.4.6. Running it again gives the same bytes.
Every file `image-*` holds the same 6 x 8 pixels, stored without loss, `frames-*` the same three frames; Tests/DICOM/CorpusTests.swift
checks that all of them give the same voxels.
"""

import json
import pathlib
import struct

import imagecodecs as ic
import numpy as np
from pydicom import Dataset, Sequence, config
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID

config.settings.writing_validation_mode = config.IGNORE
here = pathlib.Path(__file__).parent
corpus = here / "Corpus"
texts = here / "TextCorpus"

ROWS, COLUMNS = 6, 8
IMPLICIT, EXPLICIT, DEFLATED, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
RLE, BASELINE, EXTENDED = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
LOSSLESS, LOSSLESS_SV1 = "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"
JPEGLS, JPEGLS_NEAR = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"
J2K_LOSSLESS, J2K, HTJ2K_LOSSLESS, HTJ2K = (
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.203")


def pixels(frame=0):
    """Stored values, 12 bits."""
    return ((np.arange(ROWS * COLUMNS) * 83 + 700 * frame) % 4096).astype("<u2").reshape(ROWS, COLUMNS)


def image(sop_class="1.2.840.10008.5.1.4.1.1.2", modality="CT", uid="1.2.3.4.1"):
    d = Dataset()
    d.SpecificCharacterSet = "ISO_IR 192"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.SOPClassUID, d.SOPInstanceUID = sop_class, uid
    d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    d.Modality, d.PatientName, d.PatientID = modality, "Seed^Fuzz", "FUZZ"
    d.SeriesDescription, d.StudyID = "脑 seed", "1"
    d.InstanceNumber = 1
    d.ImagePositionPatient, d.ImageOrientationPatient = [-10, 20, 30.5], [1, 0, 0, 0, 1, 0]
    d.PixelSpacing, d.SliceThickness = [0.75, 0.5], 2
    d.RescaleSlope, d.RescaleIntercept = 1, -1024
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = ROWS, COLUMNS
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
    return d


def multiframe(frames, **more):
    """Enhanced CT: positions in per-frame groups, orientation and spacing shared."""
    d = image("1.2.840.10008.5.1.4.1.1.2.1", **more)
    del d.ImagePositionPatient, d.ImageOrientationPatient, d.PixelSpacing, d.SliceThickness, d.RescaleSlope, d.RescaleIntercept
    d.NumberOfFrames = frames
    shared = Dataset()
    orientation, measures, values = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [0.75, 0.5], 2
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, -1024, "HU"
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Sequence([orientation]), Sequence([measures])
    shared.PixelValueTransformationSequence = Sequence([values])
    d.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for frame in range(frames):
        group, position, content = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [-10, 20, 30.5 + 2 * frame]
        content.DimensionIndexValues = [1, frame + 1]
        group.PlanePositionSequence, group.FrameContentSequence = Sequence([position]), Sequence([content])
        groups.append(group)
    d.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return d


def write(name, d, syntax=EXPLICIT, frames=None, folder=corpus, table=True, pieces=1, extended=False, preamble=True):
    """`frames`: code streams, each cut into `pieces` fragments; None for native pixels that are in `d` already."""
    if frames is not None:
        frames = [f if len(f) % 2 == 0 else f + b"\0" for f in frames]
        if extended:
            d.PixelData, d.ExtendedOffsetTable, d.ExtendedOffsetTableLengths = encapsulate_extended(frames)
        else:
            d.PixelData = encapsulate(frames, fragments_per_frame=pieces, has_bot=table)
        d["PixelData"].VR, d["PixelData"].is_undefined_length = "OB", True
    elif "PixelData" in d:
        d["PixelData"].VR = "OW" if d.BitsAllocated > 8 else "OB"
    d.file_meta = FileMetaDataset()
    d.file_meta.MediaStorageSOPClassUID, d.file_meta.MediaStorageSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
    d.file_meta.TransferSyntaxUID = UID(syntax)
    d.file_meta.ImplementationClassUID = "1.2.3.1"
    if preamble:
        dcmwrite(folder / name, d, enforce_file_format=True, implicit_vr=syntax == IMPLICIT, little_endian=syntax != BIG)
    else:
        d.file_meta = FileMetaDataset()
        dcmwrite(folder / name, d, enforce_file_format=False, implicit_vr=syntax == IMPLICIT, little_endian=syntax != BIG)


def rle(a):
    """PS3.5 annex G, every byte plane as literal runs."""
    segments = []
    for plane in (a >> 8, a & 255):
        b = plane.astype("u1").tobytes()
        segment = b"".join(bytes([len(b[i:i + 128]) - 1]) + b[i:i + 128] for i in range(0, len(b), 128))
        segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = [64, 64 + len(segments[0])]
    return struct.pack("<16I", 2, *offsets, *[0] * 13) + b"".join(segments)


codecs = {
    "rle": (RLE, rle),
    "jpeg-lossless": (LOSSLESS_SV1, lambda a: ic.ljpeg_encode(a, bitspersample=12)),
    "jpeg-lossless-57": (LOSSLESS, lambda a: ic.jpeg8_encode(a, bitspersample=12, lossless=True)),
    "jpegls": (JPEGLS, lambda a: ic.jpegls_encode(a)),
    "j2k": (J2K_LOSSLESS, lambda a: ic.jpeg2k_encode(a, level=0, reversible=True, codecformat="j2k", resolutions=2)),
    "jp2": (J2K, lambda a: ic.jpeg2k_encode(a, level=0, reversible=True, codecformat="jp2", resolutions=2)),
    "htj2k": (HTJ2K_LOSSLESS, lambda a: ic.htj2k_encode(a, reversible=True, resolutions=2)),
    "htj2k-203": (HTJ2K, lambda a: ic.htj2k_encode(a, reversible=True, resolutions=1)),
}


def images():
    for name, syntax in [("explicit", EXPLICIT), ("implicit", IMPLICIT), ("deflated", DEFLATED)]:
        d = image()
        d.PixelData = pixels().tobytes()
        write(f"image-{name}.dcm", d, syntax)
    d = image()
    d.PixelData = pixels().astype(">u2").tobytes()
    write("image-big.dcm", d, BIG)
    for name, syntax in [("explicit", EXPLICIT), ("implicit", IMPLICIT)]:
        d = image()
        d.PixelData = pixels().tobytes()
        write(f"image-{name}-bare.dcm", d, syntax, preamble=False)
    for name, (syntax, encode) in codecs.items():
        write(f"image-{name}.dcm", image(), syntax, [encode(pixels())])
        if name != "rle":  # PS3.5 A.4.2: an RLE frame is one fragment.
            write(f"image-{name}-pieces.dcm", image(), syntax, [encode(pixels())], pieces=3, table=False)
    for name in ["jpeg-lossless", "jpegls", "j2k", "htj2k", "rle"]:
        syntax, encode = codecs[name]
        streams = [encode(pixels(frame)) for frame in range(3)]
        write(f"frames-{name}.dcm", multiframe(3), syntax, streams)
        write(f"frames-{name}-no-table.dcm", multiframe(3), syntax, streams, table=False)
        if name != "rle":
            write(f"frames-{name}-pieces.dcm", multiframe(3), syntax, streams, pieces=2)
            write(f"frames-{name}-pieces-no-table.dcm", multiframe(3), syntax, streams, pieces=2, table=False)
    syntax, encode = codecs["j2k"]
    write("frames-j2k-extended.dcm", multiframe(3), syntax, [encode(pixels(frame)) for frame in range(3)], extended=True)
    for name, syntax in [("explicit", EXPLICIT), ("deflated", DEFLATED), ("big", BIG)]:
        d = multiframe(3)
        d.PixelData = b"".join(pixels(f).astype(">u2" if syntax == BIG else "<u2").tobytes() for f in range(3))
        write(f"frames-{name}.dcm", d, syntax)


def signed():
    """The same pixels less 2048, as two's complement of 12 bits, the four bits above them filled with an overlay."""
    values = pixels().astype("i2") - 2048
    d = image()
    d.PixelRepresentation, d.PixelPaddingValue = 1, -2000
    d["PixelPaddingValue"].VR = "SS"
    d.PixelData = ((values & 0xFFF) | 0x5000).astype("<u2").tobytes()
    write("signed-overlay.dcm", d)
    for name, syntax, stream in [
        ("j2k", J2K_LOSSLESS, ic.jpeg2k_encode(values, level=0, reversible=True, codecformat="j2k", resolutions=2, bitspersample=12)),
        ("jpegls", JPEGLS, ic.jpegls_encode((values & 0xFFF).astype("u2"))),
        ("jpeg-lossless", LOSSLESS_SV1, ic.ljpeg_encode((values & 0xFFF).astype("u2"), bitspersample=12)),
        ("rle", RLE, rle(values.view("u2"))),
    ]:
        d = image()
        d.PixelRepresentation = 1
        write(f"signed-{name}.dcm", d, syntax, [stream])


def lossy():
    eight, decoded = (pixels() >> 4).astype("u1"), {}
    for name, syntax, stream, bits in [
        ("jpeg-baseline", BASELINE, ic.jpeg8_encode(eight, level=95), 8),
        ("jpeg-extended", EXTENDED, ic.jpeg8_encode(pixels(), bitspersample=12, level=95), 12),
        ("jpegls-near", JPEGLS_NEAR, ic.jpegls_encode(pixels(), level=2), 12),
        ("j2k-lossy", J2K, ic.jpeg2k_encode(pixels(), level=60, reversible=False, codecformat="j2k", resolutions=2, bitspersample=12), 12),
    ]:
        d = image()
        d.BitsAllocated, d.BitsStored, d.HighBit = (8, 8, 7) if bits == 8 else (16, 12, 11)
        write(f"lossy-{name}.dcm", d, syntax, [stream])
        decode = ic.jpegls_decode if "jpegls" in name else ic.jpeg2k_decode if "j2k" in name else ic.jpeg8_decode
        decoded[f"lossy-{name}.dcm"] = decode(stream).ravel().tolist()
    (here.parent / "DICOM/Golden/lossy_values.json").write_text(json.dumps(decoded) + "\n")


def csa():
    """Siemens' CSA header with the one tag that a mosaic needs."""
    def item(text):
        raw = text.encode() + b"\0"
        return struct.pack("<4i", len(raw), len(raw), 77, len(raw)) + raw + b"\0" * (-len(raw) % 4)
    tag = b"NumberOfImagesInMosaic".ljust(64, b"\0") + struct.pack("<i4s3i", 1, b"US\0\0", 6, 1, 77) + item("4")
    return b"SV10\4\3\2\1" + struct.pack("<2i", 1, 77) + tag


def kinds():
    d = image("1.2.840.10008.5.1.4.1.1.4", "MR")
    d.ImageType, d.SpacingBetweenSlices = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"], 3
    d.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    d.add_new(0x00291010, "OB", csa())
    d.PixelData = pixels().tobytes()
    write("mosaic.dcm", d)

    d = image("1.2.840.10008.5.1.4.1.1.128", "PT")
    d.RescaleSlope, d.Units, d.NumberOfSlices, d.FrameReferenceTime = 0.37, "BQML", 1, 100
    d.PixelData = pixels().tobytes()
    write("pet.dcm", d, IMPLICIT)

    d = image()
    d.PixelRepresentation, d.PixelPaddingValue, d.PhotometricInterpretation = 1, -2000, "MONOCHROME1"
    for group in (0x6000, 0x6002):
        d.add_new(group << 16 | 0x0010, "US", ROWS)
        d.add_new(group << 16 | 0x0011, "US", COLUMNS)
        d.add_new(group << 16 | 0x0040, "CS", "G")
        d.add_new(group << 16 | 0x0050, "SS", [1, 1])
        d.add_new(group << 16 | 0x0100, "US", 1)
        d.add_new(group << 16 | 0x3000, "OW", b"\x55" * 6)
    d.PixelData = pixels().tobytes()
    write("overlays.dcm", d)

    d = image()
    d.SpecificCharacterSet = ["", "ISO 2022 IR 87", "ISO 2022 IR 149"]
    d.add_new(0x0008103E, "LO", b"\x1b$B;3ED\x1b(B T1 \x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf")
    deep = Dataset()
    for _ in range(20):
        outer = Dataset()
        outer.ReferencedSeriesSequence = Sequence([deep])
        deep = outer
    d.ReferencedSeriesSequence = Sequence([deep])
    for index, vr in enumerate(["AE", "AS", "DT", "FL", "FD", "IS", "OD", "OF", "OL", "OV", "SL", "SV", "TM", "UC", "UL", "UR", "UT", "UV"]):
        value = {"FL": 1.5, "FD": 2.5, "IS": 3, "SL": -4, "SV": -5, "UL": 6, "UV": 7, "OD": b"\0" * 8, "OF": b"\0" * 4,
                 "OL": b"\0" * 4, "OV": b"\0" * 8, "AS": "030Y", "DT": "20260101120000.5", "TM": "120000"}.get(vr, vr * 3)
        d.add_new(0x00091000 + index, vr, value)
    d.add_new(0x00090010, "LO", "VIGIL FUZZ")
    d.PixelData = pixels().tobytes()
    write("many-vrs.dcm", d)

    # A UN of undefined length (implicit VR inside), an OB of undefined length that is not PixelData.
    d = image()
    d.PixelData = pixels().tobytes()
    write("unknown.dcm", d)
    raw = bytearray((corpus / "unknown.dcm").read_bytes())
    at = raw.index(bytes.fromhex("20000d00"))
    inner = bytes.fromhex("feff00e0ffffffff") + bytes.fromhex("0800050002000000") + b"A " + bytes.fromhex("feff0de000000000feffdde000000000")
    raw[at:at] = bytes.fromhex("11001010") + b"UN\0\0" + b"\xff" * 4 + inner
    (corpus / "unknown.dcm").write_bytes(raw)


def masks():
    for name, kind, bits in [("binary", "BINARY", 1), ("fractional", "FRACTIONAL", 8)]:
        d = multiframe(2)
        d.SOPClassUID, d.Modality, d.SegmentationType = "1.2.840.10008.5.1.4.1.1.66.4", "SEG", kind
        d.BitsAllocated = d.BitsStored = bits
        d.HighBit = bits - 1
        d.MaximumFractionalValue, d.SegmentationFractionalType = 255, "PROBABILITY"
        segments = []
        for number in (1, 2):
            s, code = Dataset(), Dataset()
            code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "85756007", "SCT", "Tissue"
            s.SegmentNumber, s.SegmentLabel, s.SegmentAlgorithmType = number, f"part {number}", "MANUAL"
            s.SegmentedPropertyCategoryCodeSequence, s.SegmentedPropertyTypeCodeSequence = Sequence([code]), Sequence([code])
            segments.append(s)
        d.SegmentSequence = Sequence(segments)
        for number, group in enumerate(d.PerFrameFunctionalGroupsSequence, 1):
            s, source, derivation = Dataset(), Dataset(), Dataset()
            s.ReferencedSegmentNumber = number
            source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.1"
            derivation.SourceImageSequence = Sequence([source])
            group.SegmentIdentificationSequence, group.DerivationImageSequence = Sequence([s]), Sequence([derivation])
        mask = np.stack([pixels(0) % 3 == 0, pixels(1) % 5 == 0])
        d.PixelData = np.packbits(mask.ravel(), bitorder="little").tobytes() if bits == 1 else (mask * 255).astype("u1").tobytes()
        write(f"seg-{name}.dcm", d)

    d = Dataset()
    d.SOPClassUID, d.SOPInstanceUID, d.Modality = "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3.5.1", "RTSTRUCT"
    d.StudyInstanceUID, d.SeriesInstanceUID, d.StructureSetLabel = "1.2.3", "1.2.3.5", "seed"
    roi, region, contour, series, study, frame = (Dataset() for _ in range(6))
    roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = 1, "ring", "1.2.3.9"
    contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", 4
    contour.ContourData = [-9.7, 20.4, 30.5, -7, 20.4, 30.5, -7, 23, 30.5, -9.7, 23, 30.5]
    region.ReferencedROINumber, region.ContourSequence = 1, Sequence([contour])
    series.SeriesInstanceUID, study.RTReferencedSeriesSequence = "1.2.3.4", Sequence([series])
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = "1.2.3.9", Sequence([study])
    d.StructureSetROISequence, d.ROIContourSequence = Sequence([roi]), Sequence([region])
    d.ReferencedFrameOfReferenceSequence = Sequence([frame])
    write("rtstruct.dcm", d)


def text_seeds():
    for name, data in {
        "latin": b"ISO_IR 100\nSch\xe4del", "utf8": "ISO_IR 192\n脑部 MRI".encode(), "gb18030": "GB18030\n王^小东".encode("gb18030"),
        "japanese": b"\\ISO 2022 IR 87\n\x1b$B;3ED\x1b(B T1", "japanese-13": b"ISO 2022 IR 13\\ISO 2022 IR 87\n\xd4\xcf\xc0\xde^\x1b$B;3ED\x1b(J",
        "supplement": b"\\ISO 2022 IR 159\n\x1b$(D\x30\x21\x1b(B", "korean": b"\\ISO 2022 IR 149\n\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf",
        "chinese": b"\\ISO 2022 IR 58\n\x1b$)A\xcd\xf5\xc4\xd4\r\n\x1b$)A\xcd\xf5", "greek": b"\\ISO 2022 IR 126\n\x1b-F\xc4\xe9\xef",
    }.items():
        (texts / name).write_bytes(data)


def dictionary():
    """What libFuzzer puts into its mutations: tags, VRs, transfer syntaxes, delimiters, terms, code stream markers."""
    tags = [0x00020010, 0x00080005, 0x00080008, 0x00080016, 0x00080060, 0x00081115, 0x00201208, 0x00200032, 0x00200037, 0x00280002,
            0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00281052, 0x00281053,
            0x00291010, 0x0062000B, 0x00620001, 0x30060050, 0x52009229, 0x52009230, 0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009,
            0x7FE00010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD]
    words = [struct.pack("<HH", t >> 16, t & 0xFFFF) for t in tags] + [struct.pack(">HH", t >> 16, t & 0xFFFF) for t in tags[-8:]]
    words += [v.encode() for v in "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()]
    words += [b"\xff" * 4, b"\xfe\xff\xff\xff", b"\0\0\0\x80", b"\xff\xff", b"\0" * 4, b"\1\0\0\0"]
    words += [s.encode() for s in [IMPLICIT, EXPLICIT, DEFLATED, BIG, RLE, BASELINE, EXTENDED, LOSSLESS, LOSSLESS_SV1, JPEGLS,
                                   JPEGLS_NEAR, J2K_LOSSLESS, J2K, HTJ2K_LOSSLESS, HTJ2K]]
    words += [s.encode() for s in ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "YBR_FULL_422", "RGB", "BINARY", "FRACTIONAL",
                                   "CLOSED_PLANAR", "MOSAIC", "ISO_IR 192", "GB18030", "ISO 2022 IR 87", "65535", "2147483647", "1e308", "-1"]]
    words += [bytes.fromhex(x) for x in ["1b2442", "1b242843", "1b282a42", "1b284a", "1b292943", "1b2d46"]]
    words += [bytes([0xFF, m]) for m in (0xD8, 0xD9, 0xDA, 0xC0, 0xC1, 0xC3, 0xC4, 0xDB, 0xDD, 0xF7, 0xF8, 0x4F, 0x51, 0x52, 0x5C, 0x90, 0x93, 0x50)]
    lines = ["# Made by make_corpus.py."]
    lines += ['"' + "".join(f"\\x{b:02X}" for b in w) + '"' for w in dict.fromkeys(words)]
    (here / "dicom.dict").write_text("\n".join(lines) + "\n")


for folder in (corpus, texts):
    folder.mkdir(exist_ok=True)
images()
signed()
lossy()
kinds()
masks()
text_seeds()
dictionary()
