// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Npy.h"

#include "base/AtomicFile.h"

namespace diascope::cli {

void writeNpy(const std::filesystem::path& file, const std::string& dtype, const std::vector<int>& shape,
              std::span<const std::byte> values)
{
    std::string dimensions;
    for (const int size : shape) {
        dimensions += std::to_string(size) + ", ";
    }
    std::string header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (" + dimensions + "), }";
    // Magic, version and length take 10 bytes; the whole header is padded to 64 and ends in a line feed.
    constexpr std::size_t kPrefix = 10;
    header.append(63 - (kPrefix + header.size()) % 64, ' ');
    header += '\n';
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(header.size() & 0xff);
    text += static_cast<char>(header.size() >> 8);
    text += header;
    text.append(reinterpret_cast<const char*>(values.data()), values.size());
    base::writeFileAtomically(file, text);
}

} // namespace diascope::cli
