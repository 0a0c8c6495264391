// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Formats.h"
#include "formats/PictureBuilder.h"

#include <QTest>

#include <string_view>

using namespace diascope;
using namespace std::string_view_literals;

namespace {

QByteArray raw(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

tests::Bytes bytesOf(const QByteArray& data)
{
    return tests::bytesOf({data.constData(), static_cast<std::size_t>(data.size())});
}

} // namespace

class SniffTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsKindsByContent_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QString>("kind");
        QTest::newRow("png") << raw("\x89PNG\r\n\x1a\n....") << "png";
        QTest::newRow("jpeg") << raw("\xff\xd8\xff\xe0....") << "jpeg";
        QTest::newRow("tiff little endian") << raw("II*\0\x08\0\0\0"sv) << "tiff";
        QTest::newRow("tiff big endian") << raw("MM\0*\0\0\0\x08"sv) << "tiff";
        QTest::newRow("bmp") << raw("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv) << "bmp";
        QTest::newRow("text that begins with BM") << raw("BM is the word it begins with") << "";
        QTest::newRow("DICOM") << QByteArray(128, '\0') + "DICM" << "dicom";
        QTest::newRow("DICOM behind a TIFF preamble") << (raw("II*\0"sv) + QByteArray(124, '\0') + "DICM") << "dicom";
        QTest::newRow("one byte") << raw("\x89") << "";
        QTest::newRow("nothing") << QByteArray() << "";
    }
    void knowsKindsByContent()
    {
        QFETCH(QByteArray, head);
        QFETCH(QString, kind);
        QCOMPARE(QString::fromStdString(formats::sniff(bytesOf(head)).value_or("")), kind);
    }

    void refusesOtherFilesByName_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QString>("name");
        QTest::newRow("zip") << raw("PK\3\4....") << "a ZIP archive";
        QTest::newRow("gif") << raw("GIF89a....") << "a GIF picture";
        QTest::newRow("webp") << raw("RIFF\x10\0\0\0WEBPVP8 "sv) << "a WebP picture";
        QTest::newRow("jpeg xl code stream") << raw("\xff\x0a....") << "a JPEG XL picture";
        QTest::newRow("jpeg xl container") << raw("\0\0\0\x0cJXL \r\n\x87\n"sv) << "a JPEG XL picture";
        QTest::newRow("jp2") << raw("\0\0\0\x0cjP  \r\n\x87\n"sv) << "a JPEG 2000 file";
        QTest::newRow("avif") << raw("\0\0\0\x1c""ftypavif"sv) << "an AVIF picture";
        QTest::newRow("html") << raw("\xef\xbb\xbf\n <!DOCTYPE HTML><html>") << "an HTML page";
        QTest::newRow("svg") << raw("<?xml version='1.0'?><svg/>") << "an SVG drawing";
        QTest::newRow("xml bomb") << raw("<?xml version='1.0'?><!DOCTYPE lolz [") << "an XML document";
        QTest::newRow("pdf") << raw("%PDF-1.7") << "a PDF document";
        QTest::newRow("gzip") << raw("\x1f\x8b\x08") << "a gzip archive";
        QTest::newRow("program") << raw("\x7f""ELF") << "a program (ELF)";
        QTest::newRow("big tiff") << raw("II+\0\x08\0\0\0"sv) << "a BigTIFF picture";
    }
    void refusesOtherFilesByName()
    {
        QFETCH(QByteArray, head);
        QFETCH(QString, name);
        try {
            (void)formats::readInfo(bytesOf(head), "kidney.png");
            QFAIL("it was accepted");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Unsupported);
            QCOMPARE(error.subject(), std::string("kidney.png"));
            QVERIFY2(error.detail().find("this is " + name.toStdString()) != std::string::npos, error.what());
        }
    }

    void saysThatAFileIsEmpty()
    {
        try {
            (void)formats::read({}, "empty.png");
            QFAIL("it was accepted");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Malformed);
            QVERIFY(error.detail().find("0 bytes") != std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(SniffTest)
#include "SniffTest.moc"
