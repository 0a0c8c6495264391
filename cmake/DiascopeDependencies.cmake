# SPDX-License-Identifier: GPL-3.0-or-later
# Every dependency, with the purpose it serves. packaging/sbom.spdx.json lists the same set with licences.

# nlohmann-json: JSON of manifests, protocol and CLI. Header only.
find_path(DIASCOPE_NLOHMANN_INCLUDE nlohmann/json.hpp
          HINTS "${LIBTORCH_DIR}/include" "${PROJECT_SOURCE_DIR}/.deps/json/include" REQUIRED)
add_library(diascope_json INTERFACE)
add_library(diascope::json ALIAS diascope_json)
target_include_directories(diascope_json SYSTEM INTERFACE "${DIASCOPE_NLOHMANN_INCLUDE}")

# Boost.Math: root finding, beta and normal distributions of the metrics. Header only; a machine that only trains can do without.
find_package(Boost 1.74)
if(NOT Boost_FOUND AND NOT DIASCOPE_ENGINE_ONLY)
    message(FATAL_ERROR "Boost 1.74 or newer not found. Run packaging/setup.sh.")
endif()
find_package(Threads REQUIRED)

# LibTorch: networks and training. Taken from the Python wheel; only libtorch_cpu and libc10 are linked, so
# that one binary serves CPU and GPU (base/Accelerator loads libtorch_cuda at start when there is one).
if(DIASCOPE_WITH_TORCH)
    set(LIBTORCH_DIR "" CACHE PATH "Folder of LibTorch (holds include/ and lib/)")
    if(NOT LIBTORCH_DIR)
        set(LIBTORCH_DIR "${PROJECT_SOURCE_DIR}/.deps/torch/torch")
    endif()
    if(NOT EXISTS "${LIBTORCH_DIR}/include/torch/csrc/api/include/torch/torch.h")
        message(FATAL_ERROR "LibTorch not found in '${LIBTORCH_DIR}'. Run packaging/setup.sh, or pass "
                            "-DLIBTORCH_DIR=<folder that holds include/ and lib/>.")
    endif()
    add_library(diascope_torch INTERFACE)
    add_library(diascope::torch ALIAS diascope_torch)
    target_include_directories(diascope_torch SYSTEM INTERFACE
        "${LIBTORCH_DIR}/include" "${LIBTORCH_DIR}/include/torch/csrc/api/include")
    target_link_directories(diascope_torch INTERFACE "${LIBTORCH_DIR}/lib")
    target_link_libraries(diascope_torch INTERFACE
        -Wl,--no-as-needed torch_cpu c10 -Wl,--as-needed)
    target_link_options(diascope_torch INTERFACE "LINKER:-rpath,${LIBTORCH_DIR}/lib")
    # The one precompiled header: torch/torch.h costs about 15 s a file without it.
    file(WRITE "${CMAKE_BINARY_DIR}/torch_pch.cpp" "// Carries the precompiled header.\n")
    add_library(diascope_torch_pch OBJECT "${CMAKE_BINARY_DIR}/torch_pch.cpp")
    target_link_libraries(diascope_torch_pch PRIVATE diascope::torch diascope::options)
    target_precompile_headers(diascope_torch_pch PRIVATE <torch/torch.h>)
endif()

if(NOT DIASCOPE_ENGINE_ONLY)
    # OpenCV: resampling for the screen, PNG/TIFF/BMP, image processing of the training recipes, HOG and SVM of the floors.
    find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs photo ml objdetect)
    add_library(diascope_opencv INTERFACE)
    add_library(diascope::opencv ALIAS diascope_opencv)
    target_include_directories(diascope_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
    target_link_libraries(diascope_opencv INTERFACE opencv_core opencv_imgproc opencv_imgcodecs)
    # nanoflann: nearest neighbours of the data audit. Header only.
    find_path(DIASCOPE_NANOFLANN_INCLUDE nanoflann.hpp REQUIRED)
    add_library(diascope_nanoflann INTERFACE)
    add_library(diascope::nanoflann ALIAS diascope_nanoflann)
    target_include_directories(diascope_nanoflann SYSTEM INTERFACE "${DIASCOPE_NANOFLANN_INCLUDE}")
    # DCMTK: DICOM parsing and writing, RLE, JPEG and JPEG-LS codecs.
    find_package(DCMTK REQUIRED)
    # OpenJPEG: JPEG 2000 and HTJ2K. libjpeg-turbo: 8-bit JPEG. CharLS: JPEG-LS.
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(OPENJPEG REQUIRED IMPORTED_TARGET libopenjp2)
    pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
    find_package(charls REQUIRED)
    # yaml-cpp: plans. spdlog: log files. SQLite: study files of a search. zlib: deflated DICOM.
    find_package(yaml-cpp REQUIRED)
    find_package(spdlog REQUIRED)
    find_package(SQLite3 REQUIRED)
    find_package(ZLIB REQUIRED)
    # CLI11: the command line.
    find_package(CLI11 REQUIRED)
endif()

# Qt: the interface (Widgets, Svg), and Qt Test for every test. engine-only needs none of it.
if(DIASCOPE_ENGINE_ONLY)
    find_package(Qt6 6.4 QUIET COMPONENTS Core Test)
else()
    find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets Svg PrintSupport Test)
    # QCustomPlot: curves.
    find_package(QCustomPlotQt6 REQUIRED)
endif()
