// SPDX-License-Identifier: GPL-3.0-or-later

#include "Fixtures.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace diascope::test {

namespace {

constexpr double kPi = 3.14159265358979323846;

template <typename T> image::Image imageOf(int width, int height, image::PixelType type, const std::vector<T>& values)
{
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return image::makeImage(width, height, 1, type, std::move(bytes));
}

bool insideEllipse(double x, double y, double rx, double ry)
{
    return x * x / (rx * rx) + y * y / (ry * ry) < 1.0;
}

} // namespace

Shown ultrasound(int frame, int width, int height)
{
    std::mt19937 random(17u + static_cast<unsigned>(frame));
    std::exponential_distribution<double> speckle(1.0);
    std::vector<std::uint8_t> values(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    const double apexX = width / 2.0;
    const double apexY = -0.10 * height;
    std::vector<double> noise(values.size());
    for (double& n : noise) {
        n = std::sqrt(speckle(random));
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double dx = x - apexX;
            const double dy = y - apexY;
            const double depth = std::hypot(dx, dy) / height;
            if (std::abs(std::atan2(dx, dy)) > 0.62 || depth < 0.18 || depth > 1.05) {
                continue;
            }
            double tissue = 0.34 * std::exp(-0.7 * depth);
            const double kx = dx + 10.0;
            const double ky = y - 0.52 * height - 3.0 * std::sin(2.0 * kPi * frame / 20.0);
            if (insideEllipse(kx, ky, 0.24 * width, 0.16 * height)) {
                tissue *= insideEllipse(kx, ky, 0.13 * width, 0.06 * height) ? 2.1 : 0.55;
            }
            if (insideEllipse(kx - 0.12 * width, ky - 4, 0.045 * width, 0.045 * width)) {
                tissue *= 0.08; // a cyst
            }
            const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
            const double smooth = (noise[at] + noise[at > 0 ? at - 1 : at] + noise[at >= static_cast<std::size_t>(width) ? at - static_cast<std::size_t>(width) : at]) / 3.0;
            values[at] = static_cast<std::uint8_t>(std::clamp(255.0 * tissue * (0.25 + 1.2 * smooth), 0.0, 255.0));
        }
    }
    Shown shown;
    shown.image = imageOf(width, height, image::PixelType::UInt8, values);
    shown.image.lossy = true;
    shown.image.spacing = image::Spacing{0.25, 0.25, image::Spacing::Source::UltrasoundRegion};
    shown.info.kind = "dicom";
    shown.info.modality = "US";
    shown.info.rows = height;
    shown.info.columns = width;
    shown.info.frames = 20;
    shown.info.spacing = shown.image.spacing;
    shown.info.lossy = true;
    shown.info.lossyMethod = "JPEG 10:1";
    shown.info.frameTimesMs = {40.0};
    shown.info.sopInstanceUid = "2.25.1001";
    shown.info.patient = {"PHANTOM^KIDNEY", "DEMO-001", "19700101", "O", "054Y"};
    shown.info.studyDescription = "Kidney ultrasound, demonstration";
    shown.info.seriesDescription = "Right kidney, longitudinal";
    shown.info.seriesNumber = 2;
    shown.info.studyDate = "20240131";
    shown.info.studyTime = "101500";
    shown.info.manufacturer = "Diascope generator";
    return shown;
}

Shown ct(int slice)
{
    constexpr int kSize = 512;
    std::mt19937 random(5u + static_cast<unsigned>(slice));
    std::normal_distribution<double> noise(0.0, 12.0);
    std::vector<std::int16_t> values(kSize * kSize, -1000);
    for (int y = 0; y < kSize; ++y) {
        for (int x = 0; x < kSize; ++x) {
            const double dx = x - 256.0;
            const double dy = y - 256.0;
            double hu = -1000.0;
            if (insideEllipse(dx, dy, 210, 150)) {
                hu = insideEllipse(dx, dy, 195, 135) ? 45.0 : -90.0;
                for (const double side : {-1.0, 1.0}) {
                    if (insideEllipse(dx - side * 95, dy - 30, 38, 50)) {
                        hu = insideEllipse(dx - side * 92, dy - 28, 14, 20) ? 20.0 : 170.0;
                    }
                }
                if (insideEllipse(dx, dy - 75, 30, 26)) {
                    hu = 420.0;
                }
                if (insideEllipse(dx + 100, dy + 5, 16, 16)) {
                    hu = 5.0;
                }
                hu += noise(random);
            }
            values[static_cast<std::size_t>(y * kSize + x)] = static_cast<std::int16_t>(std::lround(hu));
        }
    }
    Shown shown;
    shown.image = imageOf(kSize, kSize, image::PixelType::Int16, values);
    shown.image.bitsStored = 16;
    shown.image.rescale.unit = "HU";
    shown.image.spacing = image::Spacing{0.7, 0.7, image::Spacing::Source::PixelSpacing};
    shown.image.windows = {image::Window{40.0, 400.0, "Soft tissue", image::Window::Function::Linear},
                           image::Window{-600.0, 1500.0, "Lung", image::Window::Function::Linear}};
    image::Geometry geometry;
    geometry.position = {-179.0, -179.0, 5.0 * slice};
    shown.image.geometry = geometry;
    shown.info.kind = "dicom";
    shown.info.modality = "CT";
    shown.info.rows = shown.info.columns = kSize;
    shown.info.frames = 1;
    shown.info.spacing = shown.image.spacing;
    shown.info.windows = shown.image.windows;
    shown.info.rescale = shown.image.rescale;
    shown.info.geometry = geometry;
    shown.info.sliceThicknessMm = 5.0;
    shown.info.sopInstanceUid = "2.25.2000" + std::to_string(slice);
    shown.info.patient = {"PHANTOM^ABDOMEN", "DEMO-002", "19650505", "F", ""};
    shown.info.studyDescription = "Abdomen, demonstration";
    shown.info.seriesDescription = "Axial 5 mm";
    shown.info.seriesNumber = 3;
    shown.info.studyDate = "20240201";
    return shown;
}

