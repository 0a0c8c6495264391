// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Floors.h"

#include "audit/FloorFigures.h"
#include "base/Error.h"
#include "dataset/ParallelFor.h"

#include <opencv2/ml.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace diascope::audit {

namespace {

using Features = std::span<const FloorFeatures>;

/// Everything that the methods share.
struct Task {
    Features features;
    std::span<const int> labels;
    int classes = 2;
    const std::vector<FloorSplit>& splits;
    std::vector<std::size_t> first{}; ///< Row of each split's first held-out sample in the pooled table.
};

[[noreturn]] void refuse(const std::string& why)
{
    throw base::Error(base::ErrorCode::Usage, "floors", why);
}

double squaredDistance(const std::vector<float>& a, const std::vector<float>& b)
{
    float sum = 0.0F;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

Floor emptyFloor(const Task& task, const char* name, const char* method)
{
    Floor floor;
    floor.name = name;
    floor.method = method;
    for (const FloorSplit& split : task.splits) {
        for (const std::size_t row : split.heldOut) {
            floor.rows.push_back(row);
            floor.labels.push_back(task.labels[row]);
        }
    }
    floor.predicted.assign(floor.rows.size(), 0);
    floor.scores = Matrix(floor.rows.size(), static_cast<std::size_t>(task.classes));
    return floor;
}

int argmaxOf(std::span<const double> scores)
{
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

Floor majority(const Task& task)
{
    Floor floor = emptyFloor(task, "majority", "Always the most frequent class of the training part.");
    for (std::size_t s = 0; s < task.splits.size(); ++s) {
        std::vector<double> shares(static_cast<std::size_t>(task.classes), 0.0);
        for (const std::size_t row : task.splits[s].training) {
            shares[static_cast<std::size_t>(task.labels[row])]
                += 1.0 / static_cast<double>(task.splits[s].training.size());
        }
        for (std::size_t k = 0; k < task.splits[s].heldOut.size(); ++k) {
            const std::size_t at = task.first[s] + k;
            std::copy(shares.begin(), shares.end(), floor.scores.row(at).begin());
            floor.predicted[at] = argmaxOf(shares);
        }
    }
    return floor;
}

void nearestOf(const Task& task, const FloorSplit& split, std::size_t row, std::span<double> scores)
{
    constexpr double kSame = 1e-6; // of a distance; pictures that are equal
    std::vector<double> nearest(scores.size(), std::numeric_limits<double>::infinity());
    for (const std::size_t other : split.training) {
        double& best = nearest[static_cast<std::size_t>(task.labels[other])];
        best = std::min(best, squaredDistance(task.features[row].pixels, task.features[other].pixels));
    }
    double sum = 0.0;
    for (std::size_t c = 0; c < scores.size(); ++c) {
        scores[c] = 1.0 / (std::sqrt(nearest[c]) + kSame);
        sum += scores[c];
    }
    for (double& score : scores) {
        score /= sum;
    }
}

Floor nearestNeighbour(
    const Task& task, const FloorConfig& config, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    Floor floor = emptyFloor(
        task, "nearest-neighbour", "The class of the nearest training picture at 32 x 32 pixels (Euclidean distance).");
    std::vector<std::size_t> splitOf;
    for (std::size_t s = 0; s < task.splits.size(); ++s) {
        splitOf.insert(splitOf.end(), task.splits[s].heldOut.size(), s);
    }
    const auto one = [&](std::size_t at) {
        nearestOf(task, task.splits[splitOf[at]], floor.rows[at], floor.scores.row(at));
        floor.predicted[at] = argmaxOf(floor.scores.row(at));
    };
    dataset::parallelFor({"Nearest neighbours", floor.rows.size(), config.threads}, one, progress, stop);
    return floor;
}

cv::Mat hogRows(const Task& task, const std::vector<std::size_t>& rows)
{
    const auto width = static_cast<int>(task.features.front().hog.size());
    cv::Mat matrix(static_cast<int>(rows.size()), width, CV_32F);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::ranges::copy(task.features[rows[i]].hog, matrix.ptr<float>(static_cast<int>(i)));
    }
    return matrix;
}

/// Scores of one class against the rest for a split's held-out samples. Lowest for all when the training part has only
/// one side.
void trainOneClass(const Task& task, std::size_t splitIndex, int label, double c, Matrix& scores)
{
    const FloorSplit& split = task.splits[splitIndex];
    cv::Mat sides(static_cast<int>(split.training.size()), 1, CV_32S);
    int members = 0;
    for (std::size_t i = 0; i < split.training.size(); ++i) {
        const bool isMember = task.labels[split.training[i]] == label;
        sides.at<int>(static_cast<int>(i)) = isMember ? 1 : 0;
        members += isMember ? 1 : 0;
    }
    const bool oneSided = members == 0 || members == static_cast<int>(split.training.size());
    cv::Mat raw;
    if (!oneSided) {
        const cv::Ptr<cv::ml::SVM> svm = cv::ml::SVM::create();
        svm->setType(cv::ml::SVM::C_SVC);
        svm->setKernel(cv::ml::SVM::LINEAR);
        svm->setC(c);
        svm->setTermCriteria({cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, 10000, 1e-4});
        svm->train(hogRows(task, split.training), cv::ml::ROW_SAMPLE, sides);
        svm->predict(hogRows(task, split.heldOut), raw, cv::ml::StatModel::RAW_OUTPUT);
    }
    for (std::size_t k = 0; k < split.heldOut.size(); ++k) {
        // OpenCV's decision value is positive for the first class, 0: the rest.
        scores.at(task.first[splitIndex] + k, static_cast<std::size_t>(label))
            = oneSided ? (members == 0 ? -1e6 : 1e6) : -static_cast<double>(raw.at<float>(static_cast<int>(k)));
    }
}

Floor hogSvm(
    const Task& task, const FloorConfig& config, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    Floor floor = emptyFloor(task, "hog-svm",
        "Linear support vector machines, each class against the rest, on histograms of oriented gradients of 64 x 64 "
        "pixels.");
    const auto classes = static_cast<std::size_t>(task.classes);
    const bool binary = task.classes == 2; // one plane serves both classes
    const auto one = [&](std::size_t job) {
        const std::size_t split = binary ? job : job / classes;
        trainOneClass(task, split, binary ? 1 : static_cast<int>(job % classes), config.svmC, floor.scores);
    };
    dataset::parallelFor(
        {"Support vector machines", task.splits.size() * (binary ? 1 : classes), config.threads}, one, progress, stop);
    for (std::size_t at = 0; at < floor.rows.size(); ++at) {
        if (binary) {
            floor.scores.at(at, 0) = -floor.scores.at(at, 1);
        }
        floor.predicted[at] = argmaxOf(floor.scores.row(at));
    }
    return floor;
}

void requireRows(std::span<const int> labels, int classes, const std::vector<FloorSplit>& splits)
{
    if (classes < 2) {
        refuse("want two classes at least");
    }
    if (std::any_of(labels.begin(), labels.end(), [&](int label) { return label < 0 || label >= classes; })) {
        refuse("a label is not one of the classes");
    }
    std::size_t heldOut = 0;
    const auto inside = [&](std::size_t row) { return row < labels.size(); };
    for (const FloorSplit& split : splits) {
        heldOut += split.heldOut.size();
        if (split.training.empty() || !std::all_of(split.training.begin(), split.training.end(), inside)
            || !std::all_of(split.heldOut.begin(), split.heldOut.end(), inside)) {
            refuse("a split has no training part, or names a picture that is not there");
        }
    }
    if (heldOut == 0) {
        refuse("no sample is held out");
    }
}

void requireFeatures(const Task& task, const FloorConfig& config)
{
    if (task.features.size() != task.labels.size() || !(config.svmC > 0.0)) {
        refuse("want one label for each picture, and C above 0");
    }
    for (const FloorSplit& split : task.splits) {
        const auto described = [&](std::size_t row) {
            return task.features[row].pixels.size() == task.features.front().pixels.size()
                && !task.features[row].hog.empty();
        };
        if (!std::all_of(split.training.begin(), split.training.end(), described)
            || !std::all_of(split.heldOut.begin(), split.heldOut.end(), described)) {
            refuse("a picture is not described");
        }
    }
}

Task taskOf(Features features, std::span<const int> labels, int classes, const std::vector<FloorSplit>& splits)
{
    requireRows(labels, classes, splits);
    Task task{features, labels, classes, splits};
    std::size_t total = 0;
    for (const FloorSplit& split : splits) {
        task.first.push_back(total);
        total += split.heldOut.size();
    }
    return task;
}

} // namespace

Floor majorityFloor(std::span<const int> labels, int classes, const std::vector<FloorSplit>& splits)
{
    Floor floor = majority(taskOf({}, labels, classes, splits));
    addFigures(floor);
    return floor;
}

std::vector<Floor> computeFloors(std::span<const FloorFeatures> features, std::span<const int> labels, int classes,
    const std::vector<FloorSplit>& splits, const FloorConfig& config, const dataset::ProgressFunction& progress,
    const std::stop_token& stop)
{
    const Task task = taskOf(features, labels, classes, splits);
    requireFeatures(task, config);
    std::vector<Floor> floors;
    floors.push_back(majority(task));
    floors.push_back(nearestNeighbour(task, config, progress, stop));
    floors.push_back(hogSvm(task, config, progress, stop));
    for (Floor& floor : floors) {
        addFigures(floor);
    }
    return floors;
}

} // namespace diascope::audit
