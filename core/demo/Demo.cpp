// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Demo.h"

#include "base/Clock.h"
#include "base/Rng.h"
#include "demo/CtPhantom.h"
#include "demo/DicomWriter.h"
#include "demo/Parallel.h"
#include "demo/UltrasoundSimulator.h"
#include "demo/Padded.h"

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <span>

namespace diascope::demo {
namespace {

using base::Error;
using base::ErrorCode;
namespace fs = std::filesystem;

/// What one patient contributed; kept by number, so that tables do not depend on which thread was first.
struct Share {
    std::string rows; ///< Lines of the table.
    int images = 0, cines = 0, slices = 0, pictures = 0;
    std::int64_t files = 0, bytes = 0;
    void count(std::size_t size)
    {
        ++files;
        bytes += static_cast<std::int64_t>(size);
    }
};

/// Everything that the parts of the work share. Read-only but for the reporter.
struct Job {
    fs::path folder;
    DemoConfig config;
    std::stop_token stop;
    void finishOne(const std::string& stage) const
    {
        if (progress == nullptr || !*progress) {
            return;
        }
        const std::lock_guard lock(*mutex);
        ++*done;
        const double left = watch.seconds() / static_cast<double>(*done) * static_cast<double>(total - *done);
        (*progress)({stage, *done, total, left});
    }
    const ProgressCallback* progress = nullptr;
    std::mutex* mutex = nullptr;
    std::int64_t* done = nullptr;
    std::int64_t total = 0;
    base::Stopwatch watch;
};

std::vector<std::byte> png(std::span<const std::uint8_t> grey, int rows, int columns)
{
    try {
        std::vector<std::uint8_t> out;
        // OpenCV does not write through the pointer.
        const cv::Mat picture(rows, columns, CV_8UC1, const_cast<std::uint8_t*>(grey.data()));
        cv::imencode(".png", picture, out, {cv::IMWRITE_PNG_COMPRESSION, 4});
        const auto bytes = std::as_bytes(std::span(out));
        return {bytes.begin(), bytes.end()};
    } catch (const cv::Exception& e) {
        throw Error(ErrorCode::Internal, "PNG", e.what());
    }
}

/// The same picture under a second name: a link where the file system has them (no second copy on the disk), else a copy.
void sameFile(const fs::path& from, const fs::path& to)
{
    std::error_code code;
    fs::remove(to, code);
    fs::create_hard_link(from, to, code);
    if (code) {
        fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
    }
    if (code) {
        throw Error(code == std::errc::no_space_on_device ? ErrorCode::DiskFull : ErrorCode::Unreadable, to.string(), code.message());
    }
}

void writeBytesFresh(const fs::path& file, std::span<const std::byte> bytes)
{
    std::error_code code;
    fs::remove(file, code); // Never write through a link of an earlier run.
    writeBytes(file, bytes);
}

DicomHeader headerOf(const Job& job, const std::string& id, int number, base::Rng& rng)
{
    DicomHeader h;
    h.patientName = "DEMO^PATIENT " + id.substr(id.find_last_of('-') + 1);
    h.patientId = id;
    const int age = 24 + static_cast<int>(rng.below(60));
    h.birthDate = std::to_string(2020 - age) + "0101";
    h.age = padded(age, 3) + "Y";
    h.sex = std::string(1, rng.chance(0.5) ? 'F' : 'M');
    h.studyUid = makeUid(job.config.seed, id + "/study");
    h.studyId = std::to_string(number);
    h.studyDate = "20200601";
    h.studyTime = "100000";
    return h;
}

Share writeUltrasoundPatient(const Job& job, int index)
{
    const DemoConfig& config = job.config;
    const std::string id = "DEMO-" + padded(index + 1, 4);
    const bool failure = index % 2 == 1;
    const char* className = failure ? "renal_failure" : "normal";
    base::Rng rng = base::Rng::stream(config.seed, "demo.ultrasound.patient", static_cast<std::uint64_t>(index));
    SweepConfig sweep;
    sweep.traits = drawTraits(failure, rng);
    sweep.probe = drawProbe(rng);
    sweep.seed = config.seed;
    sweep.patient = static_cast<std::uint64_t>(index);
    UltrasoundFile file;
    file.header = headerOf(job, id, index + 1, rng);
    file.header.studyDescription = "Simulated kidney ultrasound";
    file.probe = sweep.probe.name;
    const fs::path folder = job.folder / "ultrasound/dicom" / id;
    makeFolder(folder);
    Share share;
    const bool cine = config.cineEvery > 0 && index % config.cineEvery == 0;
    for (int image = 0; image < config.imagesPerPatient + (cine ? 1 : 0); ++image) {
        if (job.stop.stop_requested()) {
            return share;
        }
        const bool moving = image == config.imagesPerPatient;
        const auto sample = static_cast<std::uint64_t>(image);
        base::Rng views = base::Rng::stream(config.seed, "demo.ultrasound.view", static_cast<std::uint64_t>(index), sample);
        sweep.view = drawView(moving ? 0 : image, views);
        sweep.image = sample;
        sweep.frames = moving ? config.cineFrames : 1;
        UltrasoundSweep result = simulate(sweep);
        const std::string name = std::string(moving ? "cine" : "image") + padded(moving ? 1 : image + 1, 2);
        file.fan = result.fan;
        file.multiFrame = moving;
        file.storage = moving ? Storage::JpegBaseline : Storage::Uncompressed;
        file.header.instanceUid = makeUid(config.seed, id + "/" + name);
        file.header.seriesUid = makeUid(config.seed, id + "/series/" + (moving ? "cine" : "still") + (sweep.view.leftKidney ? "L" : "R"));
        file.header.seriesNumber = (moving ? 3 : 1) + (sweep.view.leftKidney ? 1 : 0);
        file.header.instanceNumber = image + 1;
        file.header.laterality = sweep.view.leftKidney ? "L" : "R";
        file.header.seriesDescription = std::string("Simulated ") + (sweep.view.leftKidney ? "left" : "right") + " kidney" + (moving ? ", cine" : "");
        if (!moving) {
            const auto picture = png(result.frames.front(), result.fan.height, result.fan.width);
            const std::string pictureName = id + "_" + padded(image + 1, 2) + ".png";
            const fs::path plain = job.folder / "ultrasound/images" / pictureName;
            writeBytesFresh(plain, picture);
            sameFile(plain, job.folder / "ultrasound/classes" / className / pictureName);
            share.count(picture.size());
            share.rows += pictureName + "," + (failure ? "1" : "0") + "," + id + "\n";
            ++share.images;
        }
        file.frames = std::move(result.frames);
        const auto bytes = ultrasoundBytes(file);
        writeBytesFresh(folder / (name + ".dcm"), bytes);
        share.count(bytes.size());
        share.cines += moving ? 1 : 0;
    }
    job.finishOne("Simulating ultrasound");
    return share;
}

/// 8-bit picture through the abdominal window 50/320.
std::vector<std::uint8_t> windowed(const std::vector<std::int16_t>& slice)
{
    std::vector<std::uint8_t> grey(slice.size());
    std::transform(slice.begin(), slice.end(), grey.begin(), [](std::int16_t value) {
        return static_cast<std::uint8_t>(std::lround(std::clamp((value + 110.0) / 320.0, 0.0, 1.0) * 255.0));
    });
    return grey;
}

struct CtPatient {
    CtPhantom phantom;
    CtFile file;
    KidneyFinding finding;
    std::string id;
};

CtPatient drawCtPatient(const Job& job, int index)
{
    const auto number = static_cast<std::uint64_t>(index);
    base::Rng rng = base::Rng::stream(job.config.seed, "demo.ct.patient", number);
    const auto finding = static_cast<KidneyFinding>(index % 4);
    CtPatient p{CtPhantom(finding, base::Rng::stream(job.config.seed, "demo.ct.phantom", number)), {}, finding, "DEMO-CT-" + padded(index + 1, 4)};
    CtFile& file = p.file;
    file.header = headerOf(job, p.id, 1000 + index, rng);
    file.header.seriesUid = makeUid(job.config.seed, p.id + "/series");
    file.header.studyDescription = "Simulated abdominal CT";
    file.header.seriesDescription = "Simulated, venous phase";
    file.frameOfReferenceUid = makeUid(job.config.seed, p.id + "/frame");
    file.spacingMm = std::round(rng.uniform(0.72, 0.82) * 100.0) / 100.0;
    file.betweenSlicesMm = file.thicknessMm = std::clamp(std::round(1200.0 / job.config.ctSlices) / 10.0, 1.0, 5.0);
    makeFolder(job.folder / "ct/dicom" / p.id);
    return p;
}

Share writeCtSlice(const Job& job, const CtPatient& patient, int index)
{
    CtFile file = patient.file;
    const int slice = index % job.config.ctSlices;
    CtSlice where{file.rows, file.columns, file.spacingMm, (slice - 0.5 * (job.config.ctSlices - 1)) * file.betweenSlicesMm};
    const auto hu = scanSlice(patient.phantom, where, base::Rng::stream(job.config.seed, "demo.ct.noise", static_cast<std::uint64_t>(index)));
    const std::string name = padded(slice + 1, 3);
    file.header.instanceUid = makeUid(job.config.seed, patient.id + "/" + name);
    file.header.instanceNumber = slice + 1;
    file.position = {-0.5 * file.spacingMm * (file.columns - 1), -0.5 * file.spacingMm * (file.rows - 1), where.z};
    file.hounsfield = hu;
    const auto bytes = ctBytes(file);
    writeBytesFresh(job.folder / "ct/dicom" / patient.id / (name + ".dcm"), bytes);
    Share share;
    share.slices = 1;
    share.count(bytes.size());
    if (patient.phantom.showsFinding(where.z)) {
        const auto picture = png(windowed(hu), file.rows, file.columns);
        const std::string className(folderName(patient.finding));
        const std::string pictureName = patient.id + "_" + name + ".png";
        writeBytesFresh(job.folder / "ct/classes" / className / pictureName, picture);
        share.rows = className + "/" + pictureName + "," + className + "," + patient.id + "\n";
        share.pictures = 1;
        share.count(picture.size());
    }
    job.finishOne("Simulating CT");
    return share;
}

constexpr std::string_view kReadme
    = "Demonstration data of Diascope\n"
      "==============================\n\n"
      "Everything in this folder was generated by `diascope-cli demo`. No person was imaged: patients, names, dates and\n"
      "findings are invented, and the pictures are simulations. They are good for trying the program, not for anything else.\n\n"
      "ultrasound/dicom/<patient>/   stills and cines with region calibration\n"
      "ultrasound/images/            the stills as PNG\n"
      "ultrasound/Train.csv          img_IDs, target (1 = renal failure), patient\n"
      "ultrasound/classes/           the same pictures by class\n"
      "ct/dicom/<patient>/           one CT series a patient, HU\n"
      "ct/classes/                   slices that show the finding, window 50/320\n"
      "ct/labels.csv                 image, label, patient\n\n"
      "Split by patient: pictures of one patient are alike. Research and education software. Not a medical device. Not for diagnosis\n"
      "or treatment decisions.\n\n";

void writeText(const fs::path& file, const std::string& text, Share& share)
{
    writeBytesFresh(file, std::as_bytes(std::span(text)));
    share.count(text.size());
}

} // namespace

std::vector<base::Problem> DemoConfig::check() const
{
    std::vector<base::Problem> problems;
    const auto range = [&](const char* key, int value, int low, int high) {
        if (value < low || value > high) {
            problems.push_back({ErrorCode::Usage, key, std::to_string(value) + " is not in " + std::to_string(low) + ".." + std::to_string(high)});
        }
    };
    range("patients", patients, 1, 9999);
    range("imagesPerPatient", imagesPerPatient, 1, 16);
    range("cineEvery", cineEvery, 0, 9999);
    range("cineFrames", cineFrames, 2, 500);
    range("ctPatients", ctPatients, 0, 999);
    range("ctSlices", ctSlices, 1, 400);
    range("threads", threads, 0, 1024);
    return problems;
}

DemoSummary writeDemo(const fs::path& folder, const DemoConfig& config, const ProgressCallback& progress, std::stop_token stop)
{
    if (const auto problems = config.check(); !problems.empty()) {
        throw Error(ErrorCode::Usage, problems.front().subject, problems.front().detail);
    }
    for (const char* name : {"ultrasound/images", "ultrasound/dicom", "ultrasound/classes/normal", "ultrasound/classes/renal_failure", "ct/dicom",
                             "ct/classes/Cyst", "ct/classes/Normal", "ct/classes/Stone", "ct/classes/Tumor"}) {
        makeFolder(folder / name);
    }
    std::mutex mutex;
    std::int64_t done = 0;
    const int ctTotal = config.ctPatients * config.ctSlices;
    Job job{folder, config, stop, &progress, &mutex, &done, config.patients + ctTotal, {}};
    std::vector<CtPatient> ctPatients;
    for (int i = 0; i < config.ctPatients; ++i) {
        ctPatients.push_back(drawCtPatient(job, i));
    }
    // Long pieces first, so that no thread is left with one at the end.
    std::vector<Share> shares(static_cast<std::size_t>(config.patients + ctTotal));
    parallelFor(config.patients + ctTotal, config.threads, stop, [&](int i) {
        const int slice = i - config.patients;
        shares[static_cast<std::size_t>(i)] = slice < 0 ? writeUltrasoundPatient(job, i)
                                                        : writeCtSlice(job, ctPatients[static_cast<std::size_t>(slice / config.ctSlices)], slice);
    });
    std::string train = "img_IDs,target,patient\n", labels = "image,label,patient\n";
    Share all;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const Share& share = shares[i];
        (i < static_cast<std::size_t>(config.patients) ? train : labels) += share.rows;
        all.images += share.images;
        all.cines += share.cines;
        all.slices += share.slices;
        all.pictures += share.pictures;
        all.files += share.files;
        all.bytes += share.bytes;
    }
    writeText(folder / "ultrasound/Train.csv", train, all);
    writeText(folder / "ct/labels.csv", labels, all);
    writeText(folder / "README.txt", std::string(kReadme) + "Seed " + std::to_string(config.seed) + ", " + std::to_string(config.patients) + " ultrasound and "
              + std::to_string(config.ctPatients) + " CT patients.\n", all);
    return {config.patients, all.images, all.cines, config.ctPatients, all.slices, all.pictures, all.files, all.bytes, job.watch.seconds()};
}

} // namespace diascope::demo
