// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/SourceInfo.h"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace diascope::image {

using base::Json;
using base::ObjectReader;

namespace {

const std::string kSubject = "source information";

template <typename E, std::size_t N> struct EnumNames {
    std::array<std::pair<E, std::string_view>, N> entries;
    [[nodiscard]] std::string nameOf(E value) const
    {
        for (const auto& [key, text] : entries) {
            if (key == value) {
                return std::string(text);
            }
        }
        return {};
    }
    [[nodiscard]] E valueOf(std::string_view text) const
    {
        for (const auto& [key, known] : entries) {
            if (known == text) {
                return key;
            }
        }
        throw base::Error(base::ErrorCode::Malformed, kSubject, "unknown name '" + std::string(text) + "'");
    }
};

constexpr EnumNames<Window::Function, 3> kFunctions{{{{Window::Function::Linear, "LINEAR"},
                                                      {Window::Function::LinearExact, "LINEAR_EXACT"},
                                                      {Window::Function::Sigmoid, "SIGMOID"}}}};
constexpr EnumNames<Spacing::Source, 4> kSpacingSources{{{{Spacing::Source::PixelSpacing, "pixelSpacing"},
                                                          {Spacing::Source::ImagerPixelSpacing, "imagerPixelSpacing"},
                                                          {Spacing::Source::UltrasoundRegion, "ultrasoundRegion"},
                                                          {Spacing::Source::File, "file"}}}};

base::ErrorCode codeOf(std::string_view text)
{
    for (int i = 0; i <= static_cast<int>(base::ErrorCode::Internal); ++i) {
        if (base::name(static_cast<base::ErrorCode>(i)) == text) {
            return static_cast<base::ErrorCode>(i);
        }
    }
    throw base::Error(base::ErrorCode::Malformed, kSubject, "unknown error code '" + std::string(text) + "'");
}

Json toJson(const Window& window)
{
    return Json{{"centre", window.centre},
                {"width", window.width},
                {"explanation", window.explanation},
                {"function", kFunctions.nameOf(window.function)}};
}

Json toJson(const UltrasoundRegion& r)
{
    return Json{{"x0", r.x0}, {"y0", r.y0}, {"x1", r.x1}, {"y1", r.y1}, {"flags", r.flags},
                {"spatialFormat", r.spatialFormat}, {"dataType", r.dataType}, {"unitsX", r.unitsX},
                {"unitsY", r.unitsY}, {"deltaX", r.deltaX}, {"deltaY", r.deltaY}};
}

Json toJson(const std::optional<Geometry>& geometry)
{
    if (!geometry) {
        return nullptr;
    }
    return Json{{"position", geometry->position},
                {"rowDirection", geometry->rowDirection},
                {"columnDirection", geometry->columnDirection}};
}

/// JSON has no NaN or infinity: what is not a number in the file is left out here.
template <typename T> Json listOf(const std::vector<T>& values, bool (*isWritable)(const T&))
{
    Json list = Json::array();
    for (const T& value : values) {
        if (isWritable(value)) {
            list.push_back(toJson(value));
        }
    }
    return list;
}

bool isFinite(const Window& w) { return std::isfinite(w.centre) && std::isfinite(w.width); }
bool isFinite(const UltrasoundRegion& r) { return std::isfinite(r.deltaX) && std::isfinite(r.deltaY); }
bool isFinite(const Spacing& s) { return std::isfinite(s.rowMm) && std::isfinite(s.columnMm); }

void writeText(const SourceInfo& info, Json& json)
{
    json["sopClassUid"] = info.sopClassUid;
    json["sopInstanceUid"] = info.sopInstanceUid;
    json["seriesUid"] = info.seriesUid;
    json["studyUid"] = info.studyUid;
    json["frameOfReferenceUid"] = info.frameOfReferenceUid;
    json["studyDescription"] = info.studyDescription;
    json["seriesDescription"] = info.seriesDescription;
    json["studyDate"] = info.studyDate;
    json["studyTime"] = info.studyTime;
    json["manufacturer"] = info.manufacturer;
    json["bodyPart"] = info.bodyPart;
    json["laterality"] = info.laterality;
    json["patientOrientation"] = info.patientOrientation;
    json["seriesNumber"] = info.seriesNumber;
    json["instanceNumber"] = info.instanceNumber;
    json["sliceThicknessMm"] = std::isfinite(info.sliceThicknessMm) ? info.sliceThicknessMm : 0.0;
    const PatientIdentity& p = info.patient;
    json["patient"] = Json{{"name", p.name}, {"id", p.id}, {"birthDate", p.birthDate}, {"sex", p.sex}, {"age", p.age}};
}

void readText(ObjectReader& reader, SourceInfo& info)
{
    reader.read("sopClassUid", info.sopClassUid).read("sopInstanceUid", info.sopInstanceUid);
    reader.read("seriesUid", info.seriesUid).read("studyUid", info.studyUid);
    reader.read("frameOfReferenceUid", info.frameOfReferenceUid).read("studyDescription", info.studyDescription);
    reader.read("seriesDescription", info.seriesDescription).read("studyDate", info.studyDate);
    reader.read("studyTime", info.studyTime).read("manufacturer", info.manufacturer);
    reader.read("bodyPart", info.bodyPart).read("laterality", info.laterality);
    reader.read("patientOrientation", info.patientOrientation).read("seriesNumber", info.seriesNumber);
    reader.read("instanceNumber", info.instanceNumber).read("sliceThicknessMm", info.sliceThicknessMm);
    if (const Json* patient = reader.child("patient")) {
        PatientIdentity& p = info.patient;
        ObjectReader(*patient, kSubject, "patient").read("name", p.name).read("id", p.id).read("birthDate", p.birthDate)
            .read("sex", p.sex).read("age", p.age);
    }
}

Window windowFrom(const Json& json)
{
    Window window;
    std::string function = "LINEAR";
    ObjectReader(json, kSubject, "windows").require("centre", window.centre).require("width", window.width)
        .read("explanation", window.explanation).read("function", function);
    window.function = kFunctions.valueOf(function);
    return window;
}

UltrasoundRegion regionFrom(const Json& json)
{
    UltrasoundRegion r;
    ObjectReader(json, kSubject, "regions").read("x0", r.x0).read("y0", r.y0).read("x1", r.x1).read("y1", r.y1)
        .read("flags", r.flags).read("spatialFormat", r.spatialFormat).read("dataType", r.dataType)
        .read("unitsX", r.unitsX).read("unitsY", r.unitsY).read("deltaX", r.deltaX).read("deltaY", r.deltaY);
    return r;
}

base::Problem problemFrom(const Json& json)
{
    base::Problem problem;
    std::string code = std::string(base::name(base::ErrorCode::Malformed));
    ObjectReader(json, kSubject, "problems").read("code", code).read("subject", problem.subject)
        .read("detail", problem.detail);
    problem.code = codeOf(code);
    return problem;
}

void readGeometry(const Json& json, SourceInfo& info)
{
    if (json.is_null()) {
        return;
    }
    Geometry geometry;
    ObjectReader(json, kSubject, "geometry").require("position", geometry.position)
        .require("rowDirection", geometry.rowDirection).require("columnDirection", geometry.columnDirection);
    info.geometry = geometry;
}

void readSpacing(ObjectReader& reader, SourceInfo& info)
{
    const Json* mm = reader.child("spacingMm");
    std::string source = "pixelSpacing";
    const Json* sourceField = reader.child("spacingSource");
    if (sourceField != nullptr && !sourceField->is_null()) {
        source = sourceField->get<std::string>();
    }
    if (mm == nullptr || mm->is_null()) {
        return;
    }
    const auto values = mm->get<std::array<double, 2>>();
    info.spacing = Spacing{values[0], values[1], kSpacingSources.valueOf(source)};
}

void readRescale(ObjectReader& reader, SourceInfo& info)
{
    if (const Json* rescale = reader.child("rescale")) {
        ObjectReader(*rescale, kSubject, "rescale").read("slope", info.rescale.slope)
            .read("intercept", info.rescale.intercept).read("unit", info.rescale.unit);
    }
}

void readLists(ObjectReader& reader, SourceInfo& info)
{
    const auto each = [&reader](const char* key, auto&& action) {
        const Json* list = reader.child(key);
        if (list == nullptr) {
            return;
        }
        if (!list->is_array()) {
            throw base::Error(base::ErrorCode::Malformed, kSubject, std::string(key) + " is not a list");
        }
        for (const Json& item : *list) {
            action(item);
        }
    };
    each("windows", [&](const Json& item) { info.windows.push_back(windowFrom(item)); });
    each("regions", [&](const Json& item) { info.regions.push_back(regionFrom(item)); });
    each("problems", [&](const Json& item) { info.problems.push_back(problemFrom(item)); });
}

SourceInfo readAll(const Json& json)
{
    SourceInfo info;
    ObjectReader reader(json, kSubject);
    reader.require("kind", info.kind).read("modality", info.modality).read("transferSyntax", info.transferSyntax);
    reader.read("photometric", info.photometric).read("rows", info.rows).read("columns", info.columns);
    reader.read("frames", info.frames).read("samplesPerPixel", info.samplesPerPixel);
    reader.read("bitsAllocated", info.bitsAllocated).read("bitsStored", info.bitsStored);
    reader.read("signed", info.isSigned).read("lossy", info.lossy).read("frameTimesMs", info.frameTimesMs);
    reader.read("frameTimeAssumed", info.frameTimeAssumed).read("lossyMethod", info.lossyMethod);
    readSpacing(reader, info);
    readRescale(reader, info);
    readLists(reader, info);
    if (const Json* geometry = reader.child("geometry")) {
        readGeometry(*geometry, info);
    }
    readText(reader, info);
    return info;
}

} // namespace

