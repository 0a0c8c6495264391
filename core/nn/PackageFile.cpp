// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/PackageFile.h"

#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Hash.h"
#include "base/Text.h"
#include "nn/PackageSeal.h"
#include "nn/Registry.h"
#include "nn/Safetensors.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <array>
#include <charconv>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kMemberPrefix = "members.";
constexpr std::string_view kSourcePrefix = "testVectors.source.";
constexpr std::string_view kLogitsName = "testVectors.logits";
constexpr std::string_view kCasePrefix = "evidence.";

/// The tensors of the training cases under their names; the same list for reading and writing.
std::array<std::pair<std::string_view, at::Tensor PackageCases::*>, 4> caseTensors()
{
    return {{{"embeddings", &PackageCases::embeddings}, {"labels", &PackageCases::labels}, {"samples", &PackageCases::samples},
             {"groups", &PackageCases::groups}}};
}

/// Whether `name` is one of them; then it is put into its place.
bool takeCase(std::string_view name, const at::Tensor& tensor, PackageCases& cases)
{
    for (const auto& [known, place] : caseTensors()) {
        if (name.starts_with(kCasePrefix) && name.substr(kCasePrefix.size()) == known) {
            cases.*place = tensor;
            return true;
        }
    }
    return false;
}

[[noreturn]] void mismatch(const std::string& subject, const std::string& detail)
{
    throw Error(ErrorCode::Mismatch, subject, detail, "Nothing was loaded. Ask for the package again.");
}

/// Takes a number and, when `dot`, the dot behind it off the front of `text`. Nothing when it is not one in its plain form.
std::optional<std::size_t> takeIndex(std::string_view& text, bool dot)
{
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto digits = static_cast<std::size_t>(end - text.data());
    const bool plain = error == std::errc() && (digits == 1 || text.front() != '0');
    if (!plain || (dot ? digits >= text.size() || text[digits] != '.' : digits != text.size())) {
        return std::nullopt;
    }
    text.remove_prefix(digits + (dot ? 1 : 0));
    return value;
}

/// Sorts the file's tensors into members and test vectors; a name of neither kind is refused.
void distribute(const State& tensors, const std::string& subject, PackageFile& package)
{
    const auto members = static_cast<std::size_t>(package.manifest.members);
    package.members.resize(members);
    std::vector<at::Tensor>& sources = package.testVectors.sources;
    for (const auto& [name, tensor] : tensors) {
        std::string_view rest = name;
        std::optional<std::size_t> index;
        if (name == kLogitsName) {
            package.testVectors.logits = tensor;
            continue;
        }
        if (takeCase(name, tensor, package.cases)) {
            continue;
        }
        if (rest.starts_with(kMemberPrefix)) {
            rest.remove_prefix(kMemberPrefix.size());
            index = takeIndex(rest, true);
            if (index && *index < members) {
                package.members[*index].emplace_back(rest, tensor);
                continue;
            }
        } else if (rest.starts_with(kSourcePrefix)) {
            rest.remove_prefix(kSourcePrefix.size());
            index = takeIndex(rest, false);
            if (index && *index < tensors.size()) {
                sources.resize(std::max(sources.size(), *index + 1));
                sources[*index] = tensor;
                continue;
            }
        }
        mismatch(subject, "unexpected tensor '" + base::shortened(name, 200) + "' (the manifest names " + std::to_string(members) + " members)");
    }
}

void checkTestVectors(const TestVectors& vectors, const ModelSpec& spec, const std::string& subject)
{
    const auto count = static_cast<std::int64_t>(vectors.sources.size());
    if (vectors.logits.defined() != (count > 0)) {
        mismatch(subject, "test pictures and test answers are not both there");
    }
    for (const at::Tensor& source : vectors.sources) {
        const bool good = source.defined() && source.dim() == 3 && source.numel() > 0 && source.size(2) <= 4
            && (source.scalar_type() == at::kByte || source.scalar_type() == at::kShort || source.scalar_type() == at::kUInt16);
        if (!good) {
            mismatch(subject, "a test picture is missing or is not whole numbers of shape rows, columns, channels");
        }
    }
    if (count > 0) {
        const at::Tensor& logits = vectors.logits;
        if (logits.dim() != 2 || logits.size(0) != count || logits.size(1) != spec.outputs || logits.scalar_type() != at::kFloat) {
            mismatch(subject, "the test answers are not " + std::to_string(count) + " rows of " + std::to_string(spec.outputs) + " float32 logits");
        }
    }
}

void checkMembers(const std::vector<State>& members, const ModelSpec& spec, const std::string& subject)
{
    const State wanted = makeEmptyClassifier(spec)->state();
    std::string text;
    for (std::size_t k = 0; k < members.size(); ++k) {
        for (const std::string& line : differences(wanted, members[k])) {
            text += " member " + std::to_string(k) + ": " + line + ";";
        }
    }
    if (!text.empty()) {
        text.pop_back();
        mismatch(subject, "the weights do not fit the network " + spec.architecture + ":" + text);
    }
}

std::vector<std::string> warningsOf(const PackageFile& package)
{
    std::vector<std::string> warnings;
    for (std::size_t k = 0; k < package.members.size(); ++k) {
        for (const std::string& name : nonFiniteTensors(package.members[k])) {
            warnings.push_back("member " + std::to_string(k) + ": '" + name + "' holds values that are not finite");
        }
    }
    if (package.testVectors.sources.empty()) {
        warnings.push_back("the package holds no test vectors: it cannot prove that it still computes what it did when it was made");
    }
    return warnings;
}

