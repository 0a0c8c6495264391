// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Listing.h"

#include "base/Json.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

// Most telling name first: a table with "image" and "id" means the image by "image".
constexpr std::array<std::string_view, 28> kImageNames{
    "imgids", "imgid", "imagepath", "imagename", "imagefile", "imagefilename", "image", "images", "img", "filepath", "filename", "file",
    "path", "picture", "imageid", "imageids", "imageindex", "name", "dicom", "dicomfile", "slice", "sample", "id",
    "sopinstanceuid", "seriesinstanceuid", "studyinstanceuid", "seriesuid", "studyuid"};
constexpr std::array<std::string_view, 15> kLabelNames{
    "target", "label", "labels", "class", "classname", "plane", "category", "diagnosis", "finding", "phase", "disease", "outcome", "groundtruth", "truth", "y"};
constexpr std::array<std::string_view, 14> kGroupNames{
    "group", "patient", "patientid", "patientnum", "patientnumber", "patientno", "subject", "subjectid", "participant", "participantid",
    "case", "caseid", "pid", "person"};
constexpr std::array<std::string_view, 6> kFoldNames{"fold", "folds", "foldid", "foldnumber", "kfold", "cvfold"};
constexpr std::array<std::string_view, 9> kSplitNames{"split", "part", "partition", "subset", "usage", "role", "set", "train", "istrain"};

std::string canonical(const std::string& heading)
{
    std::string result;
    for (const char c : heading) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return result;
}

std::string listOf(std::span<const std::string> header)
{
    std::string list;
    for (const std::string& heading : header) {
        list += (list.empty() ? "'" : ", '") + base::visibleText(heading) + "'";
    }
    return list;
}

int named(std::span<const std::string> header, const std::string& wanted, const std::string& key, const std::string& subject)
{
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (lowered(trimmed(header[i])) == lowered(trimmed(wanted))) {
            return static_cast<int>(i);
        }
    }
    const std::string near = base::nearestMatch(wanted, {header.begin(), header.end()});
    throw Error(ErrorCode::Plan, subject, key + " is '" + wanted + "', but the columns are " + listOf(header) +
                (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

template <std::size_t N> int guessed(std::span<const std::string> header, const std::array<std::string_view, N>& names, int taken)
{
    for (const std::string_view name : names) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (static_cast<int>(i) != taken && canonical(header[i]) == name) {
                return static_cast<int>(i);
            }
        }
    }
    return -1;
}

} // namespace

Columns findColumns(std::span<const std::string> header, const Source& source, const std::string& subject)
{
    Columns columns;
    columns.image = source.imageColumn.empty() ? guessed(header, kImageNames, -1) : named(header, source.imageColumn, "data.imageColumn", subject);
    columns.label = source.labelColumn.empty() ? guessed(header, kLabelNames, columns.image) : named(header, source.labelColumn, "data.labelColumn", subject);
    columns.group = source.groupColumn.empty() ? guessed(header, kGroupNames, columns.image) : named(header, source.groupColumn, "data.groupColumn", subject);
    columns.split = source.splitColumn.empty() ? guessed(header, kSplitNames, columns.image) : named(header, source.splitColumn, "data.splitColumn", subject);
    columns.fold = source.foldColumn.empty() ? guessed(header, kFoldNames, columns.image) : named(header, source.foldColumn, "data.foldColumn", subject);
    if (columns.image < 0) {
        columns.image = columns.group; // a table of patients for a folder of DICOM files
    }
    if (columns.image < 0) {
        throw Error(ErrorCode::Plan, subject, "no column looks like the image's name; the columns are " + listOf(header), "Set data.imageColumn.");
    }
    if (columns.label < 0 && !source.ignoreLabels) {
        throw Error(ErrorCode::Plan, subject, "no column looks like the label; the columns are " + listOf(header), "Set data.labelColumn.");
    }
    if (columns.label == columns.image) {
        throw Error(ErrorCode::Plan, subject, "the image and the label cannot be one column, '" + header[static_cast<std::size_t>(columns.image)] + "'", "Set data.labelColumn.");
    }
    return columns;
}

std::optional<Role> roleFromText(const std::string& text)
{
    static constexpr std::array<std::string_view, 2> kTrain{"train", "training"};
    static constexpr std::array<std::string_view, 5> kValidation{"val", "valid", "validation", "dev", "development"};
    static constexpr std::array<std::string_view, 2> kTest{"test", "testing"};
    const std::string word = lowered(trimmed(text));
    const auto isOneOf = [&word](const auto& words) { return std::find(words.begin(), words.end(), word) != words.end(); };
    if (isOneOf(kTrain)) {
        return Role::Train;
    }
    if (isOneOf(kValidation)) {
        return Role::Validation;
    }
    return isOneOf(kTest) ? std::optional(Role::Test) : std::nullopt;
}

std::string trimmed(const std::string& text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

} // namespace diascope::dataset
