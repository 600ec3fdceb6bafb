"""Compares the DICOM SEGs that LargeSegmentationTests writes with their label maps, voxel for voxel, through pydicom alone and through
highdicom.

    VIGIL_KEEP_SEG=/tmp/kept swift test -c release --filter LargeSegmentationTests
    python3 compare_seg_peers.py /tmp/kept

Made with pydicom 3.0.2, highdicom 0.28.2, numpy 2.4.6. Prints one line a case; exits with 1 when a voxel differs.
"""

import json
import pathlib
import sys

import highdicom as hd
import numpy as np
import pydicom


def by_pydicom(file, facts):
    """Every frame into the slice that its own ImagePositionPatient says."""
    d = pydicom.dcmread(file)
    frames = d.pixel_array.reshape(-1, d.Rows, d.Columns)
    shared = d.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float)
    spacing = np.array(shared.PixelMeasuresSequence[0].PixelSpacing, float)
    origin, (k_step, j_step, i_step) = np.array(facts["origin"]), np.array(facts["steps"])
    assert np.allclose(cosines[:3] * spacing[1], i_step, atol=1e-9) and np.allclose(cosines[3:] * spacing[0], j_step, atol=1e-9)
    steps = np.array([k_step, j_step, i_step]).T
    out = np.zeros(facts["shape"], "u2")
    for frame, group in zip(frames, d.PerFrameFunctionalGroupsSequence, strict=True):
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        index = np.linalg.solve(steps, position - origin)
        k = round(index[0])
        assert np.abs(index - [k, 0, 0]).max() < 1e-6, index
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert source == facts["instances"][k], (source, k)
        assert not (out[k][frame > 0]).any()
        out[k][frame > 0] = facts["labels"][number - 1]
    return out


def by_highdicom(file, facts):
    seg = hd.seg.segread(file)
    assert [s.segment_label for s in (seg.get_segment_description(n) for n in seg.segment_numbers)] == [
        f"part {label}" for label in facts["labels"]]
    numbers = seg.get_pixels_by_source_instance(
        facts["instances"], combine_segments=True, assert_missing_frames_are_empty=True, ignore_spatial_locations=True)
    return np.array([0] + facts["labels"], "u2")[numbers]


def by_highdicom_volume(file, facts):
    """highdicom's own idea of the grid; only where the slices are stacked along their normal."""
    volume = hd.seg.segread(file).get_volume(combine_segments=True)
    affine = volume.get_affine("LPS")
    assert volume.array.shape[1:] == tuple(facts["shape"][1:])
    columns = np.array(facts["steps"]).T
    assert np.allclose(np.abs(affine[:3, :3]), np.abs(columns), atol=1e-6)
    out = np.zeros(facts["shape"], "u2")
    for plane in range(volume.array.shape[0]):
        index = np.linalg.solve(columns, affine[:3, 3] + plane * affine[:3, 0] - facts["origin"])
        out[round(index[0])] = np.array([0] + facts["labels"], "u2")[volume.array[plane]]
    return out


wrong = 0
for folder in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir()):
    facts = json.loads((folder / "facts.json").read_text())
    labels = np.fromfile(folder / "labels.u16", "<u2").reshape(facts["shape"])
    readers = {"pydicom": by_pydicom, "highdicom": by_highdicom}
    if folder.name == "oblique":
        readers["highdicom volume"] = by_highdicom_volume
    for name, read in readers.items():
        different = int((read(folder / "seg.dcm", facts) != labels).sum())
        wrong += different
        print(f"{folder.name:8} {name:17} {labels.size} voxels, {int((labels > 0).sum())} labelled, {different} differ")
sys.exit(1 if wrong else 0)
