// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Text.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace diascope::ui {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(diascope::ui::Text)
};

} // namespace

QString safeText(const std::string& text)
{
    return QString::fromStdString(base::visibleText(text));
}

QString errorTitle(base::ErrorCode code)
{
    using base::ErrorCode;
    switch (code) {
    case ErrorCode::Usage: return Text::tr("This cannot be done");
    case ErrorCode::Plan: return Text::tr("The plan cannot be carried out");
    case ErrorCode::NotFound: return Text::tr("Not found");
    case ErrorCode::Unreadable: return Text::tr("No permission to read or write");
    case ErrorCode::Unsupported: return Text::tr("Kind of file not supported");
    case ErrorCode::Malformed: return Text::tr("Damaged or incomplete file");
    case ErrorCode::TooLarge: return Text::tr("Too large");
    case ErrorCode::Timeout: return Text::tr("Took too long");
    case ErrorCode::Crashed: return Text::tr("The decoder failed on this file");
    case ErrorCode::OutOfMemory: return Text::tr("Not enough memory");
    case ErrorCode::DiskFull: return Text::tr("The disk is full");
    case ErrorCode::Mismatch: return Text::tr("Things that must agree do not");
    case ErrorCode::Device: return Text::tr("Device not available");
    case ErrorCode::Busy: return Text::tr("In use by another program");
    case ErrorCode::Stopped: return Text::tr("Stopped");
    case ErrorCode::Internal: break;
    }
    return Text::tr("Internal error");
}

QString errorRemedy(base::ErrorCode code)
{
    using base::ErrorCode;
    switch (code) {
    case ErrorCode::Usage: return Text::tr("Choose something else and try again.");
    case ErrorCode::Plan: return Text::tr("Correct the named setting.");
    case ErrorCode::NotFound: return Text::tr("Check the name; the file may have been moved or deleted.");
    case ErrorCode::Unreadable: return Text::tr("Check the permissions of the file and its folder.");
    case ErrorCode::Unsupported: return Text::tr("Convert the file, or export it uncompressed from its source.");
    case ErrorCode::Malformed: return Text::tr("Copy or export the file again from its source.");
    case ErrorCode::TooLarge: return Text::tr("Open a smaller file, or raise the limit.");
    case ErrorCode::Timeout: return Text::tr("Try again; if it happens each time, the file is probably damaged.");
    case ErrorCode::Crashed: return Text::tr("Other files are not affected. Please report this file's kind.");
    case ErrorCode::OutOfMemory: return Text::tr("Close other programs, or choose a smaller batch or image size.");
    case ErrorCode::DiskFull: return Text::tr("Free some space or choose another folder; nothing was overwritten.");
    case ErrorCode::Mismatch: return Text::tr("Get the file again from where it was made.");
    case ErrorCode::Device: return Text::tr("Choose the CPU, or check the driver.");
    case ErrorCode::Busy: return Text::tr("Close the other program, or choose another folder.");
    case ErrorCode::Stopped: return Text::tr("What was done until then is kept.");
    case ErrorCode::Internal: break;
    }
    return Text::tr("Please report it with the text of this message.");
}

QString timeLeftText(double seconds)
{
    if (seconds < 0.0 || !std::isfinite(seconds)) {
        return {};
    }
    if (seconds < 90.0) {
        return Text::tr("about %1 s left").arg(std::lround(seconds));
    }
    if (seconds < 5400.0) {
        return Text::tr("about %1 min left").arg(std::lround(seconds / 60.0));
    }
    return Text::tr("about %1 h left").arg(number(seconds / 3600.0, 1));
}

QString number(double value, int decimals)
{
    return QLocale().toString(value, 'f', decimals);
}

} // namespace diascope::ui
