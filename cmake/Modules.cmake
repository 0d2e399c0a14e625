# SPDX-License-Identifier: Apache-2.0
# countersign_module(<name> SOURCES … DEPENDS … [TESTS …] [TEST_DEPENDS …])
#
# Declares one module as a static library `countersign_<name>` and, where TESTS are given, its test program
# `<name>_test` under the ctest label `unit`. Sources are relative to the module's folder; the include root is src/.
include(GoogleTest)

add_library(countersign_options INTERFACE)
target_compile_features(countersign_options INTERFACE cxx_std_20)
target_include_directories(countersign_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_link_libraries(countersign_options INTERFACE Boost::json)
target_compile_options(countersign_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# GCC 12 sees overlaps and overruns that are none, in std::string and std::vector (GCC bugs 105651 and 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(countersign_options INTERFACE -Wno-restrict -Wno-array-bounds
    -Wno-stringop-overflow -Wno-stringop-overread)
endif()
# Under its sanitizers GCC takes members of std::variant and std::optional for uninitialized (GCC bug 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(countersign_options INTERFACE -Wno-maybe-uninitialized)
endif()

# What nearly all units include is compiled ahead of them, once for each kind of target: that takes a third off most
# units. Headers of others alone, so that no change of ours renews it.
#   countersign_precompiled(<name> <library> [<header> …])   declares a kind: beyond the common headers, these
function(countersign_precompiled name library)
  add_library(${name} OBJECT "${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp")
  target_link_libraries(${name} PRIVATE countersign_options ${library})
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string> <string_view> <variant>
    <vector> <boost/json/array.hpp> <boost/json/object.hpp> <boost/json/value.hpp> <boost/outcome/basic_result.hpp> ${ARGN})
endfunction()

countersign_precompiled(countersign_precompiled_module Boost::json)
countersign_precompiled(countersign_precompiled_test GTest::gtest <gtest/gtest.h>)
target_compile_options(countersign_precompiled_test PRIVATE -O0)
countersign_precompiled(countersign_precompiled_program CLI11::CLI11 <CLI/CLI.hpp>)

function(countersign_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})
  add_library(countersign_${name} STATIC ${arg_SOURCES})
  target_link_libraries(countersign_${name} PUBLIC countersign_options ${arg_DEPENDS})
  target_precompile_headers(countersign_${name} REUSE_FROM countersign_precompiled_module)
  if(arg_TESTS)
    add_executable(${name}_test ${arg_TESTS})
    target_link_libraries(${name}_test PRIVATE
      countersign_${name} ${arg_TEST_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
    # The tests themselves are run about as often as they are compiled, and compiling them unoptimised takes half the time.
    target_compile_options(${name}_test PRIVATE -O0)
    target_precompile_headers(${name}_test REUSE_FROM countersign_precompiled_test)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
