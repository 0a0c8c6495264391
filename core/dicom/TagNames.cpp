// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/TagNames.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/oflog/oflog.h>

#include <atomic>
#include <mutex>

namespace diascope::dicom {

namespace {

std::atomic<bool> g_loaded = false;

} // namespace

void quietDcmtk()
{
    static std::once_flag once;
    std::call_once(once, [] { OFLog::configure(OFLogger::OFF_LOG_LEVEL); });
}

void loadTagNames()
{
    quietDcmtk();
    dcmDataDict.rdlock();
    dcmDataDict.rdunlock();
    g_loaded = dcmDataDict.isDictionaryLoaded();
}

std::string tagName(Tag tag)
{
    if (!g_loaded || ((tag >> 16) % 2) != 0) {
        return {};
    }
    const DcmDataDictionary& dictionary = dcmDataDict.rdlock();
    const DcmDictEntry* entry =
        dictionary.findEntry(DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF)), nullptr);
    std::string name = entry != nullptr ? entry->getTagName() : "";
    dcmDataDict.rdunlock();
    return name;
}

Vr dictionaryVr(Tag tag)
{
    const Vr own = knownVr(tag);
    if (own != 0 || !g_loaded || ((tag >> 16) % 2) != 0) {
        return own;
    }
    const DcmDataDictionary& dictionary = dcmDataDict.rdlock();
    const DcmDictEntry* entry =
        dictionary.findEntry(DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF)), nullptr);
    Vr result = 0;
    if (entry != nullptr) {
        const char* name = DcmVR(entry->getEVR()).getValidVRName();
        result = static_cast<Vr>((static_cast<unsigned char>(name[0]) << 8) | static_cast<unsigned char>(name[1]));
    }
    dcmDataDict.rdunlock();
    return result;
}

} // namespace diascope::dicom
