# SPDX-License-Identifier: GPL-3.0-or-later
# Flags of our own code, carried by one INTERFACE target; nothing is set globally but the
# language level and the sanitizers (which every object of a program must share).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# -O3 everywhere costs a fifth of the build and wins nothing but in the loops over pixels (core/image asks for it itself).
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(DIASCOPE_CCACHE ccache)
if(DIASCOPE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # The sloppiness settings let ccache serve objects built with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
        "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
        "CCACHE_PCH_EXTSUM=1" "${DIASCOPE_CCACHE}")
endif()

add_library(diascope_options INTERFACE)
add_library(diascope::options ALIAS diascope_options)
target_compile_options(diascope_options INTERFACE -Wall -Wextra -Wpedantic -Werror)
# g++ 12 reports copies of std::string that cannot happen (GCC bugs 105329 and 105651, fixed in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(diascope_options INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
target_compile_definitions(diascope_options INTERFACE QT_NO_KEYWORDS)

if(DIASCOPE_SANITIZE)
    add_compile_options(-fsanitize=${DIASCOPE_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${DIASCOPE_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized) # false alarms in <regex> with sanitizers (GCC bug 105562)
    endif()
endif()

# diascope_core_library(<folder> SOURCES … [PUBLIC libs…] [PRIVATE libs…] [TORCH])
# makes the static library diascope_<folder> (alias diascope::<folder>), namespace diascope::<folder>.
function(diascope_core_library name)
    cmake_parse_arguments(ARG "TORCH" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(diascope_${name} STATIC ${ARG_SOURCES})
    add_library(diascope::${name} ALIAS diascope_${name})
    target_include_directories(diascope_${name} PUBLIC "${PROJECT_SOURCE_DIR}/core")
    target_link_libraries(diascope_${name} PUBLIC ${ARG_PUBLIC}
                                           PRIVATE diascope::options ${ARG_PRIVATE})
    if(ARG_TORCH)
        target_link_libraries(diascope_${name} PUBLIC diascope::torch)
        target_precompile_headers(diascope_${name} REUSE_FROM diascope_torch_pch)
    endif()
endfunction()

# A program must be compiled as the precompiled header was: -fPIC where CMake would say -fPIE.
function(diascope_reuse_torch_header name)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM diascope_torch_pch)
endfunction()

# diascope_test(<name> SOURCES … LIBS … [LABELS …] [TORCH] [GUI])
# makes a Qt Test program and its ctest. Tests run offscreen, from the source folder.
function(diascope_test name)
    cmake_parse_arguments(ARG "TORCH;GUI" "TIMEOUT" "SOURCES;LIBS;LABELS;ARGS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_link_libraries(${name} PRIVATE diascope::options ${ARG_LIBS} Qt6::Test)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    if(ARG_TORCH)
        target_link_libraries(${name} PRIVATE diascope::torch)
        diascope_reuse_torch_header(${name})
    elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${name} PRIVATE -O1)
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES
        LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;DIASCOPE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};DIASCOPE_SOURCE=${PROJECT_SOURCE_DIR}")
    if(DIASCOPE_SANITIZE MATCHES "thread")
        set_property(TEST ${name} APPEND PROPERTY
                     ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
    endif()
endfunction()
