// Thin ownership over ONNX Runtime's C API: environment, sessions, runs. Times are microseconds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "measure/ort_library.hpp"
#include "measure/roles.hpp"
#include "measure/synthesize.hpp"

struct OrtEnv;
struct OrtMemoryInfo;
struct OrtSession;
struct OrtValue;

namespace costscan {

struct SessionOptions {
  std::string optimization_level = "all";  ///< disabled, basic, extended, all
  std::int32_t threads = 1;
  std::filesystem::path save_optimized = {};  ///< empty: not saved
  std::filesystem::path profile_prefix = {};  ///< empty: profiling off
  bool prepack =
      true;  ///< false: weights stay as they are; nothing of the graph changes, but running it would be slower
  std::vector<std::string> disabled_optimizers = {};  ///< graph transformers and rewrite rules, by the runtime's names
  /// Gets the runtime's verbose lines about its graph transformers; must outlive the session. Runtimes before 1.17 have
  /// no such hook and leave it empty.
  std::vector<std::string>* transformer_log = nullptr;
};

/// The runtime's process-wide state: one per process.
class Runtime {
 public:
  [[nodiscard]] static Result<Runtime> create(OrtLibrary library);
  [[nodiscard]] const OrtApi& api() const noexcept { return *library_.api; }
  [[nodiscard]] const OrtLibrary& library() const noexcept { return library_; }
  [[nodiscard]] OrtEnv* env() const noexcept { return env_.get(); }
  [[nodiscard]] const OrtMemoryInfo* memory() const noexcept { return memory_.get(); }

 private:
  Runtime(OrtLibrary library, OrtEnv* env, OrtMemoryInfo* memory);
  OrtLibrary library_;
  Owned<OrtEnv> env_;
  Owned<OrtMemoryInfo> memory_;
};

/// Fed tensors and the memory that they lie in.
class Feeds {
 public:
  /// Makes contents as planned, seeded by the inputs' names or by `seeds`, one for each plan. Error (measurement) for a
  /// type that cannot be fed.
  [[nodiscard]] static Result<Feeds> create(const Runtime& runtime, std::span<const InputPlan> plans,
                                            std::span<const std::string> seeds = {});
  [[nodiscard]] std::span<const char* const> names() const noexcept { return name_pointers_; }
  [[nodiscard]] std::span<const OrtValue* const> values() const noexcept { return value_pointers_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::uint64_t>> storage_;  ///< words, so that every element type is aligned
  std::vector<Owned<OrtValue>> values_;
  std::vector<const char*> name_pointers_;
  std::vector<const OrtValue*> value_pointers_;
};

class Session {
 public:
  /// Optimises and prepares; with the options' files written as a side effect. Error (measurement): the runtime's own
  /// words.
  [[nodiscard]] static Result<Session> create(const Runtime& runtime, const RunnableModel& model,
                                              const SessionOptions& options);
  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;

  /// One inference; outputs are made and dropped outside the time taken. Returns its duration.
  [[nodiscard]] Result<double> run(const Feeds& feeds);

  /// One inference; names of floating outputs that hold a NaN or an infinity.
  [[nodiscard]] Result<std::vector<std::string>> run_and_check(const Feeds& feeds);

  /// One inference; copies of all outputs by name. What is no tensor, or holds texts, comes without storage.
  [[nodiscard]] Result<std::vector<Tensor>> run_tensors(const Feeds& feeds);

  /// Ends profiling and returns the profile's file.
  [[nodiscard]] Result<std::filesystem::path> end_profiling();

 private:
  Session(const Runtime& runtime, OrtSession* session);
  [[nodiscard]] Result<void> read_output_names();
  [[nodiscard]] Result<std::vector<Owned<OrtValue>>> run_outputs(const Feeds& feeds, double& us);
  const Runtime* runtime_;
  Owned<OrtSession> session_;
  std::vector<std::string> output_names_;
};

}  // namespace costscan
