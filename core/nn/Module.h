// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace diascope::nn {

/// A node of the tree of layers: named tensors and named children. It exists beside torch::nn::Module because it keeps the order of
/// Python's state dict (own parameters, own buffers, children), builds without drawing random numbers, and needs no torch header.
/// Tensors are made once and never replaced: moving and casting change what the handle points to.
class Module {
public:
    Module() = default;
    virtual ~Module() = default;
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    /// Adds a child of type T; the parent owns it.
    template <typename T = Module, typename... Arguments> T& add(std::string name, Arguments&&... arguments)
    {
        auto child = std::make_unique<T>(std::forward<Arguments>(arguments)...);
        T& reference = *child;
        m_children.emplace_back(std::move(name), std::move(child));
        return reference;
    }

    enum class Part { Parameters, Buffers, Both };
    /// All tensors below, names joined by dots, in state-dict order.
    [[nodiscard]] State collect(Part part) const;

    /// Any one parameter below; undefined when there is none. For type and device, which all of them share.
    [[nodiscard]] at::Tensor first() const;

    void train(bool on);
    [[nodiscard]] bool isTraining() const { return m_training; }

    /// Calls `visit` for each node of type T, in tree order.
    template <typename T, typename Visitor> void forEach(const Visitor& visit)
    {
        if (auto* node = dynamic_cast<T*>(this)) {
            visit(*node);
        }
        for (const auto& [name, child] : m_children) {
            child->template forEach<T>(visit);
        }
    }

protected:
    /// A float32 leaf that requires a gradient; its values are undefined until it is initialised or loaded.
    at::Tensor addParameter(const std::string& name, const std::vector<std::int64_t>& shape);
    at::Tensor addBuffer(const std::string& name, at::Tensor value);

private:
    void collect(Part part, const std::string& prefix, State& into) const;

    State m_parameters, m_buffers;
    std::vector<std::pair<std::string, std::unique_ptr<Module>>> m_children;
    bool m_training = true;
};

} // namespace diascope::nn
