// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/DecoderPool.h"
#include "decode/InputFile.h"
#include "image/Image.h"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace diascope::decode {

/// Names one decoded frame of one content.
struct FrameKey {
    FileIdentity file;
    FrameOptions options;
    bool operator==(const FrameKey&) const = default;
};

struct FrameKeyHash {
    std::size_t operator()(const FrameKey& key) const noexcept;
};

/// Decoded frames, least recently used first out, for scrolling. Images are cheap values that share their pixels, so a
/// frame that is still shown somewhere lives on after it left the cache. May be called from any thread.
class FrameCache {
public:
    /// `budgetBytes` counts pixels and modality tables.
    explicit FrameCache(std::size_t budgetBytes);

    /// The frame, which becomes the most recently used, or nothing.
    [[nodiscard]] std::optional<image::Image> find(const FrameKey& key);
    /// True without changing the order of use.
    [[nodiscard]] bool contains(const FrameKey& key) const;
    /// Keeps `image` and drops the oldest until the budget holds. One that alone is over the budget is not kept.
    void insert(const FrameKey& key, const image::Image& image);
    /// A smaller budget drops frames at once.
    void setBudget(std::size_t budgetBytes);
    void clear();

    [[nodiscard]] std::size_t budget() const;
    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t count() const;

private:
    struct Entry {
        FrameKey key;
        image::Image image;
        std::size_t bytes = 0;
    };
    void dropOldest();
    void shrinkTo(std::size_t budgetBytes);

    mutable std::mutex m_mutex;
    std::size_t m_budget;
    std::size_t m_bytes = 0;
    std::list<Entry> m_entries; // Most recently used first.
    std::unordered_map<FrameKey, std::list<Entry>::iterator, FrameKeyHash> m_index;
};

} // namespace diascope::decode
