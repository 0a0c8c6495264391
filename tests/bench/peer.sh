#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For `diascope-cli bench train-renalnet … --peer tests/bench/peer.sh`: the same training in Python. PEER_PYTHON is an interpreter with PyTorch,
# timm and albumentations, PEER_FOLDER holds peer_train.py and peer_cv.py, PEER_OPTIONS are added to every call, THREADS defaults to 2.
# `store` needs PyTorch and OpenCV only, `metrics` and `audit` scikit-learn and scipy.
set -e
name=$1 source=$2 folder=$3
threads=${THREADS:-2}
case $name in
train-renalnet) line=$("$PEER_PYTHON" "$PEER_FOLDER/peer_train.py" --recipe renalnet --data "$source" --epochs 3 --threads "$threads" --workers "$threads" $PEER_OPTIONS) ;;
train-renalnet-frozen) line=$("$PEER_PYTHON" "$PEER_FOLDER/peer_train.py" --recipe renalnet --freeze --data "$source" --epochs 3 --threads "$threads" --workers "$threads" $PEER_OPTIONS) ;;
train-resnet50) line=$("$PEER_PYTHON" "$PEER_FOLDER/peer_train.py" --recipe resnet50 --data "$source" --epochs 1 --threads "$threads" --workers "$threads" $PEER_OPTIONS) ;;
train-senet) line=$("$PEER_PYTHON" "$PEER_FOLDER/peer_train.py" --recipe senet --data "$source" --epochs 1 --threads "$threads" --workers "$threads" $PEER_OPTIONS) ;;
cv-renalnet) line=$("$PEER_PYTHON" "$PEER_FOLDER/peer_cv.py" --recipe renalnet --data "$folder" --folds "$source" --epochs 2 --threads "$threads" --workers "$threads") ;;
store) line=$("$PEER_PYTHON" "$(dirname "$0")/peer_decode.py" "$source" "$threads") ;;
store-pillow) line=$("$PEER_PYTHON" "$(dirname "$0")/peer_decode.py" "$source" "$threads" pillow) ;;
metrics) line=$("$PEER_PYTHON" "$(dirname "$0")/peer_metrics.py" "$source" "$folder") ;;
audit-tsne) line=$("$PEER_PYTHON" "$(dirname "$0")/peer_tsne.py" "$source" 50 "$threads") ;;
*) echo "unknown: $name" >&2; exit 2 ;;
esac
printf '%s\n' "$line" | tail -n 1 | sed -e 's/"train_images_per_s_end_to_end"/"imagesPerSecond"/' -e 's/"startup_s"/"startSeconds"/' \
    -e 's/"peak_rss_mb_main"/"peakMiB"/' -e 's/"wall_s"/"seconds"/'
