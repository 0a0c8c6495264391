// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace diascope::image {
struct SourceInfo;
}

namespace diascope::dataset {

struct Dataset;

/// On whom and with what a DICOM picture was made, as far as figures are given by it. Holds no name, identifier or day.
struct Characteristics {
    std::string sex;          ///< "F", "M" or "O" (PS3.3 C.7.1.1, Patient's Sex); empty: the header does not say.
    std::string age;          ///< Completed years on the day of the study, "0" to "90"; "90" stands for more as well
                              ///< (45 CFR 164.514 has older ages taken for identifying). Empty: not said.
    std::string manufacturer; ///< Of the equipment, 64 characters at most, blanks joined. Empty: not said.

    [[nodiscard]] bool any() const { return !sex.empty() || !age.empty() || !manufacturer.empty(); }
    [[nodiscard]] bool operator==(const Characteristics&) const = default;
    /// In the order of kCharacteristics.
    [[nodiscard]] std::array<std::string, 3> cells() const { return {sex, age, manufacturer}; }
};

/// Their names as columns of tables, and so as subgroups.
inline constexpr std::array<const char*, 3> kCharacteristics = {"sex", "age", "manufacturer"};

/// From a header: PatientSex, PatientAge (else the years from PatientBirthDate to StudyDate), Manufacturer. What is not
/// written as the standard has it counts as not said.
[[nodiscard]] Characteristics characteristicsOf(const image::SourceInfo& info);

/// `sample` and those of kCharacteristics that are known of any sample, one row a sample; no columns but `sample` where
/// nothing is known.
[[nodiscard]] base::CsvTable characteristicsTable(const Dataset& data);

/// The different ones of a data set, each once.
class CharacteristicsList {
public:
    /// The place of these in all(), where they are put if they are new; -1 where nothing is known. The first spelling of
    /// a manufacturer stands for all that differ from it in case only.
    [[nodiscard]] int add(Characteristics found);
    [[nodiscard]] const std::vector<Characteristics>& all() const { return m_all; }

private:
    std::vector<Characteristics> m_all;
    std::map<std::array<std::string, 3>, int> m_places;
    std::map<std::string, std::string> m_manufacturers; ///< By their lower case.
};

} // namespace diascope::dataset
