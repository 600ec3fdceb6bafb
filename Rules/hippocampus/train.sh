#!/usr/bin/env bash
# How this rule's model was made, from the 200 cases to the model folder, with its cross-validation.
#
#   Rules/hippocampus/train.sh DATASET RESULTS [nnunet | patient]
#
# DATASET is Task04 of the Medical Segmentation Decathlon as an nnU-Net v2 data set, with `cases.tsv` beside dataset.json for `patient`.
# RESULTS keeps plans, networks and logs; run again, it goes on where it was stopped. `nnunet` (the default) is nnU-Net's split by
# case, which the model is made with; `patient` keeps the two sides of one person in one fold. VIGIL is the program, if not the build's.
# FOLDS ("0 1 2 3 4"), CONFIGURATIONS ("3d_fullres 2d"), FIRST and SECOND (12 and 8 epochs of 3d_fullres) make a part or less of it; the
# model is made when FOLDS is left as it is.
#
# A fold of 3d_fullres is trained twice: 12 epochs of 250 iterations with the recipe's whole augmentation (in RESULTS/first), then, from
# those weights on, 8 with mirroring alone, of which a training so short makes better use. About 50 minutes a fold of 3d_fullres, 13 of 2d,
# on one core.
set -euo pipefail
data=$1
results=$2
split=${3:-nnunet}
folds=${FOLDS:-0 1 2 3 4}
configurations=${CONFIGURATIONS:-3d_fullres 2d}
vigil=${VIGIL:-$(dirname "$0")/../../.build/release/vigil}
groups=()
case $split in
  nnunet) ;;
  patient) groups=(--groups "$data/cases.tsv") ;;
  *) echo "the split is nnunet or patient, not $split" >&2; exit 64 ;;
esac

mkdir -p "$results"
for place in "$results/first" "$results"; do
  [ -f "$place/plans.json" ] ||
    "$vigil" plan "$data" --results "$place" --features 16 --batch-size 3d_fullres=4 --batch-size 2d=48
done

# train PLACE CONFIGURATION FOLD OPTIONS...: unless it is done.
train() {
  local place=$1 configuration=$2 fold=$3
  shift 3
  [ -f "$place/VigilTrainer__nnUNetPlans__$configuration/fold_$fold/validation/summary.json" ] ||
    "$vigil" train "$data" --results "$place" --configuration "$configuration" --fold "$fold" "${groups[@]}" --resume "$@"
}

for fold in $folds; do
  for configuration in $configurations; do
    case $configuration in
      3d_fullres)
        train "$results/first" 3d_fullres "$fold" --epochs "${FIRST:-12}" --no-probabilities
        train "$results" 3d_fullres "$fold" --epochs "${SECOND:-8}" --augmentation mirroring --half-precision \
          --pretrained-weights "$results/first/VigilTrainer__nnUNetPlans__3d_fullres/fold_$fold/checkpoint_final.safetensors"
        ;;
      2d) train "$results" 2d "$fold" --epochs 12 ;;
      *) echo "the configuration is 3d_fullres or 2d, not $configuration" >&2; exit 64 ;;
    esac
  done
done
[ "$folds" = "0 1 2 3 4" ] || exit 0
"$vigil" select "$data" --results "$results" --model "$results/model"
"$vigil" model calibrate "$results/model" "$data"
