"""Grids, sums and label counts of ten image/label pairs of ../shared/data/hippocampus as SimpleITK reads them.

Made with SimpleITK 2.5.7, numpy 2.4.6. Run in this folder: python make_hippocampus.py ../../../../shared/data/hippocampus
"""
import json, os, sys
import numpy as np, SimpleITK as sitk

root = sys.argv[1]
cases = {}
for name in sorted(os.listdir(f"{root}/labelsTr"))[::20]:
    case = name.removesuffix(".nii.gz")
    image = sitk.ReadImage(f"{root}/imagesTr/{case}_0000.nii.gz")
    labels = sitk.GetArrayFromImage(sitk.ReadImage(f"{root}/labelsTr/{name}"))
    cases[case] = dict(
        size=image.GetSize(), spacing=image.GetSpacing(), origin=image.GetOrigin(), direction=image.GetDirection(),
        sum=float(sitk.GetArrayFromImage(image).astype(np.float32).sum(dtype=np.float64)),
        counts=[int((labels == value).sum()) for value in (0, 1, 2)])
json.dump(cases, open("hippocampus.json", "w"), indent=1)
