#!/usr/bin/env python3
"""Makes hippocampus_fingerprint.json and hippocampus_plans.json: nnU-Net's own extractor and planner on the shared data set.

usage: make_hippocampus_plans.py PATH/TO/shared/data/hippocampus OUT_FOLDER
Versions used for the committed files: nnunetv2 2.8.1, numpy 2.4.
"""
import json, os, shutil, sys, tempfile


def main():
    root = tempfile.mkdtemp()
    for key in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        os.environ[key] = os.path.join(root, key); os.makedirs(os.environ[key])
    os.symlink(os.path.abspath(sys.argv[1]), os.path.join(root, "nnUNet_raw", "Dataset004_Hippocampus"))
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner
    DatasetFingerprintExtractor(4, 1).run()
    ExperimentPlanner(4).plan_experiment()
    made = os.path.join(root, "nnUNet_preprocessed", "Dataset004_Hippocampus")
    for source, name in (("dataset_fingerprint.json", "hippocampus_fingerprint.json"), ("nnUNetPlans.json", "hippocampus_plans.json")):
        json.dump(json.load(open(f"{made}/{source}")), open(os.path.join(sys.argv[2], name), "w"))
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
