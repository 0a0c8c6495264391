// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <map>
#include <string_view>

namespace diascope::dataset {

/// Finds the files that a table names: as written, with one of the usual endings, with the other kind of slash; then,
/// among the files of the image folders, by a name that is the same but for case, accents' encoding (composed or
/// decomposed) and ending, as long as there is one such file only; then DICOM files by an identifier in their header.
class ImageFinder {
public:
    /// Throws Error{NotFound} when the image folder that the source names is not there.
    ImageFinder(const Source& source, decode::DecoderPool& pool, std::stop_token stop);

    struct Found {
        std::vector<std::filesystem::path> files; ///< One; several for a DICOM series, study or patient; none with a
                                                  ///< reason.
        std::string reason;
        bool byPatient = false; ///< The name is a DICOM PatientID, which must not be written anywhere.
    };
    [[nodiscard]] Found find(const std::string& name);

private:
    [[nodiscard]] std::string places() const;
    [[nodiscard]] std::vector<std::filesystem::path> filesBelow() const;
    void listNames();
    void listIdentifiers();

    std::vector<std::filesystem::path> m_folders;
    decode::DecoderPool& m_pool;
    std::stop_token m_stop; ///< Asked while headers are read: Error{Stopped}.
    bool m_namesListed = false, m_identifiersListed = false;
    std::map<std::string, std::vector<std::filesystem::path>> m_byName;       ///< By foldedName(), with and without the
                                                                              ///< ending.
    std::map<std::string, std::vector<std::filesystem::path>> m_byUid;        ///< SOP instance, series, study.
    std::map<std::string, std::vector<std::filesystem::path>> m_byPatient;
};

/// A name for comparing: ASCII lower case, Latin letters without their accents whether composed or not, forward
/// slashes.
[[nodiscard]] std::string foldedName(std::string_view name);

} // namespace diascope::dataset
