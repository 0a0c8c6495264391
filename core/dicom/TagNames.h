// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/DataSet.h"

#include <string>

namespace diascope::dicom {

/// Reads DCMTK's data dictionary; needs the file system. Called by warmUp().
void loadTagNames();

/// Turns DCMTK's log off, once: its messages quote values of patients (safety rule 10).
void quietDcmtk();

/// Keyword of the tag ("Rows"); empty when unknown, private, or before loadTagNames().
[[nodiscard]] std::string tagName(Tag tag);

/// VR by the dictionary; knownVr() before loadTagNames(); 0 when unknown.
[[nodiscard]] Vr dictionaryVr(Tag tag);

} // namespace diascope::dicom
