// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/TestVectorCheck.h"

#include "base/Error.h"
#include "nn/Classifier.h"
#include "nn/PackageFile.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace diascope::predict {

using base::Error;
using base::ErrorCode;

image::Image imageOfTensor(const at::Tensor& picture)
{
    const auto refuse = [](const std::string& why) -> void { throw Error(ErrorCode::Unsupported, "test vector", why); };
    if (!picture.defined() || picture.dim() != 3 || (picture.size(2) != 1 && picture.size(2) != 3)) {
        refuse("a picture has the shape height, width, 1 or 3 channels");
    }
    image::PixelType type = image::PixelType::UInt8;
    if (picture.scalar_type() == at::kShort) {
        type = image::PixelType::Int16;
    } else if (picture.scalar_type() == at::kUInt16) {
        type = image::PixelType::UInt16;
    } else if (picture.scalar_type() != at::kByte) {
        refuse("pictures are uint8, int16 or uint16");
    }
    const at::Tensor plain = picture.to(at::kCPU).contiguous();
    std::vector<std::byte> bytes(plain.nbytes());
    std::memcpy(bytes.data(), plain.const_data_ptr(), bytes.size());
    image::Image out = image::makeImage(static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)), static_cast<int>(picture.size(2)), type,
                                        std::move(bytes));
    out.photometric = out.channels == 3 ? image::Photometric::Rgb : image::Photometric::Monochrome2;
    out.bitsStored = static_cast<int>(8 * image::bytesPerSample(type));
    return out;
}

at::Tensor inputOf(const image::Preprocess& preprocess, const image::Image& seen, at::Device device)
{
    // The tensor takes the vector over: no second copy of the pixels.
    auto* values = new std::vector<float>(preprocess.tensor(seen)); // Freed by the tensor's deleter.
    at::Tensor input = torch::from_blob(
        values->data(), {1, preprocess.outputChannels(), preprocess.outputHeight(), preprocess.outputWidth()}, [values](void*) { delete values; },
        torch::kFloat32);
    return device.is_cpu() ? input : input.to(device);
}

void checkTestVectors(const nn::TestVectors& vectors, const image::Preprocess& preprocess,
                      const std::vector<std::shared_ptr<nn::Classifier>>& members, const std::string& subject, double tolerance)
{
    if (vectors.sources.empty()) {
        return;
    }
    nn::translated("running the test vectors", [&] {
        const torch::NoGradGuard noGradients;
        const at::Tensor stored = vectors.logits.to(at::kCPU, at::kDouble);
        const double scale = std::max(0.1, stored.abs().max().item<double>());
        for (std::size_t i = 0; i < vectors.sources.size(); ++i) {
            const image::Image seen = preprocess.networkImage(imageOfTensor(vectors.sources[i]));
            at::Tensor sum;
            for (const auto& member : members) {
                const at::Tensor input = inputOf(preprocess, seen, member->device());
                const at::Tensor logits = member->head(member->features(input)).to(at::kCPU, at::kDouble)[0];
                sum = sum.defined() ? sum + logits : logits;
            }
            const at::Tensor mean = sum / static_cast<double>(members.size());
            const at::Tensor wanted = stored[static_cast<std::int64_t>(i)];
            if (mean.sizes() != wanted.sizes()) {
                throw Error(ErrorCode::Mismatch, subject, "test vector " + std::to_string(i) + " has another number of outputs than the network");
            }
            const double off = (mean - wanted).abs().max().item<double>();
            if (!(off <= tolerance * scale)) { // Also refuses NaN.
                throw Error(ErrorCode::Mismatch, subject,
                            "this machine does not compute what the package computed when it was made: test vector " + std::to_string(i) + " is off by "
                                + std::to_string(off) + " (largest logit " + std::to_string(scale) + ")",
                            "Do not use this package here; make it again or report the difference.");
            }
        }
    });
}

} // namespace diascope::predict
