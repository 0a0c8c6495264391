// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/AtomicFile.h"
#include "base/Json.h"
#include "nn/Registry.h"
#include "support/SharedData.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <QtTest>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace diascope::tests {

/// A file of reference numbers; an empty object where the reference data is not there.
inline base::Json parityFile(const std::string& name)
{
    const auto path = sharedData("parity/" + name);
    return path.empty() ? base::Json::object() : base::parseJson(base::readFile(path), name);
}

#define REQUIRE_PARITY(json)                                                                                                    \
    if ((json).empty()) {                                                                                                       \
        QSKIP("The reference numbers (parity) are not there; set DIASCOPE_SHARED to the folder that holds them.");              \
    }

/// The spec of a network as the reference numbers call it.
inline nn::ModelSpec paritySpec(const std::string& name)
{
    const auto with = [](const std::string& architecture, const char* option, base::Json value, int outputs) {
        nn::ModelSpec spec = nn::defaultSpec(architecture);
        spec.options[option] = std::move(value);
        spec.outputs = outputs;
        return spec;
    };
    if (name == "resnet50_neuroflux_head") {
        return with("resnet50", "head", "neuroflux", 5);
    }
    if (name == "vgg16_flatten_dense4") {
        return with("vgg16", "head", "flatten-dense", 4);
    }
    if (name == "se_resnext50_32x4d_cadene") {
        return with("se_resnext50_32x4d", "layout", "cadene", 1000);
    }
    if (name == "seresnext50_32x4d_timm") {
        return with("se_resnext50_32x4d", "layout", "timm", 1000);
    }
    if (name.starts_with("neuroflux_cnn")) {
        return with("neuroflux_cnn", "conv_channels", std::stoi(name.substr(std::string("neuroflux_cnn").size())), 5);
    }
    return nn::defaultSpec(name);
}

/// Nested lists of numbers as a double tensor (of one row where the list is flat).
inline at::Tensor numbers(const base::Json& json)
{
    if (json.is_number()) {
        return at::scalar_tensor(json.get<double>(), at::kDouble);
    }
    std::vector<at::Tensor> parts;
    for (const auto& element : json) {
        parts.push_back(numbers(element));
    }
    return at::stack(parts);
}

/// Largest difference divided by the largest expected magnitude.
inline double relativeError(const at::Tensor& actual, const at::Tensor& expected)
{
    const at::Tensor a = actual.detach().to(at::kDouble), e = expected.detach().to(at::kDouble);
    if (a.sizes() != e.sizes()) {
        return std::numeric_limits<double>::infinity();
    }
    return (a - e).abs().max().item<double>() / std::max(e.abs().max().item<double>(), 1e-12);
}

/// QCOMPARE-like: fails with both figures.
#define COMPARE_WITHIN(actual, expected, tolerance)                                                                             \
    do {                                                                                                                        \
        const double error_ = diascope::tests::relativeError((actual), (expected));                                             \
        QVERIFY2(error_ <= (tolerance), qPrintable(QStringLiteral("relative error %1, tolerance %2").arg(error_).arg(tolerance))); \
    } while (false)

} // namespace diascope::tests
