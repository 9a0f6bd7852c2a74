#!/usr/bin/env bash
# Installs a build, moves the installed tree elsewhere, and uses command and library from there.
# usage: run.sh BUILD_DIR SOURCE_DIR CMAKE CXX
set -euo pipefail
build=$1 source=$2 cmake=$3 cxx=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" || fail "$(tail -5 "$work/install.log")"
mkdir "$work/elsewhere"
mv "$work/first" "$work/elsewhere/costscan"
prefix=$work/elsewhere/costscan
command=$prefix/bin/costscan

# Nothing of the build and none of setup's places may help from here on.
unset COSTSCAN_DEPS COSTSCAN_ORT_LIB LD_LIBRARY_PATH
export HOME=$work/home XDG_CACHE_HOME=$work/home/cache
mkdir -p "$XDG_CACHE_HOME"
library=$(compgen -G "$prefix/lib*/libcostscan.so" || compgen -G "$prefix/lib/*/libcostscan.so") ||
  fail "no libcostscan.so below the prefix"
for file in "$command" "$library"; do
  ! readelf -d "$file" | grep -E 'R(UN)?PATH' | grep -F "$build" || fail "$file looks for libraries in the build tree"
done

cd "$work"
model=$source/tests/models/bert_tiny.onnx
"$command" "$model" --static --report csv >nodes.csv
rows=$(($(wc -l <nodes.csv) - 1))
((rows >= 228)) || fail "the moved command listed $rows rows of a model with 228 nodes"
echo "moved command: $rows rows"

if compgen -G "$(dirname "$library")/costscan/libonnxruntime.so*" >/dev/null; then
  "$command" "$model" --report csv --level model >measured.csv
  python3 - measured.csv <<'PY' || fail "the moved command did not measure with the runtime that it brought along"
import csv, sys
row, = csv.DictReader(open(sys.argv[1]))
print("measured with the runtime of the prefix:", row["measured_us"], "us")
sys.exit(not row["measured_us"] or float(row["measured_us"]) <= 0)
PY
fi

# The project must find what it needs by find_package(costscan) alone.
"$cmake" -S "$source/tests/install/consumer" -B consumer -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix" >configure.log 2>&1 || fail "$(tail -20 configure.log)"
"$cmake" --build consumer >build.log 2>&1 || fail "$(tail -20 build.log)"
consumer/consumer "$model" >consumer.txt
flops=$(sed -n 's/^flops=//p' consumer.txt)
grep -q '^bert_tiny,' consumer.txt || fail "the consumer's report has no row: $(cat consumer.txt)"
((flops > 0)) || fail "the consumer counted '$flops' FLOPs"
"$command" "$model" --static --report csv --level model | grep -qE "(^|,)$flops," ||
  fail "the library counts $flops FLOPs, the command something else"
echo "consumer: $flops FLOPs, as the command says"
