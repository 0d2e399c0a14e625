# SPDX-License-Identifier: Apache-2.0
# countersign_module(<name> SOURCES … DEPENDS … [TESTS …] [TEST_DEPENDS …])
#
# Declares one module as a static library `countersign_<name>` and, where TESTS are given, its test program
# `<name>_test` under the ctest label `unit`. Sources are relative to the module's folder; the include root is src/.
include(GoogleTest)

add_library(countersign_options INTERFACE)
target_compile_features(countersign_options INTERFACE cxx_std_20)
target_include_directories(countersign_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(countersign_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# GCC 12 sees overlaps that are none in std::string under -O2 (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(countersign_options INTERFACE -Wno-restrict)
endif()
# Under its sanitizers GCC takes members of std::variant and std::optional for uninitialized (GCC bug 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(countersign_options INTERFACE -Wno-maybe-uninitialized)
endif()

function(countersign_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})
  add_library(countersign_${name} STATIC ${arg_SOURCES})
  target_link_libraries(countersign_${name} PUBLIC countersign_options ${arg_DEPENDS})
  if(arg_TESTS)
    add_executable(${name}_test ${arg_TESTS})
    target_link_libraries(${name}_test PRIVATE
      countersign_${name} ${arg_TEST_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
