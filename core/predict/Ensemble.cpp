// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Ensemble.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

namespace diascope::predict {

using base::Error;
using base::ErrorCode;

namespace {

constexpr double kSumTolerance = 1e-6; // float32 softmax over thousands of classes stays below it

void checkSizes(const MemberProbabilities& members)
{
    const bool some = members.members > 0 && members.samples > 0 && members.classes > 1;
    if (!some || members.values.size() != members.members * members.samples * members.classes) {
        throw Error(ErrorCode::Mismatch, "ensemble",
            std::to_string(members.values.size()) + " values are not " + std::to_string(members.members) + " members x "
                + std::to_string(members.samples) + " samples x " + std::to_string(members.classes) + " classes");
    }
}

void checkRow(std::span<const double> row, std::size_t member, std::size_t sample)
{
    double sum = 0.0;
    bool legal = true;
    for (const double value : row) {
        legal = legal && std::isfinite(value) && value >= 0.0 && value <= 1.0 + kSumTolerance;
        sum += value;
    }
    if (!legal || std::abs(sum - 1.0) > kSumTolerance) {
        throw Error(ErrorCode::Mismatch, "ensemble",
            "the values of member " + std::to_string(member) + " for sample " + std::to_string(sample)
                + " are no probabilities",
            "Give probabilities, not logits or scores.");
    }
}

int topClass(std::span<const double> row)
{
    return static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
}

} // namespace

EnsembleAnswer averageProbabilities(const MemberProbabilities& members)
{
    checkSizes(members);
    const std::size_t cells = members.samples * members.classes;
    const auto count = static_cast<double>(members.members);
    EnsembleAnswer answer{std::vector<double>(cells), std::vector<double>(cells), {}, {}};
    for (std::size_t sample = 0; sample < members.samples; ++sample) {
        const std::span<double> mean = std::span(answer.mean).subspan(sample * members.classes, members.classes);
        for (std::size_t member = 0; member < members.members; ++member) {
            const auto row = members.row(member, sample);
            checkRow(row, member, sample);
            std::transform(row.begin(), row.end(), mean.begin(), mean.begin(), std::plus<>());
        }
        for (std::size_t c = 0; c < members.classes; ++c) {
            mean[c] /= count;
            double squares = 0.0;
            for (std::size_t member = 0; member < members.members; ++member) {
                squares += std::pow(members.row(member, sample)[c] - mean[c], 2);
            }
            answer.spread[sample * members.classes + c]
                = members.members > 1 ? std::sqrt(squares / (count - 1.0)) : 0.0;
        }
        answer.top.push_back(topClass(mean));
        int agreeing = 0;
        for (std::size_t member = 0; member < members.members; ++member) {
            agreeing += topClass(members.row(member, sample)) == answer.top.back() ? 1 : 0;
        }
        answer.agreeing.push_back(agreeing);
    }
    return answer;
}

std::vector<std::vector<double>> memberTable(const MemberProbabilities& members, std::size_t sample)
{
    checkSizes(members);
    if (sample >= members.samples) {
        throw Error(ErrorCode::Mismatch, "ensemble",
            "there is no sample " + std::to_string(sample) + " among " + std::to_string(members.samples));
    }
    std::vector<std::vector<double>> table;
    for (std::size_t member = 0; member < members.members; ++member) {
        const auto row = members.row(member, sample);
        checkRow(row, member, sample);
        table.emplace_back(row.begin(), row.end());
    }
    return table;
}

} // namespace diascope::predict
