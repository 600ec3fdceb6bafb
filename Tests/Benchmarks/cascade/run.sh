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
epochs=${3:-6}
mkdir -p "$work"
cd "$work"

[ -f data/dataset.json ] || python3 "$here/make_phantom.py" data 20
# 0.12 GB: a patch that covers less than an eighth of a scan, so that a low resolution and a cascade are planned.
[ -f results/plans.json ] || {
  "$vigil" plan data --results results --memory 0.12
  # As a person would edit it: few features, and a low resolution that sees a scan whole.
  sed -i -E \
    -e 's/^( {24})(320|256|128)(,?)$/\132\3/' -e 's/^( {24})64(,?)$/\116\2/' -e 's/^( {24})32(,?)$/\18\2/' results/plans.json
}
"$vigil" train data --results results --configuration 3d_cascade_fullres --fold 0 2>&1 | tail -7 || true
for configuration in 3d_lowres 3d_cascade_fullres 3d_fullres; do
  for fold in 0 1 2 3 4; do
    final=results/VigilTrainer__nnUNetPlans__$configuration/fold_$fold/validation/summary.json
    [ -f "$final" ] || "$vigil" train data --results results --configuration "$configuration" --fold "$fold" \
      --epochs "$epochs" --iterations 40 --no-probabilities --resume
  done
done
rm -rf model rules inbox output
"$vigil" select data --results results --no-ensembles --model model
mkdir -p rules/tubes
printf 'description: tubes\nmodel: %s\nmatch: {SeriesDescription: /tubes/}\norientation: LPS\noutputs: [nifti]\n' "$PWD/model" > rules/tubes/rule.yaml
"$vigil" rules check rules
status=0
for image in data/imagesTs/*_0000.nii.gz; do
  name=$(basename "$image" _0000.nii.gz)
  "$vigil" sample "$image" "inbox/$name" --description "tubes $name"
done
"$vigil" watch --inbox inbox --rules rules --output output --settle 1s --until-idle
find output -name segmentation.nii.gz | sort | while read -r found; do
  "$vigil" predict --model model --input "$(dirname "$found")/image.nii.gz" --output alone.nii.gz
  cmp <(gzip -dc "$found" | tail -c +353) <(gzip -dc alone.nii.gz | tail -c +353) && echo "$found: the rule says what vigil predict says"
done
