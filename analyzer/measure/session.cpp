#include "measure/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "model/text.hpp"

namespace costscan {
namespace {

GraphOptimizationLevel optimization_level(const std::string& name) {
  if (name == "disabled") return ORT_DISABLE_ALL;
  if (name == "basic") return ORT_ENABLE_BASIC;
  if (name == "extended") return ORT_ENABLE_EXTENDED;
  return ORT_ENABLE_ALL;
}

// The numbers of DType are ONNX's, and the runtime's element types are numbered alike.
ONNXTensorElementDataType element_type(DType dtype) {
  return static_cast<ONNXTensorElementDataType>(static_cast<int>(dtype));
}

Result<Owned<OrtValue>> wrap(const Runtime& runtime, std::span<const std::byte> bytes, const Shape& dims, DType dtype) {
  OrtValue* value = nullptr;
  // The C API takes a mutable pointer for feeds and weights alike, and reads only.
  auto made = ort_result(runtime.api(), runtime.api().CreateTensorWithDataAsOrtValue(
                                            runtime.memory(), const_cast<std::byte*>(bytes.data()), bytes.size(),
                                            dims.data(), dims.size(), element_type(dtype), &value));
  if (!made) return tl::unexpected(made.error());
  return Owned<OrtValue>(value, runtime.api().ReleaseValue);
}

/// The saved graph is wanted for its nodes: its big weights go to the null device under the name of an external file.
Result<void> save_graph_only(const OrtApi& api, OrtSessionOptions* options, const std::filesystem::path& file) {
  const std::string sink = file.filename().string() + ".weights";
  std::error_code failed;
  std::filesystem::create_symlink("/dev/null", file.parent_path() / sink, failed);
  if (failed) return fail(ErrorKind::measurement, fmt::format("{}: {}", sink, failed.message()));
  if (auto set = ort_result(api, api.SetOptimizedModelFilePath(options, file.c_str())); !set) return set;
  if (auto set = ort_result(api, api.AddSessionConfigEntry(
                                     options, "session.optimized_model_external_initializers_file_name", sink.c_str()));
      !set) {
    return set;
  }
  return ort_result(api, api.AddSessionConfigEntry(
                             options, "session.optimized_model_external_initializers_min_size_in_bytes", "1024"));
}

/// The runtime calls this for each line that it logs; lines of other parts of it would fill memory for nothing.
void ORT_API_CALL keep_transformer_line(void* lines, OrtLoggingLevel /*severity*/, const char* /*category*/,
                                        const char* /*id*/, const char* /*code*/, const char* message) {
  if (message == nullptr || !std::string_view(message).starts_with("GraphTransformer ")) return;
  static_cast<std::vector<std::string>*>(lines)->emplace_back(message);
}

Result<void> log_transformers(const Runtime& runtime, OrtSessionOptions* options, std::vector<std::string>* lines) {
  constexpr unsigned first_version_with_hook = 17;
  if (lines == nullptr || runtime.library().api_version < first_version_with_hook) return {};
  const OrtApi& api = runtime.api();
  if (auto set = ort_result(api, api.SetUserLoggingFunction(options, keep_transformer_line, lines)); !set) return set;
  return ort_result(api, api.SetSessionLogSeverityLevel(options, ORT_LOGGING_LEVEL_VERBOSE));
}

Result<void> disable_optimizers(const OrtApi& api, OrtSessionOptions* options, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return ort_result(api, api.AddSessionConfigEntry(options, "optimization.disable_specified_optimizers",
                                                   fmt::format("{}", fmt::join(names, ";")).c_str()));
}

Result<void> configure(const OrtApi& api, OrtSessionOptions* options, const SessionOptions& wanted) {
  OrtStatus* const statuses[] = {
      api.SetSessionGraphOptimizationLevel(options, optimization_level(wanted.optimization_level)),
      api.SetIntraOpNumThreads(options, wanted.threads),
      api.SetInterOpNumThreads(options, 1),
      api.SetSessionExecutionMode(options, ORT_SEQUENTIAL),
      wanted.profile_prefix.empty() ? nullptr : api.EnableProfiling(options, wanted.profile_prefix.c_str()),
      wanted.prepack ? nullptr : api.AddSessionConfigEntry(options, "session.disable_prepacking", "1"),
  };
  Result<void> first;
  for (OrtStatus* status : statuses) {
    if (Result<void> set = ort_result(api, status); !set && first) first = set;
  }
  if (first) first = disable_optimizers(api, options, wanted.disabled_optimizers);
  if (!first || wanted.save_optimized.empty()) return first;
  return save_graph_only(api, options, wanted.save_optimized);
}

/// Weights as values over our memory: the runtime replaces the external references by them before it optimises.
Result<std::vector<Owned<OrtValue>>> hand_over_weights(const Runtime& runtime, OrtSessionOptions* options,
                                                       const RunnableModel& model) {
  std::vector<Owned<OrtValue>> values;
  std::vector<const char*> names;
  std::vector<const OrtValue*> pointers;
  for (const RunnableWeight& weight : model.weights) {
    auto value = wrap(runtime, weight.bytes, weight.dims, weight.dtype);
    if (!value) return tl::unexpected(value.error());
    names.push_back(weight.name.c_str());
    pointers.push_back(value->get());
    values.push_back(*std::move(value));
  }
  if (values.empty()) return values;
  const auto added = ort_result(
      runtime.api(), runtime.api().AddExternalInitializers(options, names.data(), pointers.data(), names.size()));
  if (!added) return tl::unexpected(added.error());
  return values;
}

bool finite(const void* data, std::size_t count, ONNXTensorElementDataType type) {
  // A float is NaN or infinite where its exponent bits are all ones.
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    const auto* values = static_cast<const float*>(data);
    return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
  }
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
    const auto* bits = static_cast<const std::uint16_t*>(data);
    return std::none_of(bits, bits + count, [](std::uint16_t value) { return (value & 0x7c00U) == 0x7c00U; });
  }
  return true;
}

}  // namespace

