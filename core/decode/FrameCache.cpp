// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/FrameCache.h"

namespace diascope::decode {

namespace {

std::size_t costOf(const image::Image& image)
{
    const std::size_t table = image.rescale.table ? image.rescale.table->size() * sizeof(float) : 0;
    return image.bytes().size() + table + sizeof(image::Image);
}

} // namespace

std::size_t FrameKeyHash::operator()(const FrameKey& key) const noexcept
{
    const auto options = static_cast<std::uint64_t>(key.options.frame) * 64
                         + static_cast<std::uint64_t>(key.options.reduce) * 2 + (key.options.rawPalette ? 1u : 0u);
    return std::hash<FileIdentity>()(key.file) ^ static_cast<std::size_t>(options * 0x9e3779b97f4a7c15u);
}

FrameCache::FrameCache(std::size_t budgetBytes)
    : m_budget(budgetBytes)
{
}

std::optional<image::Image> FrameCache::find(const FrameKey& key)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_index.find(key);
    if (found == m_index.end()) {
        return std::nullopt;
    }
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->image;
}

bool FrameCache::contains(const FrameKey& key) const
{
    const std::lock_guard lock(m_mutex);
    return m_index.contains(key);
}

void FrameCache::insert(const FrameKey& key, const image::Image& image)
{
    const std::size_t cost = costOf(image);
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_index.find(key); found != m_index.end()) {
        m_bytes -= found->second->bytes;
        m_entries.erase(found->second);
        m_index.erase(found);
    }
    if (cost > m_budget) {
        return;
    }
    shrinkTo(m_budget - cost);
    m_entries.push_front({key, image, cost});
    m_index.emplace(key, m_entries.begin());
    m_bytes += cost;
}

void FrameCache::setBudget(std::size_t budgetBytes)
{
    const std::lock_guard lock(m_mutex);
    m_budget = budgetBytes;
    shrinkTo(budgetBytes);
}

void FrameCache::clear()
{
    const std::lock_guard lock(m_mutex);
    m_index.clear();
    m_entries.clear();
    m_bytes = 0;
}

std::size_t FrameCache::budget() const
{
    const std::lock_guard lock(m_mutex);
    return m_budget;
}

std::size_t FrameCache::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

std::size_t FrameCache::count() const
{
    const std::lock_guard lock(m_mutex);
    return m_entries.size();
}

void FrameCache::dropOldest()
{
    m_bytes -= m_entries.back().bytes;
    m_index.erase(m_entries.back().key);
    m_entries.pop_back();
}

void FrameCache::shrinkTo(std::size_t budgetBytes)
{
    while (m_bytes > budgetBytes && !m_entries.empty()) {
        dropOldest();
    }
}

} // namespace diascope::decode
