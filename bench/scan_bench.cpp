// How long the static scan takes, against protobuf alone parsing the same file. The models come from make_models.py, in
// the folder that COSTSCAN_BENCH_MODELS names.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <onnx/onnx_pb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "costs/cost_library.hpp"
#include "load/load.hpp"
#include "shapes/infer.hpp"

namespace {

std::filesystem::path bench_model(const std::string& name) {
  const char* folder = std::getenv("COSTSCAN_BENCH_MODELS");
  return std::filesystem::path(folder != nullptr ? folder : ".") / (name + ".onnx");
}

/// A file mapped into memory for reading; no bytes where it could not be.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) return;
    size_ = static_cast<std::size_t>(status.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    ::close(descriptor);
    if (data_ == MAP_FAILED) size_ = 0;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ != 0) ::munmap(data_, size_);
  }
  [[nodiscard]] const void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// file → costs of all nodes, as a fresh process does it: the cost models' files are parsed again each time.
std::string scan_once(const std::filesystem::path& path, std::int64_t& nodes, std::int64_t& flops) {
  const auto model = costscan::load_model(path);
  if (!model) return model.error().message;
  const auto shaped = costscan::infer_shapes(*model);
  if (!shaped) return shaped.error().message;
  const auto library = costscan::CostLibrary::builtin();
  nodes = flops = 0;
  for (const auto& scope : costscan::cost_model(library, **shaped)) {
    for (const auto& cost : scope) {
      ++nodes;
      flops += cost.work.flops;
    }
  }
  return {};
}

void scan(benchmark::State& state, const std::string& name) {
  std::int64_t nodes = 0;
  std::int64_t flops = 0;
  for ([[maybe_unused]] auto _ : state) {
    const std::string problem = scan_once(bench_model(name), nodes, flops);
    if (!problem.empty()) {
      state.SkipWithError(problem.c_str());
      return;
    }
  }
  state.counters["nodes"] = static_cast<double>(nodes);
  state.counters["flops"] = static_cast<double>(flops);
}

void load_only(benchmark::State& state, const std::string& name) {
  for ([[maybe_unused]] auto _ : state) {
    const auto model = costscan::load_model(bench_model(name));
    if (!model) {
      state.SkipWithError(model.error().message.c_str());
      return;
    }
    benchmark::DoNotOptimize(model);
  }
}

void protobuf_parse(benchmark::State& state, const std::string& name) {
  for ([[maybe_unused]] auto _ : state) {
    const Mapping file(bench_model(name));
    if (file.size() == 0 || file.size() > std::numeric_limits<int>::max()) {
      state.SkipWithError("the file is missing, or beyond the 2 GiB that protobuf parses");
      return;
    }
    onnx::ModelProto model;
    if (!model.ParseFromArray(file.data(), static_cast<int>(file.size()))) {
      state.SkipWithError("protobuf refuses the file");
      return;
    }
    benchmark::DoNotOptimize(model);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::string name : {"bert_1x", "bert_8x", "nodes_1x", "nodes_10x"}) {
    benchmark::RegisterBenchmark(("scan/" + name).c_str(), scan, name)->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("load/bert_1x", load_only, "bert_1x")->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("protobuf/bert_1x", protobuf_parse, "bert_1x")->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