Runtime::Runtime(OrtLibrary library, OrtEnv* env, OrtMemoryInfo* memory)
    : library_(std::move(library)),
      env_(env, library_.api->ReleaseEnv),
      memory_(memory, library_.api->ReleaseMemoryInfo) {}

Result<Runtime> Runtime::create(OrtLibrary library) {
  const OrtApi& api = *library.api;
  OrtEnv* env = nullptr;
  if (auto made = ort_result(api, api.CreateEnv(ORT_LOGGING_LEVEL_FATAL, "costscan", &env)); !made) {
    return tl::unexpected(made.error());
  }
  OrtMemoryInfo* memory = nullptr;
  auto made = ort_result(api, api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  Runtime runtime(std::move(library), env, memory);
  if (!made) return tl::unexpected(made.error());
  // The worker has switched telemetry off by the environment already; this is the documented call for it.
  if (auto off = ort_result(api, api.DisableTelemetryEvents(env)); !off) return tl::unexpected(off.error());
  return runtime;
}

Result<Feeds> Feeds::create(const Runtime& runtime, std::span<const InputPlan> plans,
                            std::span<const std::string> seeds) {
  Feeds feeds;
  const OrtApi& api = runtime.api();
  for (const InputPlan& plan : plans) {
    const auto count = costscan::element_count(Tensor{plan.name, plan.dtype, plan.shape, {}});
    feeds.names_.push_back(plan.name);
    if (plan.dtype == DType::string) {
      OrtAllocator* allocator = nullptr;
      OrtValue* value = nullptr;
      auto made = ort_result(api, api.GetAllocatorWithDefaultOptions(&allocator));
      if (made) {
        made = ort_result(api, api.CreateTensorAsOrtValue(allocator, plan.shape.data(), plan.shape.size(),
                                                          ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &value));
      }
      if (!made) return tl::unexpected(made.error());
      feeds.values_.emplace_back(value, api.ReleaseValue);
      continue;
    }
    const auto bytes = packed_bytes(count, plan.dtype);
    if (!bytes) {
      return fail(ErrorKind::measurement, fmt::format("input '{}': no contents can be made for {}",
                                                      printable(plan.name), to_string(plan.dtype)));
    }
    auto& words = feeds.storage_.emplace_back(static_cast<std::size_t>(*bytes / 8 + 1));
    const auto memory = std::as_writable_bytes(std::span(words)).first(static_cast<std::size_t>(*bytes));
    const std::string& seed = feeds.names_.size() <= seeds.size() ? seeds[feeds.names_.size() - 1] : plan.name;
    fill_bytes(plan.fill, plan.dtype, plan.shape.empty() ? 1 : plan.shape.back(), seed_of(seed), memory);
    auto value = wrap(runtime, memory, plan.shape, plan.dtype);
    if (!value) return tl::unexpected(value.error());
    feeds.values_.push_back(*std::move(value));
  }
  for (const std::string& name : feeds.names_) feeds.name_pointers_.push_back(name.c_str());
  for (const auto& value : feeds.values_) feeds.value_pointers_.push_back(value.get());
  return feeds;
}

Session::Session(const Runtime& runtime, OrtSession* session)
    : runtime_(&runtime), session_(session, runtime.api().ReleaseSession) {}

Result<Session> Session::create(const Runtime& runtime, const RunnableModel& model, const SessionOptions& wanted) {
  const OrtApi& api = runtime.api();
  OrtSessionOptions* raw_options = nullptr;
  if (auto made = ort_result(api, api.CreateSessionOptions(&raw_options)); !made) return tl::unexpected(made.error());
  const Owned<OrtSessionOptions> options(raw_options, api.ReleaseSessionOptions);
  if (auto set = configure(api, raw_options, wanted); !set) return tl::unexpected(set.error());
  if (auto set = log_transformers(runtime, raw_options, wanted.transformer_log); !set) {
    return tl::unexpected(set.error());
  }
  const auto weights = hand_over_weights(runtime, raw_options, model);
  if (!weights) return tl::unexpected(weights.error());
  OrtSession* raw = nullptr;
  auto made = ort_result(
      api, api.CreateSessionFromArray(runtime.env(), model.model.data(), model.model.size(), raw_options, &raw));
  if (!made) return tl::unexpected(made.error());
  Session session(runtime, raw);
  if (auto read = session.read_output_names(); !read) return tl::unexpected(read.error());
  return session;
}

Result<void> Session::read_output_names() {
  const OrtApi& api = runtime_->api();
  OrtAllocator* allocator = nullptr;
  std::size_t count = 0;
  if (auto got = ort_result(api, api.GetAllocatorWithDefaultOptions(&allocator)); !got) return got;
  if (auto got = ort_result(api, api.SessionGetOutputCount(session_.get(), &count)); !got) return got;
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    if (auto got = ort_result(api, api.SessionGetOutputName(session_.get(), i, allocator, &name)); !got) return got;
    output_names_.emplace_back(name);
    if (auto freed = ort_result(api, api.AllocatorFree(allocator, name)); !freed) return freed;
  }
  return {};
}

