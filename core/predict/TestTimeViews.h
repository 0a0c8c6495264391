// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::predict {

/// One operation of a view.
struct ViewStep {
    std::string name;    ///< One of viewNames().
    double amount = 0.0; ///< Pixels of a shift, factor of a scale; 0 where there is none.
    bool operator==(const ViewStep&) const = default;
};

/// One way of looking at the network's input again: test-time augmentation without chance. The same name always gives
/// the same pixels, and a view's name says all that is done.
struct TestTimeView {
    std::string name;            ///< "hflip", "shift-left:8", "hflip+scale:1.1".
    std::vector<ViewStep> steps; ///< In order; empty for "identity".
    bool operator==(const TestTimeView&) const = default;
};

/// identity, hflip, vflip, rot90, rot180, rot270 (counter-clockwise; 90 and 270 need a square input), shift-left,
/// shift-right, shift-up, shift-down (:pixels, a whole number from 1 on and less than the side), scale (:factor, 0.5 to
/// 2).
[[nodiscard]] std::vector<std::string> viewNames();

/// A list as the command line and the plan name it: views with commas between them, operations of one view joined by
/// "+", in the order in which they are done: "identity,hflip,hflip+scale:1.1". 1 to 64 views, none of them twice (it
/// would count double). Throws Error{Usage} with the nearest known name.
[[nodiscard]] std::vector<TestTimeView> parseViews(std::string_view list);

/// The first `count` (1 to 11) of: identity, hflip, 8 pixels left, right, up, down, scale 1.1, 0.9, vflip, rot180,
/// hflip at scale 1.1. Eleven is RenalNet's tta_steps: its program runs eleven identical passes, these are eleven
/// different ones. Only what its training augmentation may show is among them: no quarter turns. Throws Error{Usage}.
[[nodiscard]] std::vector<TestTimeView> standardViews(int count);

/// "identity,hflip,shift-left:8": parseViews() reads it back.
[[nodiscard]] std::string describeViews(std::span<const TestTimeView> views);

/// `input` N,C,H,W, floating point, as it goes into the network -> the same shape, type and device. What a shift or a
/// smaller scale uncovers is filled with the nearest edge pixel, since after normalisation no number means "nothing".
/// Scaling is about the middle, bilinear between pixel centres; all other operations only move pixels. Throws
/// Error{Usage} when the view does not fit the size.
[[nodiscard]] at::Tensor applyView(const at::Tensor& input, const TestTimeView& view);

/// All views of all pictures, V*N,C,H,W: first every picture in the first view, then every picture in the second. Their
/// probabilities (not their logits) are averaged: averageProbabilities() of predict/Ensemble.h with the views as
/// members.
[[nodiscard]] at::Tensor applyViews(const at::Tensor& input, std::span<const TestTimeView> views);

} // namespace diascope::predict
