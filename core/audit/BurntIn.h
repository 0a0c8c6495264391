// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <string>
#include <vector>

namespace diascope::audit {

/// A rectangle of a picture, in pixels.
struct Box {
    int x = 0, y = 0, width = 0, height = 0;
};

/// What looks burnt into a picture: writing, and the marks of a measurement.
struct BurntIn {
    int characters = 0;         ///< In lines of text.
    int calipers = 0;           ///< Crosses of a distance measurement: two of one size at least, else none.
    std::vector<Box> textLines; ///< One a line.
    std::vector<Box> marks;     ///< One a cross.
    [[nodiscard]] bool suspected() const { return characters > 0 || calipers > 0; }
    /// "3 lines of text (24 characters) and 2 caliper marks"; empty when nothing is suspected.
    [[nodiscard]] std::string text() const;
};

/// A suspicion, not a reading: no character is recognised. Own method:
/// 1. Overlays are drawn: thin strokes far brighter than what lies beside them. The white top-hat (picture less its
/// opening
///    with a square a little wider than a stroke) above kContrast, of pixels above kBright, are the candidates.
/// 2. Connected candidates of a character's size and shape are glyphs: 6..48 pixels high (never above an eighth of the
///    picture), not wider than 1.6 heights, neither full nor empty, of even brightness along the stroke.
/// 3. A line of text is kLeastGlyphs glyphs or more of like height on one base line with narrow gaps.
/// 4. A caliper mark is a piece, 7..41 pixels square, whose two middle lines are drawn and whose four corners are not;
/// it
///    counts when another of the same size (a fifth more or less) is there.
/// Bone edges and gas make strokes too. Measured, every alarm looked at: 3 false ones on 440 CT slices, 4 on 560 brain
/// MR (2 right ones: a watermark), 0 on 457 lung ultrasound frames, none of calipers; a line of 11 characters planted
/// on CT is found on nearly all (tests/audit/BurntInTest.cpp). A single letter or number is no line: it is not found.
[[nodiscard]] BurntIn findBurntIn(const image::Image& image);

} // namespace diascope::audit
