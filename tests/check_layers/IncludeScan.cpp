// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_layers/IncludeScan.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>

namespace diascope::tests {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 3> kParts = {"core", "ui", "app"};

bool isSource(const fs::path& file)
{
    constexpr std::array<const char*, 6> kExtensions = {".h", ".hpp", ".cpp", ".cc", ".cxx", ".inl"};
    return std::any_of(kExtensions.begin(), kExtensions.end(), [&](const char* extension) { return file.extension() == extension; });
}

/// The line without its comments; `inComment` says whether a block comment is open before and after it.
std::string withoutComments(const std::string& line, bool& inComment)
{
    std::string code;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (inComment) {
            if (line.compare(i, 2, "*/") == 0) {
                inComment = false;
                ++i;
            }
        } else if (line.compare(i, 2, "//") == 0 && code.find_first_of("\"<") == std::string::npos) {
            break;
        } else if (line.compare(i, 2, "/*") == 0) {
            inComment = true;
            ++i;
        } else {
            code += line[i];
        }
    }
    return code;
}

/// The file of the tree that an include names: beside the including file, or below one of the include paths; where no
/// such file exists, what it would be by its first folder.
std::string resolve(const fs::path& root, const fs::path& file, const std::string& text)
{
    const std::array<fs::path, 5> bases = {file.parent_path(), root / "core", root, root / "app", root / "ui"};
    for (const auto& base : bases) {
        const fs::path candidate = (base / text).lexically_normal();
        if (fs::is_regular_file(candidate)) {
            const std::string relative = candidate.lexically_relative(root.lexically_normal()).generic_string();
            return relative.starts_with("..") ? std::string() : relative;
        }
    }
    const std::string first = text.substr(0, text.find('/'));
    if (std::find(kParts.begin(), kParts.end(), first) != kParts.end()) {
        return text;
    }
    return text.find('/') != std::string::npos && fs::is_directory(root / "core" / first) ? "core/" + text : std::string();
}

void scanFile(const fs::path& root, const fs::path& file, std::vector<Include>& includes)
{
    static const std::regex pattern(R"re(^\s*#\s*include(?:_next)?\s*["<]([^">]+)[">])re");
    std::ifstream stream(file);
    std::string line;
    bool inComment = false;
    for (int number = 1; std::getline(stream, line); ++number) {
        const std::string code = withoutComments(line, inComment);
        std::smatch match;
        if (std::regex_search(code, match, pattern)) {
            includes.push_back({file.lexically_relative(root).generic_string(), number, match[1], resolve(root, file, match[1])});
        }
    }
}

} // namespace

std::vector<Include> scanIncludes(const fs::path& root)
{
    std::vector<fs::path> files;
    for (const char* part : kParts) {
        if (fs::is_directory(root / part)) {
            for (const auto& entry : fs::recursive_directory_iterator(root / part)) {
                if (entry.is_regular_file() && isSource(entry.path())) {
                    files.push_back(entry.path());
                }
            }
        }
    }
    std::sort(files.begin(), files.end());
    std::vector<Include> includes;
    for (const auto& file : files) {
        scanFile(root, file, includes);
    }
    return includes;
}

} // namespace diascope::tests
