// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace diascope::bench {

/// Where the time of a piece of work goes, by LibTorch's own operators: their own milliseconds (without the operators
/// that they call) by name and by the sizes of their tensors. One thread calls operators, as in the engine.
class OpProfile {
public:
    OpProfile()
    {
        active() = this;
        m_handle = at::addThreadLocalCallback(
            at::RecordFunctionCallback(&OpProfile::start, &OpProfile::end).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
    }
    ~OpProfile()
    {
        at::removeCallback(m_handle);
        active() = nullptr;
    }
    OpProfile(const OpProfile&) = delete;
    OpProfile& operator=(const OpProfile&) = delete;

    /// The `rows` dearest, in milliseconds and percent of all; `parts` divides (steps measured).
    void print(std::size_t rows, double parts) const
    {
        double all = 0.0;
        std::vector<std::pair<double, std::string>> list;
        for (const auto& [name, seconds] : m_seconds) {
            all += seconds;
            list.emplace_back(seconds, name);
        }
        std::sort(list.rbegin(), list.rend());
        std::fprintf(stderr, "all operators: %.2f ms\n", 1000.0 * all / parts);
        for (std::size_t i = 0; i < std::min(rows, list.size()); ++i) {
            std::fprintf(stderr, "%8.2f ms %5.1f %%  %s\n", 1000.0 * list[i].first / parts, 100.0 * list[i].first / all,
                list[i].second.c_str());
        }
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Open : at::ObserverContext {
        std::string name;
        Clock::time_point begin = Clock::now();
        double inner = 0.0;
        Open* outer = nullptr;
    };
    static OpProfile*& active()
    {
        static OpProfile* profile = nullptr;
        return profile;
    }

    static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& function)
    {
        auto open = std::make_unique<Open>();
        open->name = function.name();
        for (const c10::IValue& input : function.inputs()) {
            if (input.isTensor() && input.toTensor().defined() && input.toTensor().dim() >= 2) {
                open->name += " [";
                for (const auto size : input.toTensor().sizes()) {
                    open->name += std::to_string(size) + ",";
                }
                open->name.back() = ']';
            }
        }
        open->outer = active()->m_innermost;
        active()->m_innermost = open.get();
        open->begin = Clock::now();
        return open;
    }

    static void end(const at::RecordFunction&, at::ObserverContext* context)
    {
        auto* const open = static_cast<Open*>(context);
        const double seconds = std::chrono::duration<double>(Clock::now() - open->begin).count();
        active()->m_seconds[open->name] += seconds - open->inner;
        active()->m_innermost = open->outer;
        if (open->outer != nullptr) {
            open->outer->inner += seconds;
        }
    }

    at::CallbackHandle m_handle = 0;
    Open* m_innermost = nullptr;
    std::map<std::string, double> m_seconds;
};

} // namespace diascope::bench