study::Series series(const std::string& key, const Shown& first, int count, bool multiFrame)
{
    study::Series made;
    made.key = key;
    made.title = first.info.seriesDescription;
    made.modality = first.info.modality;
    made.patient = first.info.patient;
    for (int i = 0; i < (multiFrame ? 1 : count); ++i) {
        study::Instance instance;
        instance.file = "image" + std::to_string(i) + ".dcm";
        instance.info = first.info;
        instance.info.frames = multiFrame ? count : 1;
        made.instances.push_back(instance);
    }
    return made;
}

predict::Prediction prediction(const Shown& shown, int frame)
{
    predict::Prediction made;
    made.source = {"kidney.dcm", frame, shown.info.sopInstanceUid, image::pixelHash(shown.image)};
    made.package = {"KidneyNet", "1.2", "3f9a2c1e5b7d8f00aa11bb22cc33dd44ee55ff6677889900aabbccddeeff0011",
                    "1,240 generated kidney ultrasound images of 310 phantoms, seed 42", true, "temperature T = 1.8"};
    made.classes = {{"Normal", 0.176, -1.54}, {"Cyst", 0.824, 1.54}};
    made.top = 1;
    made.verdict = "Cyst";
    made.threshold = 0.412;
    made.thresholdLocked = true;
    made.folds = {{0.22, 0.78}, {0.15, 0.85}, {0.11, 0.89}, {0.24, 0.76}, {0.16, 0.84}};
    made.networkSaw = shown.image.type == image::PixelType::UInt8 ? shown.image : image::Image();
    made.forwardMs = 21.0;
    made.totalMs = 24.0;
    return made;
}

predict::Explanation explanation(const Shown& shown, int frame)
{
    predict::Explanation made;
    made.source = {"kidney.dcm", frame, shown.info.sopInstanceUid, image::pixelHash(shown.image)};
    made.map.rows = made.map.columns = 7;
    made.map.method = "gradcam";
    made.map.className = "Cyst";
    for (int y = 0; y < 7; ++y) {
        for (int x = 0; x < 7; ++x) {
            made.map.values.push_back(static_cast<float>(std::exp(-((x - 4.2) * (x - 4.2) + (y - 3.3) * (y - 3.3)) / 2.2)));
        }
    }
    const float most = *std::max_element(made.map.values.begin(), made.map.values.end());
    for (float& value : made.map.values) {
        value /= most;
        made.map.raw.push_back(value * 0.4f);
    }
    const double side = std::min(shown.image.width, shown.image.height);
    made.x0 = (shown.image.width - side) / 2;
    made.y0 = (shown.image.height - side) / 2;
    made.x1 = made.x0 + side;
    made.y1 = made.y0 + side;
    return made;
}

train::EpochReport epochReport(int epoch, int epochs)
{
    train::EpochReport report;
    report.epoch = epoch;
    report.epochs = epochs;
    const double t = epoch;
    report.train = {0.12 + 0.55 * std::exp(-t / 5.0), std::nullopt, 0.6 + 0.35 * (1 - std::exp(-t / 5.0)), 800};
    report.validation = {0.22 + 0.47 * std::exp(-t / 4.0) + 0.004 * std::max(0.0, t - 11), 0.55 + 0.37 * (1 - std::exp(-t / 4.0)) - 0.003 * std::max(0.0, t - 11),
                         0.6 + 0.3 * (1 - std::exp(-t / 4.0)), 200};
    report.learningRates = {1e-3, 1e-4};
    report.imagesPerSecond = 412.0;
    report.idlePercent = 2.0;
    report.seconds = 2.4;
    report.best = epoch <= 11;
    return report;
}

} // namespace diascope::test
