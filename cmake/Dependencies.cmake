# What costscan is built from. scripts/setup installs all of it; a machine that has it elsewhere says so by
# CMAKE_PREFIX_PATH. Each missing part ends configuration with one line that says what to do.

set(_deps_default "$ENV{XDG_CACHE_HOME}")
if(NOT _deps_default)
  set(_deps_default "$ENV{HOME}/.cache")
endif()
set(_deps_default "${_deps_default}/costscan/deps")
if(DEFINED ENV{COSTSCAN_DEPS})
  set(_deps_default "$ENV{COSTSCAN_DEPS}")
endif()
set(COSTSCAN_DEPS "${_deps_default}" CACHE PATH "Prefix that scripts/setup fills (onnx, onnxruntime, venv)")
list(APPEND CMAKE_PREFIX_PATH "${COSTSCAN_DEPS}/onnx" "${COSTSCAN_DEPS}/onnxruntime")

function(costscan_need found what how)
  if(NOT ${found})
    message(FATAL_ERROR "costscan needs ${what}. ${how}, or run scripts/setup, which installs everything.")
  endif()
endfunction()

# Before ONNX: its targets name protobuf::libprotobuf, but its package file does not look for it.
find_package(Protobuf QUIET)
costscan_need(Protobuf_FOUND "protobuf (3.21 or newer)" "Install libprotobuf-dev and protobuf-compiler")
find_package(ONNX CONFIG QUIET)
costscan_need(ONNX_FOUND "the onnx C++ library (1.23)" "Put its install prefix into CMAKE_PREFIX_PATH")
find_package(tl-expected CONFIG QUIET)
costscan_need(tl-expected_FOUND "tl::expected" "Install libexpected-dev")
find_package(fmt CONFIG QUIET)
costscan_need(fmt_FOUND "fmt" "Install libfmt-dev")
find_package(yaml-cpp CONFIG QUIET)
costscan_need(yaml-cpp_FOUND "yaml-cpp" "Install libyaml-cpp-dev")
find_package(nlohmann_json CONFIG QUIET)
costscan_need(nlohmann_json_FOUND "nlohmann-json" "Install nlohmann-json3-dev")
find_package(Eigen3 CONFIG QUIET)
costscan_need(Eigen3_FOUND "Eigen" "Install libeigen3-dev")
find_package(CLI11 CONFIG QUIET)
costscan_need(CLI11_FOUND "CLI11" "Install libcli11-dev")
find_path(COSTSCAN_ORT_INCLUDE onnxruntime_c_api.h
          PATH_SUFFIXES onnxruntime onnxruntime/core/session include)
costscan_need(COSTSCAN_ORT_INCLUDE "ONNX Runtime's C headers (onnxruntime_c_api.h)" "Install libonnxruntime-dev (Debian 13 on)")

# Only remembered, so that a machine whose own ONNX Runtime was used to build finds it again at run time.
find_library(COSTSCAN_ORT_LIBRARY NAMES onnxruntime)

file(GLOB _llvm_prefixes "/usr/lib/llvm-*" "/usr/lib64/llvm*" "/opt/homebrew/opt/llvm")
list(SORT _llvm_prefixes COMPARE NATURAL ORDER DESCENDING)
find_path(COSTSCAN_LIBCLANG_INCLUDE clang-c/Index.h HINTS ${_llvm_prefixes} PATH_SUFFIXES include)
costscan_need(COSTSCAN_LIBCLANG_INCLUDE "libclang's headers (clang-c/Index.h, LLVM 17 or newer)"
              "Install libclang-19-dev, or put LLVM's install prefix into CMAKE_PREFIX_PATH")
get_filename_component(_llvm_prefix "${COSTSCAN_LIBCLANG_INCLUDE}" DIRECTORY)
find_library(COSTSCAN_LIBCLANG NAMES clang libclang HINTS "${_llvm_prefix}/lib" ${_llvm_prefixes} PATH_SUFFIXES lib)
costscan_need(COSTSCAN_LIBCLANG "libclang" "Install libclang-19-dev, or put LLVM's install prefix into CMAKE_PREFIX_PATH")
file(STRINGS "${COSTSCAN_LIBCLANG_INCLUDE}/clang-c/Index.h" _operators REGEX "clang_getCursorBinaryOperatorKind")
costscan_need(_operators "libclang 17 or newer (${COSTSCAN_LIBCLANG_INCLUDE} is older)" "Install libclang-19-dev")

# yaml-cpp 0.7 (Debian 12) has a plain target, later ones a namespaced one.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp INTERFACE IMPORTED GLOBAL)
  target_link_libraries(yaml-cpp::yaml-cpp INTERFACE yaml-cpp)
endif()

# Headers only: the library itself is loaded at run time.
add_library(costscan_ort_headers INTERFACE)
target_include_directories(costscan_ort_headers SYSTEM INTERFACE "${COSTSCAN_ORT_INCLUDE}")
add_library(costscan_libclang_headers INTERFACE)
target_include_directories(costscan_libclang_headers SYSTEM INTERFACE "${COSTSCAN_LIBCLANG_INCLUDE}")
