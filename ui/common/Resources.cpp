// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Resources.h"

#include <QApplication>
#include <QLocale>
#include <QTranslator>

// Outside of a namespace, as Q_INIT_RESOURCE demands.
static void initDiascopeResources()
{
    Q_INIT_RESOURCE(diascope);
#ifdef DIASCOPE_HAVE_TRANSLATIONS
    Q_INIT_RESOURCE(diascope_i18n);
#endif
}

namespace diascope::ui {

void initResources()
{
    initDiascopeResources();
}

bool installLanguage(QApplication& application, const QString& language)
{
    initResources();
    const QLocale locale = language.isEmpty() ? QLocale::system() : QLocale(language);
    if (locale.language() == QLocale::English || locale.language() == QLocale::C) {
        return true;
    }
    auto* translator = new QTranslator(&application);
    if (!translator->load(locale, QStringLiteral("diascope"), QStringLiteral("_"), QStringLiteral(":/diascope/i18n"))) {
        delete translator;
        return false;
    }
    QLocale::setDefault(locale);
    return QCoreApplication::installTranslator(translator);
}

} // namespace diascope::ui
