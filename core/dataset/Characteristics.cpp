// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Characteristics.h"

#include "base/Age.h"
#include "base/Text.h"
#include "dataset/Dataset.h"
#include "image/SourceInfo.h"

#include <algorithm>
#include <cctype>

namespace diascope::dataset {

namespace {

constexpr int kOldest = 90, kLongestLife = 150;
constexpr std::size_t kLongestName = 64; // VR LO

std::string yearsText(std::optional<double> years)
{
    if (!years || !(*years >= 0.0) || *years > kLongestLife) {
        return {};
    }
    return std::to_string(std::min(kOldest, static_cast<int>(*years)));
}

std::string ageOf(const image::SourceInfo& info)
{
    const std::string age(base::trimmed(info.patient.age));
    // AS has four characters; a bare number has no unit and is not guessed at.
    std::string years = age.size() == 4 && std::isalpha(static_cast<unsigned char>(age[3])) != 0
        ? yearsText(base::yearsOfAge(age))
        : std::string();
    if (years.empty()) {
        const auto completed = base::completedYears(base::trimmed(info.patient.birthDate), base::trimmed(info.studyDate));
        years = completed ? yearsText(*completed) : std::string();
    }
    return years;
}

std::string blanksJoined(const std::string& text)
{
    std::string joined;
    for (const char c : base::visibleText(text)) {
        if (c != ' ' || (!joined.empty() && joined.back() != ' ')) {
            joined += c;
        }
    }
    return std::string(base::trimmed(joined));
}

} // namespace

Characteristics characteristicsOf(const image::SourceInfo& info)
{
    Characteristics found;
    std::string sex(base::trimmed(info.patient.sex));
    std::transform(sex.begin(), sex.end(), sex.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (sex == "F" || sex == "M" || sex == "O") {
        found.sex = sex;
    }
    found.age = ageOf(info);
    found.manufacturer = base::shortened(blanksJoined(info.manufacturer), kLongestName);
    return found;
}

base::CsvTable characteristicsTable(const Dataset& data)
{
    base::CsvTable table;
    table.header = {"sample"};
    std::vector<std::size_t> shown;
    for (std::size_t c = 0; c < kCharacteristics.size(); ++c) {
        if (std::any_of(data.characteristics.begin(), data.characteristics.end(),
                [c](const Characteristics& one) { return !one.cells()[c].empty(); })) {
            shown.push_back(c);
            table.header.emplace_back(kCharacteristics[c]);
        }
    }
    for (const Sample& sample : data.samples) {
        std::vector<std::string> row{sample.id};
        const std::array<std::string, 3> cells = data.characteristicsOf(sample).cells();
        std::transform(shown.begin(), shown.end(), std::back_inserter(row), [&](std::size_t c) { return cells[c]; });
        table.rows.push_back(std::move(row));
        table.rowNumbers.push_back(static_cast<int>(table.rows.size()) + 1);
    }
    return table;
}

int CharacteristicsList::add(Characteristics found)
{
    if (!found.any()) {
        return -1;
    }
    const std::string key = base::asciiLower(found.manufacturer);
    found.manufacturer = m_manufacturers.try_emplace(key, found.manufacturer).first->second;
    const auto [place, isNew] = m_places.try_emplace(found.cells(), static_cast<int>(m_all.size()));
    if (isNew) {
        m_all.push_back(std::move(found));
    }
    return place->second;
}

} // namespace diascope::dataset
