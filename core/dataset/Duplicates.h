// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"
#include "dataset/Fingerprint.h"
#include "dataset/PixelStore.h"

#include <span>

namespace diascope::dataset {

struct DuplicateConfig {
    bool near = true;             ///< Also pictures that merely look the same; off: equal pixels only.
    int maxHashDistance = 12;     ///< Bits of 64, 0..64, up to which two pictures are compared closely.
    double maxDifference = 0.073;  ///< lookDifference() up to which they count as the same picture, above 0.
    int threads = 0;              ///< 0 = all cores.
};

enum class Likeness { Exact, Near, Mirrored };
[[nodiscard]] std::string_view name(Likeness likeness); ///< "the same pixels", "looks the same", "looks the same in the
                                                        ///< mirror".

struct DuplicatePair {
    std::size_t first = 0, second = 0; ///< Samples, first < second.
    Likeness likeness = Likeness::Exact;
    double difference = 0.0;           ///< lookDifference(); 0 for equal pixels.
};

struct Duplicates {
    std::vector<DuplicatePair> pairs;    ///< By first, then second. Of n equal pictures n-1 pairs with the first of
                                         ///< them, not all n(n-1)/2.
    std::vector<int> sets;               ///< As Dataset::duplicateSets.
    std::vector<base::Problem> problems; ///< Pictures that could not be read; sets whose samples carry different
                                         ///< labels.
    std::string receipt;                 ///< "32 pictures occur more than once (…)": one sentence.
};

/// Reads every sample's frame through `pool` and takes its fingerprint; samples that cannot be read have an empty
/// `exact`.
[[nodiscard]] std::vector<Fingerprint> takeFingerprints(const Dataset& dataset, decode::DecoderPool& pool,
    int threads = 0,
                                                        const ProgressFunction& progress = {},
                                                            std::stop_token stop = {});
/// The same of what a store holds of 8-bit pictures, in memory or streamed, one for each sample of `dataset`, without
/// decoding again. "Exact" then means equal after preprocessing. Throws Error{Stopped|Unreadable|Malformed}.
[[nodiscard]] std::vector<Fingerprint> takeFingerprints(const Dataset& dataset, const PixelStore& store,
    int threads = 0, const ProgressFunction& progress = {}, std::stop_token stop = {});

/// Compares all with all: equal pixels by hash; likeness by perceptual hash, then confirmed on 48 x 48 pixels, so that
/// neighbouring slices stay two pictures.
/// `fingerprints` has one entry a sample. Throws Error{Stopped|Usage}.
[[nodiscard]] Duplicates findDuplicates(const Dataset& dataset, std::span<const Fingerprint> fingerprints,
    const DuplicateConfig& config = {},
                                        const ProgressFunction& progress = {}, std::stop_token stop = {});

/// Makes samples that show the same picture, and everything in their groups, one group (named after the first of them
/// by name), and notes the sets in the data set, so that no split divides them and every receipt counts them. Returns
/// how many groups became part of another.
int joinDuplicates(Dataset& dataset, const Duplicates& duplicates);

/// The samples of part `of` whose picture also stands in another part: the leak, by name. `dataset` knows its
/// duplicates.
[[nodiscard]] std::vector<std::size_t> leakedSamples(const Dataset& dataset, const std::vector<Role>& roles, Role of);

} // namespace diascope::dataset
