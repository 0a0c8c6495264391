// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demo/DicomWriter.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace diascope::tests {

/// Of a small generated CT slice: an invented patient, and one level of grey.
struct TinySlice {
    std::string patient = "P1", sex{}, age{}, birthDate{}, studyDate = "20200601";
    int hounsfield = 0;
};

/// 16 x 16 pixels, bright or dark with a little texture.
inline std::filesystem::path writeSlice(const std::filesystem::path& file, const TinySlice& slice)
{
    std::vector<std::int16_t> values;
    for (int i = 0; i < 256; ++i) {
        values.push_back(static_cast<std::int16_t>(slice.hounsfield + i * 7 % 23));
    }
    demo::CtFile ct;
    ct.header.patientName = "TEST^" + slice.patient;
    ct.header.patientId = slice.patient;
    ct.header.sex = slice.sex;
    ct.header.age = slice.age;
    ct.header.birthDate = slice.birthDate;
    ct.header.studyDate = slice.studyDate;
    ct.header.studyTime = "100000";
    const std::string name = file.stem().string();
    ct.header.studyUid = demo::makeUid(1, slice.patient + "/study");
    ct.header.seriesUid = demo::makeUid(1, slice.patient + "/series");
    ct.header.instanceUid = demo::makeUid(1, name);
    ct.frameOfReferenceUid = demo::makeUid(1, slice.patient + "/frame");
    ct.rows = ct.columns = 16;
    ct.hounsfield = values;
    std::filesystem::create_directories(file.parent_path());
    demo::writeBytes(file, demo::ctBytes(ct));
    return file;
}

} // namespace diascope::tests
