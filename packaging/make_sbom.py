#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes packaging/sbom.spdx.json (SPDX 2.3): what Diascope links, with version, licence and purpose."""
import json
import pathlib
import subprocess

COMPONENTS = [  # name, Debian package that carries the version, licence, purpose
    ("Qt", "qt6-base-dev", "LGPL-3.0-only", "user interface, Qt Test"),
    ("Qt SVG", "qt6-svg-dev", "LGPL-3.0-only", "icons"),
    ("QCustomPlot", "libqcustomplot-dev", "GPL-3.0-or-later", "curves"),
    ("OpenCV", "libopencv-dev", "Apache-2.0", "resampling, PNG writing"),
    ("DCMTK", "libdcmtk-dev", "BSD-3-Clause", "DICOM codecs and writing"),
    ("OpenJPEG", "libopenjp2-7-dev", "BSD-2-Clause", "JPEG 2000 and HTJ2K"),
    ("libjpeg-turbo", "libturbojpeg0-dev", "BSD-3-Clause AND IJG AND Zlib", "8-bit JPEG"),
    ("libpng", "libpng-dev", "libpng-2.0", "PNG"),
    ("libtiff", "libtiff-dev", "libtiff", "TIFF"),
    ("CharLS", "libcharls-dev", "BSD-3-Clause", "JPEG-LS"),
    ("yaml-cpp", "libyaml-cpp-dev", "MIT", "plans"),
    ("nlohmann-json", "nlohmann-json3-dev", "MIT", "manifests, protocol, command line"),
    ("CLI11", "libcli11-dev", "BSD-3-Clause", "command line"),
    ("spdlog", "libspdlog-dev", "MIT", "log file"),
    ("Boost", "libboost-dev", "BSL-1.0", "Boost.Math: distributions and root finding"),
    ("libseccomp", "libseccomp-dev", "LGPL-2.1-only", "sandbox of the decoder process"),
    ("zlib", "zlib1g-dev", "Zlib", "deflated DICOM"),
]


def debian_version(package: str) -> str:
    out = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
    return out.stdout.strip() or "NOASSERTION"


def package(name: str, version: str, licence: str, purpose: str) -> dict:
    return {
        "SPDXID": "SPDXRef-" + name.replace(" ", "-"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "summary": purpose,
    }


def main() -> None:
    packages = [package("Diascope", "0.1.0", "GPL-3.0-or-later", "the application")]
    packages += [package(n, debian_version(p), licence, why) for n, p, licence, why in COMPONENTS]
    packages.append(package("LibTorch", "2.13.0", "BSD-3-Clause", "networks and training"))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "Diascope",
        "documentNamespace": "urn:diascope:sbom:0.1.0",
        "creationInfo": {"created": "2026-11-21T00:00:00Z", "creators": ["Tool: packaging/make_sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-Diascope"}
        ]
        + [
            {"spdxElementId": "SPDXRef-Diascope", "relationshipType": "DYNAMIC_LINK", "relatedSpdxElement": p["SPDXID"]}
            for p in packages[1:]
        ],
    }
    target = pathlib.Path(__file__).with_name("sbom.spdx.json")
    target.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
