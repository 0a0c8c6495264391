// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The packaged qcustomplot.h uses Qt's lower-case keywords, which we build without (QT_NO_KEYWORDS): they are mapped for this one
// include only. Include this file, never qcustomplot.h.
#pragma push_macro("signals")
#pragma push_macro("slots")
#pragma push_macro("emit")
#pragma push_macro("foreach")
#undef signals
#undef slots
#undef emit
#undef foreach
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
#pragma pop_macro("signals")
#pragma pop_macro("slots")
#pragma pop_macro("emit")
#pragma pop_macro("foreach")
