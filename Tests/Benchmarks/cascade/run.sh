#!/bin/bash
# A cascade from its data to its rule: makes a phantom that needs one, plans, trains both stages and the full resolution alone, five
# folds each, selects, runs the selected model by `vigil predict` and by a rule of the agent, and compares.
#
#   Tests/Benchmarks/cascade/run.sh WORK_FOLDER [path of vigil] [epochs]
#
# Prints the cross-validation table and ends with status 0 when rule and predict agree voxel by voxel.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1
vigil=$(realpath "${2:-.build/release/vigil}")
epochs=${3:-10}
mkdir -p "$work"
cd "$work"

[ -f data/dataset.json ] || python3 "$here/make_phantom.py" data 20
# 0.013 GB: a patch that covers less than an eighth of a scan, so that a low resolution and a cascade are planned.
[ -f results/plans.json ] || {
  "$vigil" plan data --results results --memory 0.013 --features 8
  # As a person would edit it: a low resolution that sees a scan whole.
  sed -i -E '/"3d_lowres": \{/,/"median_image/{/"patch_size"/,/\]/{s/8/12/;s/2[04]/36/}}' results/plans.json
}
"$vigil" train data --results results --configuration 3d_cascade_fullres --fold 0 2>&1 | tail -7 || true
for configuration in 3d_lowres 3d_cascade_fullres 3d_fullres; do
  for fold in 0 1 2 3 4; do
    final=results/VigilTrainer__nnUNetPlans__$configuration/fold_$fold/validation/summary.json
    [ -f "$final" ] || "$vigil" train data --results results --configuration "$configuration" --fold "$fold" \
      --epochs "$epochs" --iterations 60 --no-probabilities --resume
  done
done
rm -rf model rules inbox output
"$vigil" select data --results results --no-ensembles --model model
# The rule runs both stages, also where select found something better after so short a training.
model=$PWD/model
[ -d model/previous_stage ] || model=$PWD/results/VigilTrainer__nnUNetPlans__3d_cascade_fullres
mkdir -p rules/tubes
printf 'description: tubes\nmodel: %s\nmatch: {SeriesDescription: /tubes/}\noutputs: [nifti]\n' "$model" > rules/tubes/rule.yaml
"$vigil" rules check rules
for image in data/imagesTs/*_0000.nii.gz; do
  name=$(basename "$image" _0000.nii.gz)
  "$vigil" sample "$image" "inbox/$name" --description "tubes $name"
done
"$vigil" watch --inbox inbox --rules rules --output output --settle 1s --until-idle
compared=0
for found in $(find output -name segmentation.nii.gz | sort); do
  "$vigil" predict --model "$model" --input "$(dirname "$found")/image.nii.gz" --output alone.nii.gz
  cmp <(gzip -dc "$found" | tail -c +353) <(gzip -dc alone.nii.gz | tail -c +353)
  echo "$found: the rule says what vigil predict says"
  compared=$((compared + 1))
done
[ "$compared" = 2 ]
