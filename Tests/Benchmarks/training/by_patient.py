#!/usr/bin/env python3
"""What a cross-validation says of patients whom its networks never saw: Dice of the validation cases whose fold was trained without
any image of the same patient, beside those that had one. A Markdown table.

usage: by_patient.py CONFIGURATION_FOLDER CASES_TSV [--case name] [--patient grp]
CONFIGURATION_FOLDER is a Trainer__Plans__configuration folder with five folds and their validation/summary.json; CASES_TSV has a
column of cases and one of patients. nnU-Net splits by case, so most patients with two images have one in training and one in
validation. Only Python's own library.
"""
import argparse, collections, csv, json, pathlib

p = argparse.ArgumentParser()
p.add_argument("folder", type=pathlib.Path); p.add_argument("table")
p.add_argument("--case", default="name"); p.add_argument("--patient", default="grp")
a = p.parse_args()


def stem(path): return pathlib.Path(path).name.removesuffix(".nii.gz")


patient = {stem(row[a.case]): row[a.patient] for row in csv.DictReader(open(a.table), delimiter="\t")}
fold, dice = {}, {}
for summary in sorted(a.folder.glob("fold_*/validation/summary.json")):
    for case in json.loads(summary.read_text())["metric_per_case"]:
        name = stem(case["prediction_file"])
        if name in fold: raise SystemExit(f"{name} was validated twice: {summary}")
        fold[name] = summary.parts[-3]
        dice[name] = {label: metrics["Dice"] for label, metrics in case["metrics"].items()}
missing = [name for name in fold if name not in patient]
if missing or not fold: raise SystemExit(f"{len(fold)} validated cases below {a.folder}, of which {len(missing)} are not in {a.table}")
of = collections.defaultdict(set)
for name in fold: of[patient[name]].add(fold[name])
unseen = [name for name in fold if of[patient[name]] == {fold[name]}]
seen = [name for name in fold if name not in set(unseen)]
labels = sorted(next(iter(dice.values())), key=int)
print("| validation cases | " + " | ".join(["number"] + [f"label {label}" for label in labels]) + " |")
print("|---|" + "---|" * (len(labels) + 1))
for title, names in (("all", list(fold)), ("the patient never seen", unseen), ("another image of the patient seen", seen)):
    means = [f"{100 * sum(dice[name][label] for name in names) / max(1, len(names)):.2f}" for label in labels]
    print(f"| {title} | {len(names)} | " + " | ".join(means) + " |")
