# One static library per step of the data flow, so that the linker keeps the order of the layers; they are bundled into
# the one shared library that users link.

file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/empty.cpp" CONTENT "" @ONLY)
add_library(costscan_warnings INTERFACE)
target_compile_options(costscan_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False positives on std::string's operator+ (GCC bug 105329), also seen in precompiled system headers; and a batch
  # is no header, though it includes sources.
  target_compile_options(costscan_warnings INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                                                     -Wno-subobject-linkage)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12's own stable_sort calls what C++17 deprecates; GCC still reports what is ours.
  target_compile_options(costscan_warnings INTERFACE -Wno-deprecated-declarations)
endif()
if(COSTSCAN_WERROR)
  target_compile_options(costscan_warnings INTERFACE -Werror)
endif()
add_library(costscan_flags INTERFACE)
target_link_libraries(costscan_flags INTERFACE costscan_warnings)
# Unit tests: neither optimised nor sanitized themselves (the library that they call is), which takes a third of the time
# to compile.
add_library(costscan_test_flags INTERFACE)
target_link_libraries(costscan_test_flags INTERFACE costscan_warnings)
target_compile_options(costscan_test_flags INTERFACE -O0)
if(COSTSCAN_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's manual: sanitizers' own instrumentation makes this one report false positives.
    target_compile_options(costscan_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_options(costscan_flags INTERFACE -fsanitize=${COSTSCAN_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(costscan_flags INTERFACE -fsanitize=${COSTSCAN_SANITIZE})
  target_link_options(costscan_test_flags INTERFACE -fsanitize=${COSTSCAN_SANITIZE})
endif()

# Headers that most sources parse again. Off where missing includes are to be found (dev, tidy).
option(COSTSCAN_PCH "Precompile the standard library's headers" OFF)
set(COSTSCAN_PCH_HEADERS <algorithm> <array> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> <fmt/ranges.h> <tl/expected.hpp>)
if(COSTSCAN_PCH)
  add_library(costscan_pch STATIC "${CMAKE_BINARY_DIR}/empty.cpp")
  target_link_libraries(costscan_pch PRIVATE tl::expected fmt::fmt costscan_flags)
  target_precompile_headers(costscan_pch PRIVATE ${COSTSCAN_PCH_HEADERS})
endif()

# Several sources of a layer or a test program as one: a third of the time, for builds that nobody repeats. It wants
# names of anonymous namespaces to differ within a layer.
option(COSTSCAN_UNITY "Compile sources in batches" OFF)
set(COSTSCAN_UNITY_BATCH 16 CACHE STRING "Sources in a batch; 0: all of a library or program")
function(costscan_batched target)
  if(COSTSCAN_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${COSTSCAN_UNITY_BATCH})
  endif()
endfunction()

# costscan_precompiled(TARGET [headers besides...]): a library shares the one set; a program, compiled as another kind
# of code, has its own.
function(costscan_precompiled target)
  if(NOT COSTSCAN_PCH)
    return()
  endif()
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "EXECUTABLE")
    target_precompile_headers(${target} PRIVATE ${COSTSCAN_PCH_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM costscan_pch)
    # GCC takes the set only where the same macros are defined.
    target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  endif()
endfunction()

# costscan_layer(NAME sources from this folder... [HOT] [USES layers and libraries])
# USES names other layers without prefix, or any target with its own name. HOT: executes programs in its tests, so that
# sanitizers without optimisation cost minutes.
function(costscan_layer name)
  cmake_parse_arguments(ARG "HOT" "" "USES;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(NOT sources)
    set(sources "${CMAKE_BINARY_DIR}/empty.cpp")
  endif()
  add_library(costscan_${name} STATIC ${sources})
  target_include_directories(costscan_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/analyzer>"
                                                     "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
  foreach(used ${ARG_USES})
    target_link_libraries(costscan_${name} PUBLIC costscan_${used})
  endforeach()
  target_link_libraries(costscan_${name} PRIVATE ${ARG_PRIVATE} costscan_flags)
  costscan_batched(costscan_${name})
  if(COSTSCAN_SANITIZE AND ARG_HOT)
    # The others are left unoptimised because they take longer to compile than their tests to run.
    target_compile_options(costscan_${name} PRIVATE -O1)
    set_target_properties(costscan_${name} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)
  else()
    costscan_precompiled(costscan_${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY COSTSCAN_LAYERS costscan_${name})
endfunction()