Json toJson(const SourceInfo& info)
{
    const bool hasSpacing = info.spacing && isFinite(*info.spacing);
    Json json;
    json["kind"] = info.kind;
    json["modality"] = info.modality;
    json["transferSyntax"] = info.transferSyntax;
    json["photometric"] = info.photometric;
    json["rows"] = info.rows;
    json["columns"] = info.columns;
    json["frames"] = info.frames;
    json["samplesPerPixel"] = info.samplesPerPixel;
    json["bitsAllocated"] = info.bitsAllocated;
    json["bitsStored"] = info.bitsStored;
    json["signed"] = info.isSigned;
    json["spacingMm"] = hasSpacing ? Json::array({info.spacing->rowMm, info.spacing->columnMm}) : Json(nullptr);
    json["lossy"] = info.lossy;
    json["frameTimesMs"] = Json::array();
    for (const double ms : info.frameTimesMs) {
        json["frameTimesMs"].push_back(std::isfinite(ms) ? ms : 0.0);
    }
    json["problems"] = Json::array();
    for (const base::Problem& problem : info.problems) {
        json["problems"].push_back(
            Json{{"code", std::string(base::name(problem.code))}, {"subject", problem.subject}, {"detail", problem.detail}});
    }
    json["frameTimeAssumed"] = info.frameTimeAssumed;
    json["spacingSource"] = hasSpacing ? Json(kSpacingSources.nameOf(info.spacing->source)) : Json(nullptr);
    json["lossyMethod"] = info.lossyMethod;
    json["windows"] = listOf<Window>(info.windows, isFinite);
    const ModalityRescale& rescale = info.rescale;
    const bool isUsable = std::isfinite(rescale.slope) && std::isfinite(rescale.intercept);
    json["rescale"] = Json{{"slope", isUsable ? rescale.slope : 1.0},
                           {"intercept", isUsable ? rescale.intercept : 0.0},
                           {"unit", rescale.unit}};
    json["geometry"] = toJson(info.geometry);
    json["regions"] = listOf<UltrasoundRegion>(info.regions, isFinite);
    writeText(info, json);
    return json;
}

SourceInfo sourceInfoFromJson(const Json& json)
{
    try {
        return readAll(json);
    } catch (const nlohmann::json::exception& e) {
        throw base::Error(base::ErrorCode::Malformed, kSubject, e.what());
    } catch (const base::Error& e) {
        // The reader speaks of plans; this document comes from another process.
        throw base::Error(base::ErrorCode::Malformed, e.subject(), e.detail());
    }
}

} // namespace diascope::image
