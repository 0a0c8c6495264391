// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QApplication;

namespace diascope::ui {

/// Makes the resources of this static library known to Qt. Cheap when called again; the constructors that need them call it.
void initResources();

/// Installs our translation for `language` ("fr", "fr_CA"); empty = the system's language. English is in the source and always
/// there. Returns false when there is no translation for it (the interface stays English).
bool installLanguage(QApplication& application, const QString& language);

} // namespace diascope::ui
