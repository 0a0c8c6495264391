// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/Targets.h"

#include "base/Error.h"
#include "explain/Work.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::explain {

int topClass(const at::Tensor& logits)
{
    if (logits.size(1) == 1) {
        return logits[0].item<double>() >= 0.0 ? 1 : 0;
    }
    const at::Tensor row = logits[0].to(at::kCPU, at::kDouble);
    const double* values = row.data_ptr<double>();
    return static_cast<int>(std::max_element(values, values + row.numel()) - values);
}

at::Tensor targets(const at::Tensor& logits, int classIndex)
{
    const auto classes = logits.size(1) == 1 ? 2 : logits.size(1);
    if (classIndex < 0 || classIndex >= classes) {
        throw base::Error(base::ErrorCode::Usage, "class " + std::to_string(classIndex),
                          "the network tells " + std::to_string(classes) + " classes apart, numbered from 0");
    }
    if (logits.size(1) == 1) {
        return classIndex == 1 ? logits.select(1, 0) : -logits.select(1, 0);
    }
    return logits.select(1, classIndex);
}

std::vector<double> classProbabilities(const at::Tensor& logits, int classIndex)
{
    const at::Tensor values = logits.detach().to(at::kCPU, at::kDouble);
    const at::Tensor all = values.size(1) == 1 ? at::sigmoid(targets(values, classIndex)) : targets(at::softmax(values, 1), classIndex);
    const at::Tensor plain = all.contiguous();
    return {plain.const_data_ptr<double>(), plain.const_data_ptr<double>() + plain.numel()};
}

std::vector<float> plainValues(const at::Tensor& tensor)
{
    const at::Tensor values = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

void throwIfStopped(const Work& work)
{
    if (work.stop.stop_requested()) {
        throw base::Error(base::ErrorCode::Stopped, "explanation", "it was stopped");
    }
}

} // namespace diascope::explain