Result<std::vector<Owned<OrtValue>>> Session::run_outputs(const Feeds& feeds, double& us) {
  const OrtApi& api = runtime_->api();
  std::vector<const char*> names;
  names.reserve(output_names_.size());
  for (const std::string& name : output_names_) names.push_back(name.c_str());
  std::vector<OrtValue*> raw(names.size(), nullptr);
  const auto start = std::chrono::steady_clock::now();
  OrtStatus* status = api.Run(session_.get(), nullptr, feeds.names().data(), feeds.values().data(),
                              feeds.values().size(), names.data(), names.size(), raw.data());
  us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  std::vector<Owned<OrtValue>> outputs;
  outputs.reserve(raw.size());
  for (OrtValue* value : raw) outputs.emplace_back(value, api.ReleaseValue);
  if (auto ran = ort_result(api, status); !ran) return tl::unexpected(ran.error());
  return outputs;
}

Result<double> Session::run(const Feeds& feeds) {
  double us = 0;
  const auto outputs = run_outputs(feeds, us);
  if (!outputs) return tl::unexpected(outputs.error());
  return us;
}

Result<std::vector<std::string>> Session::run_and_check(const Feeds& feeds) {
  const OrtApi& api = runtime_->api();
  double us = 0;
  const auto outputs = run_outputs(feeds, us);
  if (!outputs) return tl::unexpected(outputs.error());
  std::vector<std::string> bad;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    OrtValue* value = (*outputs)[i].get();
    int is_tensor = 0;
    OrtTensorTypeAndShapeInfo* raw_info = nullptr;
    if (value == nullptr || !ort_result(api, api.IsTensor(value, &is_tensor)) || is_tensor == 0) continue;
    if (!ort_result(api, api.GetTensorTypeAndShape(value, &raw_info))) continue;
    const Owned<OrtTensorTypeAndShapeInfo> info(raw_info, api.ReleaseTensorTypeAndShapeInfo);
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    std::size_t count = 0;
    void* data = nullptr;
    if (!ort_result(api, api.GetTensorElementType(raw_info, &type)) ||
        !ort_result(api, api.GetTensorShapeElementCount(raw_info, &count)) ||
        type == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING || !ort_result(api, api.GetTensorMutableData(value, &data))) {
      continue;
    }
    if (!finite(data, count, type)) bad.push_back(output_names_[i]);
  }
  return bad;
}

Result<std::filesystem::path> Session::end_profiling() {
  const OrtApi& api = runtime_->api();
  OrtAllocator* allocator = nullptr;
  char* name = nullptr;
  if (auto got = ort_result(api, api.GetAllocatorWithDefaultOptions(&allocator)); !got)
    return tl::unexpected(got.error());
  if (auto ended = ort_result(api, api.SessionEndProfiling(session_.get(), allocator, &name)); !ended) {
    return tl::unexpected(ended.error());
  }
  std::filesystem::path file = name;
  if (auto freed = ort_result(api, api.AllocatorFree(allocator, name)); !freed) return tl::unexpected(freed.error());
  return file;
}

}  // namespace costscan
