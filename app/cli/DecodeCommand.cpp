// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/Npy.h"
#include "app/cli/Png.h"

#include "image/Windowing.h"

#include <algorithm>

namespace diascope::cli {

namespace {

struct DecodeArguments {
    std::string input, stage = "stored", out;
    int frame = 0;
};

std::string dtypeOf(image::PixelType type)
{
    switch (type) {
    case image::PixelType::UInt8:
        return "|u1";
    case image::PixelType::Int8:
        return "|i1";
    case image::PixelType::UInt16:
        return "<u2";
    case image::PixelType::Int16:
        return "<i2";
    case image::PixelType::UInt32:
        return "<u4";
    case image::PixelType::Int32:
        return "<i4";
    case image::PixelType::Float32:
        return "<f4";
    case image::PixelType::Float64:
        break;
    }
    return "<f8";
}

/// The frame in modality units, float32.
image::Image toModality(const image::Image& stored)
{
    std::vector<std::byte> bytes(stored.sampleCount() * sizeof(float));
    auto* values = reinterpret_cast<float*>(bytes.data());
    for (int y = 0; y < stored.height; ++y) {
        for (int x = 0; x < stored.width; ++x) {
            for (int channel = 0; channel < stored.channels; ++channel) {
                *values++ = static_cast<float>(stored.modality(x, y, channel));
            }
        }
    }
    return image::makeImage(stored.width, stored.height, stored.channels, image::PixelType::Float32, std::move(bytes));
}

image::Image atStage(const image::Image& stored, const std::string& stage)
{
    if (stage == "modality") {
        return toModality(stored);
    }
    return stage == "display" ? image::toDisplay8(stored, image::defaultWindow(stored)) : stored;
}

int decodeFrame(Session& session, const DecodeArguments& arguments)
{
    try {
        const auto stored = session.pool().frame(arguments.input, {.frame = arguments.frame, .rawPalette = arguments.stage == "stored"});
        const auto image = atStage(stored, arguments.stage);
        std::vector<int> shape{image.height, image.width};
        if (image.channels > 1) {
            shape.push_back(image.channels);
        }
        if (arguments.out.ends_with(".png")) {
            writePng(arguments.out, image);
        } else {
            writeNpy(arguments.out, dtypeOf(image.type), shape, image.bytes());
        }
        double low = image.stored(0, 0), high = low;
        for (int y = 0; y < image.height; ++y) {
            for (int x = 0; x < image.width; ++x) {
                for (int channel = 0; channel < image.channels; ++channel) {
                    low = std::min(low, image.stored(x, y, channel));
                    high = std::max(high, image.stored(x, y, channel));
                }
            }
        }
        session.result({{"input", arguments.input}, {"frame", arguments.frame}, {"shape", shape},
                        {"dtype", dtypeOf(image.type)}, {"min", low}, {"max", high}});
    } catch (const std::exception& error) {
        session.refused(arguments.input, error);
    }
    return session.exitCode();
}

} // namespace

void addDecode(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<DecodeArguments>();
    auto* command = app.add_subcommand("decode", "Pixels of one frame as .npy or .png, 16 bits kept");
    command->add_option("input", arguments->input, "File")->required();
    command->add_option("--frame", arguments->frame, "Frame, from 0")->check(CLI::NonNegativeNumber)->capture_default_str();
    command->add_option("--stage", arguments->stage, "stored, modality (rescaled, float32) or display (8 bits, default window)")
        ->check(CLI::IsMember({"stored", "modality", "display"}))
        ->capture_default_str();
    command->add_option("--out", arguments->out, "F.npy or F.png")->required()->check([](const std::string& file) {
        return file.ends_with(".npy") || file.ends_with(".png") ? std::string() : std::string("must end in .npy or .png");
    });
    sink(command, [arguments](Session& session) { return decodeFrame(session, *arguments); });
}

} // namespace diascope::cli
