# One static library per step of the data flow, so that the linker keeps the order of the layers; they are bundled into
# the one shared library that users link.

file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/empty.cpp" CONTENT "" @ONLY)
add_library(costscan_warnings INTERFACE)
target_compile_options(costscan_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False positives on std::string's operator+ (GCC bug 105329).
  target_compile_options(costscan_warnings INTERFACE -Wno-restrict)
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

# costscan_layer(NAME sources from this folder... [USES layers and libraries])
# USES names other layers without prefix, or any target with its own name.
function(costscan_layer name)
  cmake_parse_arguments(ARG "" "" "USES;PRIVATE" ${ARGN})
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
  set_property(GLOBAL APPEND PROPERTY COSTSCAN_LAYERS costscan_${name})
endfunction()
