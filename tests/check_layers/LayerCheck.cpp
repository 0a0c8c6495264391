// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_layers/LayerCheck.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <set>

namespace diascope::tests {

namespace {

using Graph = std::map<std::string, std::set<std::string>>;

bool startsWithAny(const std::string& text, const std::vector<std::string>& prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) { return text.starts_with(prefix); });
}

bool isHeader(const std::string& file)
{
    return file.ends_with(".h") || file.ends_with(".hpp") || file.ends_with(".inl");
}

bool isQt(const std::string& header)
{
    const bool module = header.size() > 1 && header[0] == 'Q' && std::isalpha(static_cast<unsigned char>(header[1])) != 0;
    return module || header.starts_with("qt") || header.starts_with("qcustomplot");
}

/// "core/nn", "ui/read", "app", "app/cli": the first folder, and the second where there is one.
std::string unitOf(const std::string& file)
{
    const auto first = file.find('/');
    const auto second = first == std::string::npos ? first : file.find('/', first + 1);
    return second == std::string::npos ? file.substr(0, first) : file.substr(0, second);
}

/// Name of the folder below core/, empty for other places.
std::string coreFolder(const std::string& unit)
{
    return unit.starts_with("core/") ? unit.substr(5) : std::string();
}

std::set<std::string> reachable(const std::string& folder, const LayerTable& table)
{
    std::set<std::string> seen;
    std::vector<std::string> pending = {folder};
    while (!pending.empty()) {
        const std::string next = pending.back();
        pending.pop_back();
        if (seen.insert(next).second && table.core.contains(next)) {
            const auto& arrows = table.core.at(next);
            pending.insert(pending.end(), arrows.begin(), arrows.end());
        }
    }
    return seen;
}

/// Why a file of `from` may not include the file `target` of the tree; empty when it may.
std::string refusal(const std::string& from, const std::string& target, const LayerTable& table)
{
    const std::string to = unitOf(target);
    const std::string folder = coreFolder(to);
    if (!coreFolder(from).empty()) {
        if (!table.core.contains(coreFolder(from))) {
            return "is a folder that the table does not know";
        }
        return reachable(coreFolder(from), table).contains(folder) ? "" : "may not use " + to;
    }
    if (to.starts_with("app")) {
        return from.starts_with("app") ? "" : "may not use " + to;
    }
    if (from.starts_with("ui")) {
        const bool allowed = folder.empty() || table.uiFolders.contains(folder) || table.uiHeaders.contains(target);
        return allowed ? "" : "may use only plain structs of core, not " + target;
    }
    if (from == "app/decoder") {
        return table.decoderFolders.contains(folder) ? "" : "may not use " + to;
    }
    return table.untrusted.contains(folder) && !table.untrustedUsers.contains(from) ? "may not use " + to : "";
}

/// Why a file of `from` may not include a foreign header; empty when it may.
std::string foreignRefusal(const Include& include, const std::string& from, const LayerTable& table)
{
    if (from.starts_with("core") && isQt(include.text)) {
        return "may not use Qt";
    }
    if (startsWithAny(include.text, table.torchPrefixes)) {
        const bool user = table.torchUsers.contains(from) || table.torchPrograms.contains(from);
        if (!user) {
            return "may not use LibTorch";
        }
        const bool plainTensor = include.text == table.tensorHeader;
        return isHeader(include.file) && !plainTensor ? "may use of LibTorch only " + table.tensorHeader + " in a header" : "";
    }
    if (startsWithAny(include.text, table.dcmtkPrefixes) && !table.dcmtkUsers.contains(from)) {
        return "may not use DCMTK";
    }
    return from.starts_with("ui") && startsWithAny(include.text, table.notInUi) ? "may not use " + include.text : "";
}

/// Depth-first search for circles; each is given once, from its smallest member.
class CycleSearch {
public:
    explicit CycleSearch(const Graph& graph) : m_graph(graph)
    {
        for (const auto& [node, targets] : graph) {
            visit(node);
        }
    }
    [[nodiscard]] std::vector<std::string> result() const { return {m_found.begin(), m_found.end()}; }

private:
    void visit(const std::string& node)
    {
        const auto onPath = std::find(m_path.begin(), m_path.end(), node);
        if (onPath != m_path.end()) {
            report({onPath, m_path.end()});
            return;
        }
        if (!m_done.insert(node).second) {
            return;
        }
        m_path.push_back(node);
        if (const auto targets = m_graph.find(node); targets != m_graph.end()) {
            for (const auto& target : targets->second) {
                visit(target);
            }
        }
        m_path.pop_back();
    }

    void report(std::vector<std::string> circle)
    {
        std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
        std::string text;
        for (const auto& member : circle) {
            text.append(member).append(" -> ");
        }
        m_found.insert(text.append(circle.front()));
    }

    const Graph& m_graph;
    std::vector<std::string> m_path;
    std::set<std::string> m_done;
    std::set<std::string> m_found;
};

} // namespace

std::vector<std::string> forbiddenArrows(const std::vector<Include>& includes, const LayerTable& table)
{
    std::vector<std::string> faults;
    for (const Include& include : includes) {
        const std::string from = unitOf(include.file);
        const std::string why = include.target.empty() ? foreignRefusal(include, from, table) : refusal(from, include.target, table);
        if (!why.empty()) {
            faults.push_back(include.file + ":" + std::to_string(include.line) + ": " + from + " " + why + " (includes " + include.text + ")");
        }
    }
    return faults;
}

std::vector<std::string> cycles(const std::vector<Include>& includes)
{
    Graph files, folders;
    for (const Include& include : includes) {
        if (include.target.empty()) {
            continue;
        }
        files[include.file].insert(include.target);
        const std::string from = unitOf(include.file);
        const std::string to = unitOf(include.target);
        if (from != to && !from.starts_with("app") && !to.starts_with("app")) {
            folders[from].insert(to);
        }
    }
    std::vector<std::string> all = CycleSearch(files).result();
    const auto ofFolders = CycleSearch(folders).result();
    all.insert(all.end(), ofFolders.begin(), ofFolders.end());
    return all;
}

std::vector<std::string> faultsOfTable(const LayerTable& table)
{
    Graph graph;
    std::vector<std::string> faults;
    for (const auto& [folder, arrows] : table.core) {
        graph[folder] = {arrows.begin(), arrows.end()};
        for (const auto& arrow : arrows) {
            if (!table.core.contains(arrow)) {
                faults.push_back(folder + " names " + arrow + ", which is not in the table");
            }
        }
    }
    const auto circles = CycleSearch(graph).result();
    faults.insert(faults.end(), circles.begin(), circles.end());
    return faults;
}

} // namespace diascope::tests
