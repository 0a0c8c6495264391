// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Pictures.h"

#include <torch/torch.h>

#include <mutex>
#include <numeric>
#include <utility>

namespace diascope::train {

/// One block of pictures and its copy on an accelerator. Several folds may ask for the copy at once: the first makes
/// it.
struct Pictures::Block {
    at::Tensor images;
    std::mutex mutex; ///< Guards the copy.
    at::Tensor copy;
};

Pictures::Pictures(at::Tensor images)
{
    if (!images.defined()) {
        return;
    }
    m_block = std::make_shared<Block>();
    if (images.dim() == 4) {
        m_shape = {images.size(0), images.size(1), images.size(2), images.size(3), images.scalar_type()};
    }
    m_device = images.device();
    m_block->images = std::move(images);
}

Pictures::Pictures(std::shared_ptr<const PixelStream> stream)
    : m_stream(std::move(stream))
    , m_shape(m_stream->shape())
{
}

Pictures Pictures::part(std::span<const std::int64_t> members) const
{
    Pictures result = *this;
    result.m_rows.assign(members.begin(), members.end());
    if (!m_all) {
        for (std::int64_t& row : result.m_rows) {
            row = m_rows[static_cast<std::size_t>(row)];
        }
    }
    result.m_all = false;
    result.m_shape.count = static_cast<std::int64_t>(members.size());
    return result;
}

std::vector<std::int64_t> Pictures::rows() const
{
    if (!m_all) {
        return m_rows;
    }
    std::vector<std::int64_t> rows(static_cast<std::size_t>(m_shape.count));
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    return rows;
}

Pictures Pictures::on(const at::Device& device) const
{
    Pictures result = *this;
    if (m_block != nullptr && device != m_block->images.device()) {
        const std::scoped_lock lock(m_block->mutex);
        if (!m_block->copy.defined() || m_block->copy.device() != device) {
            m_block->copy = at::Tensor();
            m_block->copy = m_block->images.to(device);
        }
        result.m_device = device;
    }
    return result;
}

Pictures::Taken Pictures::take(std::span<const std::int64_t> members) const
{
    Taken taken{{}, {members.begin(), members.end()}};
    if (!m_all) {
        for (std::int64_t& row : taken.rows) {
            row = m_rows[static_cast<std::size_t>(row)];
        }
    }
    if (m_stream != nullptr) {
        taken.images = m_stream->gather(taken.rows);
        std::iota(taken.rows.begin(), taken.rows.end(), std::int64_t{0});
        return taken;
    }
    taken.images = m_block->images;
    if (m_device != taken.images.device()) {
        const std::scoped_lock lock(m_block->mutex);
        taken.images = m_block->copy;
    }
    return taken;
}

} // namespace diascope::train
