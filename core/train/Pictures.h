// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace diascope::train {

/// Of stored pictures of one size: uint8 or uint16 (at::kByte, at::kUInt16).
struct PictureShape {
    std::int64_t count = 0, channels = 0, height = 0, width = 0;
    at::ScalarType type = at::kByte;
};

/// Pictures that do not lie in memory: they are read when a batch is made.
class PixelStream {
public:
    virtual ~PixelStream() = default;
    [[nodiscard]] virtual PictureShape shape() const = 0;
    /// These rows, n,C,H,W, any memory order, on the CPU. Called from several threads. Throws base::Error, which ends
    /// the run.
    [[nodiscard]] virtual at::Tensor gather(std::span<const std::int64_t> rows) const = 0;
};

/// Stored pictures, or some of them. A cheap value: all parts of all folds share the pixels, and their copy on an
/// accelerator. Safe to read from several threads.
class Pictures {
public:
    Pictures() = default;
    /// `images`: uint8 or uint16, N,C,H,W (any strides: a permuted view of an N,H,W,C block is fine). A tensor is the
    /// plainest collection of pictures, so that it may stand wherever one is wanted.
    Pictures(at::Tensor images); // NOLINT(google-explicit-constructor)
    explicit Pictures(std::shared_ptr<const PixelStream> stream);
    /// Pictures `members` of this collection, in that order.
    [[nodiscard]] Pictures part(std::span<const std::int64_t> members) const;

    [[nodiscard]] bool defined() const { return m_block != nullptr || m_stream != nullptr; }
    [[nodiscard]] const PictureShape& shape() const { return m_shape; }
    [[nodiscard]] std::int64_t count() const { return m_shape.count; }
    [[nodiscard]] bool streams() const { return m_stream != nullptr; }
    /// Which rows of the whole collection these pictures are.
    [[nodiscard]] std::vector<std::int64_t> rows() const;
    /// Where the pixels lie; the CPU while streaming.
    [[nodiscard]] at::Device device() const { return m_device; }

    /// The same pictures in the memory of `device`. The copy is made once for all parts. Streamed ones stay where they
    /// are. Throws c10::OutOfMemoryError.
    [[nodiscard]] Pictures on(const at::Device& device) const;

    /// Pictures to make a batch from: picture i is row rows[i] of `images`.
    struct Taken {
        at::Tensor images; ///< N,C,H,W.
        std::vector<std::int64_t> rows;
    };
    /// Without a copy where they lie in memory; else they are read now.
    [[nodiscard]] Taken take(std::span<const std::int64_t> members) const;

private:
    struct Block;
    std::shared_ptr<Block> m_block;
    std::shared_ptr<const PixelStream> m_stream;
    bool m_all = true;
    std::vector<std::int64_t> m_rows; ///< Unless all.
    PictureShape m_shape;
    at::Device m_device = at::kCPU;
};

} // namespace diascope::train
