"""Voxels per segment of the shared masks, by highdicom 0.28.2 (SEG) and by matplotlib-free even-odd filling in numpy (RTSTRUCT).

Run with a Python that has pydicom, highdicom and numpy:  make_mask_counts.py SHARED_DICOM_FOLDER
Its output stands in MaskTests.swift.
"""
import glob, sys
import numpy as np, pydicom, highdicom as hd

base = sys.argv[1]
for name in ["0452*", "0457*", "0759*", "0761*"]:
    path = glob.glob(f"{base}/{name}/*")[0]
    seg = hd.seg.segread(path)
    px = seg.pixel_array
    px = px.reshape((-1,) + px.shape[-2:])
    counts = {}
    for i, f in enumerate(seg.PerFrameFunctionalGroupsSequence):
        n = f.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        counts[n] = counts.get(n, 0) + int((px[i] > 0).sum())
    print(name, hd.__version__, counts)

rt = pydicom.dcmread(glob.glob(f"{base}/1005*/*")[0])
slices = [pydicom.dcmread(p) for p in glob.glob(f"{base}/1003*/*")]
print("planes", sorted(float(s.ImagePositionPatient[2]) for s in slices))
names = {r.ROINumber: r.ROIName for r in rt.StructureSetROISequence}
for roi in rt.ROIContourSequence:
    masks = {}
    for c in getattr(roi, "ContourSequence", []):
        p = np.array(c.ContourData, float).reshape(-1, 3)
        for s in slices:
            if abs(float(s.ImagePositionPatient[2]) - p[0, 2]) < 0.1:
                x = (p[:, 0] - float(s.ImagePositionPatient[0])) / float(s.PixelSpacing[1])
                y = (p[:, 1] - float(s.ImagePositionPatient[1])) / float(s.PixelSpacing[0])
                ii, jj = np.meshgrid(np.arange(s.Columns), np.arange(s.Rows))
                inside = np.zeros(ii.shape, bool)
                for a in range(len(x)):
                    b = a - 1
                    cross = (y[b] <= jj) != (y[a] <= jj)
                    with np.errstate(divide="ignore", invalid="ignore"):
                        at = x[b] + (jj - y[b]) / (y[a] - y[b]) * (x[a] - x[b])
                    inside ^= cross & (ii >= at)
                # Contours within contours are holes.
                masks[s.SOPInstanceUID] = masks.get(s.SOPInstanceUID, False) ^ inside
    total = sum(int(m.sum()) for m in masks.values())
    print("roi", roi.ReferencedROINumber, names.get(roi.ReferencedROINumber), len(getattr(roi, "ContourSequence", [])), total,
          sorted({round(float(c.ContourData[2]), 3) for c in getattr(roi, "ContourSequence", [])})[:8])
