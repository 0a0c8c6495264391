// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Classifier.h"
#include "nn/PackageManifest.h"
#include "nn/State.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::nn {

/// Pictures with the answers that the network gave when the package was made: re-run at load they prove that this machine still computes
/// the same.
struct TestVectors {
    std::vector<at::Tensor> sources; ///< uint8 (or int16, uint16 for CT) H,W,C each: the picture before preprocessing.
    at::Tensor logits;               ///< float32 N,K: mean over the members, N = sources.size(). Undefined when there are none.
};

/// A model package: one safetensors file with its manifest inside. Tensors: `members.<k>.<state key>`, `testVectors.source.<i>`,
/// `testVectors.logits`, and where there are training embeddings `evidence.embeddings`, `evidence.labels`, `evidence.samples`, `evidence.groups`.
struct PackageFile {
    PackageManifest manifest;
    std::vector<State> members;        ///< Each fits the network of manifest.modelSpec exactly.
    TestVectors testVectors;
    PackageCases cases;                ///< Embeddings of training pictures; none in packages of format 1.
    std::string sha256;                ///< Of the whole file: the package's identity.
    std::vector<std::string> warnings; ///< Legal but worth saying: weights that are not finite, no test vectors.
};

/// Reads and verifies a package: its hashes (a single flipped bit anywhere refuses it), the manifest, classes against outputs, every
/// member's weights against the network by name and shape, the test vectors' shapes. All or nothing.
/// Throws Error{Malformed} (damaged, or not a package), Error{Mismatch} (listing every name), Error{Plan} (manifest), Error{Unsupported}
/// (newer version), and as readSafetensors.
[[nodiscard]] PackageFile readPackage(const std::filesystem::path& file);
/// The same for bytes at hand; `subject` names them in errors.
[[nodiscard]] PackageFile parsePackage(std::string_view bytes, const std::string& subject);

/// A new network in eval mode, on the CPU, with the weights of member `index`.
[[nodiscard]] std::shared_ptr<Classifier> makeMember(const PackageFile& package, std::size_t index);

/// The bytes of a package after the same checks as at reading; manifest.schemaVersion (the oldest that holds it), members and tensorsSha256 are
/// filled in. Deterministic.
[[nodiscard]] std::string serialisePackage(PackageManifest manifest, const std::vector<State>& members, const TestVectors& testVectors,
                                           const PackageCases& cases = {});
/// Writes it atomically and returns the SHA-256 of the file. Throws as serialisePackage and base::writeFileAtomically.
std::string writePackage(const std::filesystem::path& file, const PackageManifest& manifest, const std::vector<State>& members,
                         const TestVectors& testVectors, const PackageCases& cases = {});

} // namespace diascope::nn
