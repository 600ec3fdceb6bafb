#!/usr/bin/env bash
# How this rule's model was made, from the 200 cases to the model folder, with its cross-validation.
#
#   Rules/hippocampus/train.sh DATASET RESULTS [nnunet | patient]
#
# DATASET is Task04 of the Medical Segmentation Decathlon as an nnU-Net v2 data set, with `cases.tsv` beside dataset.json for `patient`.
# RESULTS keeps plans, networks and logs; run again, it goes on where it was stopped. `nnunet` (the default) is nnU-Net's split by
# case, which the model is made with; `patient` keeps the two sides of one person in one fold. VIGIL is the program, if not the build's;
# EPOCHS of 250 iterations, 12 if not said. About 20 minutes a fold of 3d_fullres, 13 of 2d, on one core.
set -euo pipefail
data=$1
results=$2
split=${3:-nnunet}
vigil=${VIGIL:-$(dirname "$0")/../../.build/release/vigil}
groups=()
case $split in
  nnunet) ;;
  patient) groups=(--groups "$data/cases.tsv") ;;
  *) echo "the split is nnunet or patient, not $split" >&2; exit 64 ;;
esac

mkdir -p "$results"
[ -f "$results/plans.json" ] ||
  "$vigil" plan "$data" --results "$results" --features 16 --batch-size 3d_fullres=4 --batch-size 2d=48
for configuration in 3d_fullres 2d; do
  for fold in 0 1 2 3 4; do
    [ -f "$results/VigilTrainer__nnUNetPlans__$configuration/fold_$fold/validation/summary.json" ] ||
      "$vigil" train "$data" --results "$results" --configuration "$configuration" --fold "$fold" \
        --epochs "${EPOCHS:-12}" "${groups[@]}" --resume
  done
done
"$vigil" select "$data" --results "$results" --model "$results/model"
"$vigil" model calibrate "$results/model" "$data"
