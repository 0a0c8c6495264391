// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/StorePixels.h"

#include "dataset/PixelStore.h"

#include <torch/torch.h>

#include <cstdlib>
#include <utility>

namespace diascope::pipeline {

namespace {

/// Rows of a store that is not in memory, read one after another when they are wanted.
class StoreStream final : public train::PixelStream {
public:
    explicit StoreStream(dataset::PixelStore store)
        : m_store(std::move(store))
    {
    }
    [[nodiscard]] train::PictureShape shape() const override
    {
        return {static_cast<std::int64_t>(m_store.count()), m_store.channels, m_store.height, m_store.width,
            m_store.sampleBytes == 2 ? at::kUInt16 : at::kByte};
    }
    [[nodiscard]] at::Tensor gather(std::span<const std::int64_t> rows) const override
    {
        const at::Tensor pictures
            = torch::empty({static_cast<std::int64_t>(rows.size()), m_store.height, m_store.width, m_store.channels},
                shape().type); // n,H,W,C
        auto* to = static_cast<std::byte*>(pictures.data_ptr());
        for (const std::int64_t row : rows) {
            m_store.copyRow(static_cast<std::size_t>(row), {to, m_store.bytesPerImage()});
            to += m_store.bytesPerImage();
        }
        return pictures.permute({0, 3, 1, 2}); // n,C,H,W
    }

private:
    dataset::PixelStore m_store;
};

} // namespace

train::Pictures picturesOf(const dataset::PixelStore& store)
{
    if (store.streams()) {
        return train::Pictures(std::make_shared<const StoreStream>(store));
    }
    const auto keepAlive = store.block; // the tensor owns a share of the block
    // LibTorch has no read-only tensors; nothing in the engine writes into its pictures.
    auto* const first = const_cast<std::uint8_t*>(store.block.get());
    return torch::from_blob(
        first, {static_cast<std::int64_t>(store.count()), store.height, store.width, store.channels},
        [keepAlive](void*) {}, store.sampleBytes == 2 ? torch::kUInt16 : torch::kUInt8)
        .permute({0, 3, 1, 2});
}

std::filesystem::path cacheFolder()
{
    const auto named = [](const char* variable) {
        const char* const value = std::getenv(variable);
        return std::filesystem::path(value != nullptr ? value : "");
    };
    std::filesystem::path base = named("XDG_CACHE_HOME");
    if (!base.is_absolute()) { // the specification has relative ones ignored
        const std::filesystem::path home = named("HOME");
        base = home.is_absolute() ? home / ".cache" : std::filesystem::temp_directory_path();
    }
    return base / "diascope" / "stores";
}

} // namespace diascope::pipeline