const std::string& metadataText(const TensorFile& file, std::string_view key, const std::string& subject)
{
    const auto found = file.metadata.find(std::string(key));
    if (found == file.metadata.end()) {
        throw Error(ErrorCode::Malformed, subject, "it holds weights but no manifest (no '" + std::string(key) + "' in its metadata): it is not a model package",
                    "Choose a model package; plain weights are for training to start from.");
    }
    return found->second;
}

} // namespace

PackageFile parsePackage(std::string_view bytes, const std::string& subject)
{
    TensorFile file = parseSafetensors(bytes, subject);
    const base::Json json = base::parseJson(metadataText(file, kManifestKey, subject), subject, kMaxSafetensorsHeader);
    const bool newer = json.is_object() && json.contains("schemaVersion") && base::holdsInteger<int>(json["schemaVersion"])
        && json["schemaVersion"].get<int>() > PackageManifest::kSchemaVersion;
    // A newer format may be sealed in another way; packageManifestFromJson refuses it with its own words.
    if (!newer && !isIntact(bytes, metadataText(file, kSealKey, subject))) {
        throw Error(ErrorCode::Malformed, subject, "its header does not have the SHA-256 that it names: the package is damaged or was changed",
                    "Copy the package again from where it came.");
    }
    PackageFile package;
    package.manifest = packageManifestFromJson(json, subject);
    if (base::sha256Hex(tensorSection(bytes)) != package.manifest.tensorsSha256) {
        throw Error(ErrorCode::Malformed, subject, "its weights do not have the SHA-256 that the manifest names: the package is damaged or was changed",
                    "Copy the package again from where it came.");
    }
    distribute(file.tensors, subject, package);
    return translated("checking the package", [&] {
        checkMembers(package.members, package.manifest.modelSpec, subject);
        checkTestVectors(package.testVectors, package.manifest.modelSpec, subject);
        checkCases(package.cases, package.manifest.evidence, static_cast<std::int64_t>(package.manifest.classes.size()), subject);
        package.warnings = warningsOf(package);
        package.sha256 = base::sha256Hex(bytes);
        return std::move(package);
    });
}

PackageFile readPackage(const std::filesystem::path& file)
{
    return parsePackage(base::readFile(file), file.string());
}

std::shared_ptr<Classifier> makeMember(const PackageFile& package, std::size_t index)
{
    if (index >= package.members.size()) {
        throw Error(ErrorCode::Usage, package.manifest.name, "there is no member " + std::to_string(index));
    }
    auto model = makeEmptyClassifier(package.manifest.modelSpec);
    loadState(*model, package.members[index], package.manifest.name);
    model->train(false);
    return model;
}

std::string serialisePackage(PackageManifest manifest, const std::vector<State>& members, const TestVectors& testVectors, const PackageCases& cases)
{
    const std::string subject = manifest.name.empty() ? "package" : manifest.name;
    // Programs of the first format can read what has nothing new in it.
    const bool second = manifest.evidence.any() || manifest.calibration.method == "isotonic";
    manifest.schemaVersion = manifest.evidence.pixels.any() ? PackageManifest::kSchemaVersion : second ? 2 : 1;
    manifest.members = static_cast<int>(members.size());
    checkSpec(manifest.modelSpec, subject + ": modelSpec");
    checkManifest(manifest, subject);
    checkMembers(members, manifest.modelSpec, subject);
    checkTestVectors(testVectors, manifest.modelSpec, subject);
    checkCases(cases, manifest.evidence, static_cast<std::int64_t>(manifest.classes.size()), subject);
    State all;
    for (std::size_t k = 0; k < members.size(); ++k) {
        for (const auto& [name, tensor] : members[k]) {
            all.emplace_back(std::string(kMemberPrefix) + std::to_string(k) + "." + name, tensor);
        }
    }
    for (std::size_t i = 0; i < testVectors.sources.size(); ++i) {
        all.emplace_back(std::string(kSourcePrefix) + std::to_string(i), testVectors.sources[i]);
    }
    if (testVectors.logits.defined()) {
        all.emplace_back(kLogitsName, testVectors.logits);
    }
    for (const auto& [name, place] : caseTensors()) {
        if (cases.any()) {
            all.emplace_back(std::string(kCasePrefix) + std::string(name), cases.*place);
        }
    }
    // The manifest names the hash of the tensors, and the seal covers the manifest.
    manifest.tensorsSha256 = base::sha256Hex(tensorSection(serialiseSafetensors(all)));
    // A text that is not UTF-8 (a folder name in the command) must not cost the user the package: its bad bytes are replaced.
    const std::string text = toJson(manifest).dump(-1, ' ', false, base::Json::error_handler_t::replace);
    return sealed(serialiseSafetensors(all, {{std::string(kManifestKey), text}, {std::string(kSealKey), blankSeal()}}));
}

std::string writePackage(const std::filesystem::path& file, const PackageManifest& manifest, const std::vector<State>& members,
                         const TestVectors& testVectors, const PackageCases& cases)
{
    return base::writeFileAtomically(file, std::string_view(serialisePackage(manifest, members, testVectors, cases)));
}

} // namespace diascope::nn
