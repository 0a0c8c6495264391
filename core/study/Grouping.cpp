// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Hash.h"
#include "study/Series.h"
#include "study/SliceOrder.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace diascope::study {

namespace {

/// Parts of a key, with a separator that no identifier holds.
std::string joined(std::initializer_list<std::string> parts)
{
    std::string text;
    for (const auto& part : parts) {
        text += part;
        text += '\x1f';
    }
    return text;
}

std::string patientKey(const image::PatientIdentity& patient)
{
    return joined({patient.id, patient.name, patient.birthDate});
}

/// What makes a series, whoever the patient is: the UIDs, or the folder where there are none.
std::string seriesKey(const Instance& instance)
{
    const auto& info = instance.info;
    const std::string folder = instance.file.parent_path().string();
    if (info.kind != "dicom") {
        return joined({"pictures", folder});
    }
    return info.seriesUid.empty() ? joined({"dicom", info.studyUid, info.modality, folder})
                                  : joined({"uid", info.studyUid, info.seriesUid});
}

std::string counts(const Series& series)
{
    const int images = series.imageCount();
    const std::string noun = series.instances.size() == 1 && images > 1 ? "frame" : "image";
    return std::to_string(images) + " " + noun + (images == 1 ? "" : "s");
}

std::string titleOf(const Series& series)
{
    const Instance& first = series.instances.front();
    std::string description = first.info.seriesDescription;
    if (description.empty() && first.info.kind != "dicom") {
        description = first.file.parent_path().filename().string();
    }
    if (description.empty()) {
        description = first.info.studyDescription;
    }
    std::string title = base::visibleText(description);
    for (const std::string& part : {base::visibleText(series.modality), counts(series)}) {
        if (!title.empty() && !part.empty()) {
            title += ", ";
        }
        title += part;
    }
    return title;
}

Series makeSeries(const std::string& key, std::vector<Instance> instances)
{
    Series series;
    series.key = base::sha256Hex(key); // a key may end up in a cache or a log: it must not hold a name
    const image::SourceInfo& info = instances.front().info;
    series.modality = info.modality;
    series.patient = info.patient;
    series.studyUid = info.studyUid;
    series.seriesUid = info.seriesUid;
    series.instances = std::move(instances);
    series.title = titleOf(series);
    sortInstances(series);
    series.title = titleOf(series); // the first one may be another now
    return series;
}

void reportMismatch(Series& series, std::string detail)
{
    series.problems.push_back({base::ErrorCode::Mismatch, series.title, std::move(detail)});
}

/// The same series UID or the same image UID under two patients, and doubled images within a series.
void checkIdentifiers(std::vector<Series>& all)
{
    std::map<std::string, std::set<std::string>> patientsOfSeries, patientsOfInstance;
    for (const Series& series : all) {
        const std::string patient = patientKey(series.patient);
        patientsOfSeries[series.seriesUid].insert(patient);
        for (const Instance& instance : series.instances) {
            patientsOfInstance[instance.info.sopInstanceUid].insert(patient);
        }
    }
    for (Series& series : all) {
        if (!series.seriesUid.empty() && patientsOfSeries[series.seriesUid].size() > 1) {
            reportMismatch(series, "another patient has a series with the same identifier; the two are kept apart");
        }
        std::set<std::string> seen;
        std::size_t doubled = 0, shared = 0;
        for (const Instance& instance : series.instances) {
            const std::string& uid = instance.info.sopInstanceUid;
            doubled += !uid.empty() && !seen.insert(uid).second ? 1 : 0;
            shared += !uid.empty() && patientsOfInstance[uid].size() > 1 ? 1 : 0;
        }
        if (shared > 0) {
            reportMismatch(series, std::to_string(shared) + " images have the identifier of an image of another patient");
        }
        if (doubled > 0) {
            reportMismatch(series, std::to_string(doubled) + " images have the identifier of another image of this series");
        }
    }
}

/// Study, patient, series number, title; the key last, so that the order never depends on the file system.
bool comesBefore(const Series& a, const Series& b)
{
    const image::SourceInfo& infoA = a.instances.front().info;
    const image::SourceInfo& infoB = b.instances.front().info;
    const auto order = [](const Series& series, const image::SourceInfo& info) {
        return std::make_tuple(info.studyDate, info.studyTime, series.studyUid, patientKey(series.patient), info.seriesNumber);
    };
    const auto orderA = order(a, infoA);
    const auto orderB = order(b, infoB);
    if (orderA != orderB) {
        return orderA < orderB;
    }
    return a.title != b.title ? naturalLess(a.title, b.title) : a.key < b.key;
}

} // namespace

int Series::imageCount() const
{
    int count = 0;
    for (const Instance& instance : instances) {
        count += std::max(instance.info.frames, 0);
    }
    return count;
}

ImageLocation locate(const Series& series, int index)
{
    int rest = index;
    for (std::size_t i = 0; rest >= 0 && i < series.instances.size(); ++i) {
        const int frames = std::max(series.instances[i].info.frames, 0);
        if (rest < frames) {
            return {static_cast<int>(i), rest};
        }
        rest -= frames;
    }
    throw base::Error(base::ErrorCode::Usage, series.title,
                      "image " + std::to_string(index) + " was asked for, but it has " + std::to_string(series.imageCount()));
}

std::vector<Series> groupIntoSeries(std::vector<Instance> instances)
{
    std::map<std::string, std::vector<Instance>> groups;
    for (Instance& instance : instances) {
        if (instance.info.frames > 0) {
            const std::string key = patientKey(instance.info.patient) + seriesKey(instance);
            groups[key].push_back(std::move(instance));
        }
    }
    std::vector<Series> all;
    all.reserve(groups.size());
    for (auto& [key, members] : groups) {
        all.push_back(makeSeries(key, std::move(members)));
    }
    checkIdentifiers(all);
    std::sort(all.begin(), all.end(), comesBefore);
    return all;
}

} // namespace diascope::study
