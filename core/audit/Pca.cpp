// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Pca.h"

#include "audit/Blocks.h"
#include "base/Error.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace diascope::audit {

namespace {

constexpr double kSmallestShare = 1e-13; ///< Of the largest variance; below it is rounding.

Matrix centred(const Matrix& data, std::vector<double>& mean)
{
    mean.assign(data.columns, 0.0);
    for (std::size_t i = 0; i < data.rows; ++i) {
        for (std::size_t j = 0; j < data.columns; ++j) {
            mean[j] += data.at(i, j);
        }
    }
    for (double& value : mean) {
        value /= static_cast<double>(data.rows);
    }
    Matrix result = data;
    for (std::size_t i = 0; i < data.rows; ++i) {
        for (std::size_t j = 0; j < data.columns; ++j) {
            result.at(i, j) -= mean[j];
        }
    }
    return result;
}

/// Sum over the rows of x_a x_b: columns x columns.
Matrix scatter(const Matrix& x, int threads, const std::stop_token& stop)
{
    Matrix result(x.columns, x.columns);
    forBlocks(
        {x.columns, 16, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t n = 0; n < x.rows; ++n) {
                const double* row = x.values.data() + n * x.columns;
                for (std::size_t a = begin; a < end; ++a) {
                    double* out = result.values.data() + a * x.columns;
                    const double factor = row[a];
                    for (std::size_t b = 0; b < x.columns; ++b) {
                        out[b] += factor * row[b];
                    }
                }
            }
        },
        stop);
    return result;
}

/// Inner products of the rows: rows x rows. For few samples of many columns.
Matrix gram(const Matrix& x, int threads, const std::stop_token& stop)
{
    Matrix result(x.rows, x.rows);
    forBlocks(
        {x.rows, 8, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                for (std::size_t j = 0; j < x.rows; ++j) {
                    result.at(i, j) = std::inner_product(x.row(i).begin(), x.row(i).end(), x.row(j).begin(), 0.0);
                }
            }
        },
        stop);
    return result;
}

struct Eigen {
    std::vector<double> values; ///< Falling.
    Matrix vectors;             ///< Rows.
};

Eigen eigenOf(Matrix& symmetric)
{
    const int n = static_cast<int>(symmetric.rows);
    const cv::Mat matrix(n, n, CV_64F, symmetric.values.data());
    cv::Mat values, vectors;
    cv::eigen(matrix, values, vectors);
    Eigen result;
    result.vectors = Matrix(symmetric.rows, symmetric.rows);
    for (int i = 0; i < n; ++i) {
        result.values.push_back(std::max(0.0, values.at<double>(i)));
        std::copy_n(vectors.ptr<double>(i), n, result.vectors.row(static_cast<std::size_t>(i)).begin());
    }
    return result;
}

void turnPositive(std::span<double> component)
{
    const auto largest = std::max_element(
        component.begin(), component.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (largest != component.end() && *largest < 0.0) {
        for (double& value : component) {
            value = -value;
        }
    }
}

/// The component that belongs to an eigenvector of the Gram matrix: X^T u / s.
void liftComponent(const Matrix& x, std::span<const double> u, double singular, std::span<double> component)
{
    std::fill(component.begin(), component.end(), 0.0);
    for (std::size_t i = 0; i < x.rows; ++i) {
        for (std::size_t j = 0; j < x.columns; ++j) {
            component[j] += x.at(i, j) * u[i] / singular;
        }
    }
}

void project(const Matrix& x, Pca& pca, int threads, const std::stop_token& stop)
{
    const std::size_t k = pca.components.rows;
    pca.projected = Matrix(x.rows, k);
    forBlocks(
        {x.rows, 64, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                for (std::size_t c = 0; c < k; ++c) {
                    pca.projected.at(i, c)
                        = std::inner_product(x.row(i).begin(), x.row(i).end(), pca.components.row(c).begin(), 0.0);
                }
            }
        },
        stop);
}

} // namespace

Pca principalComponents(const Matrix& data, std::size_t count, int threads, const std::stop_token& stop)
{
    requireFinite(data, "principal components");
    if (data.rows < 2 || data.columns < 1) {
        throw base::Error(base::ErrorCode::Usage, "principal components", "want two rows and one column at least");
    }
    Pca pca;
    const Matrix x = centred(data, pca.mean);
    const bool few = data.rows < data.columns;
    Matrix products = few ? gram(x, threads, stop) : scatter(x, threads, stop);
    const Eigen eigen = eigenOf(products);
    const double total = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0);
    std::size_t kept = 0;
    while (kept < std::min(count, eigen.values.size()) && eigen.values[kept] > kSmallestShare * eigen.values.front()) {
        ++kept;
    }
    pca.components = Matrix(kept, data.columns);
    for (std::size_t c = 0; c < kept; ++c) {
        const double singular = std::sqrt(eigen.values[c]);
        if (few) {
            liftComponent(x, eigen.vectors.row(c), singular, pca.components.row(c));
        } else {
            std::copy_n(eigen.vectors.row(c).begin(), data.columns, pca.components.row(c).begin());
        }
        turnPositive(pca.components.row(c));
        pca.singularValues.push_back(singular);
        pca.explainedVariance.push_back(eigen.values[c] / static_cast<double>(data.rows - 1));
        pca.explainedVarianceRatio.push_back(eigen.values[c] / total);
    }
    project(x, pca, threads, stop);
    return pca;
}

} // namespace diascope::audit
