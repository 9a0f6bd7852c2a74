#include "passes/child_files.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "measure/json_file.hpp"

namespace costscan {
namespace {

using nlohmann::json;

std::filesystem::path contents_file(const std::filesystem::path& folder) { return folder / "contents.bin"; }

/// JSON has no infinities and no NaN; those of fills are told apart by words.
json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from(const json& j) {
  if (j.is_number()) return j.get<double>();
  const auto word = j.get<std::string>();
  if (word == "nan") return std::nan("");
  return word == "inf" ? HUGE_VAL : -HUGE_VAL;
}

json to_json(const InputPlan& plan) {
  return {{"name", plan.name},
          {"dtype", static_cast<std::int32_t>(plan.dtype)},
          {"shape", plan.shape},
          {"fill", to_string(plan.fill.kind)},
          {"low", number(plan.fill.low)},
          {"high", number(plan.fill.high)}};
}

InputPlan input_from(const json& j) {
  InputPlan plan;
  plan.name = j.at("name");
  plan.dtype = static_cast<DType>(j.at("dtype").get<std::int32_t>());
  plan.shape = j.at("shape").get<Shape>();
  plan.fill = {fill_kind_from_string(j.at("fill")), number_from(j.at("low")), number_from(j.at("high"))};
  return plan;
}

json to_json(const OutputDifference& output) {
  return {{"name", output.name},
          {"dtype", static_cast<std::int32_t>(output.dtype)},
          {"elements", output.elements},
          {"differing", output.differing},
          {"not_finite", output.not_finite},
          {"special", output.special},
          {"introduced", output.introduced},
          {"max_abs", number(output.max_abs)},
          {"max_rel", number(output.max_rel)},
          {"reason", output.reason},
          {"largest", number(output.largest)}};
}

OutputDifference output_from(const json& j) {
  OutputDifference out;
  out.name = j.at("name");
  out.dtype = static_cast<DType>(j.at("dtype").get<std::int32_t>());
  out.elements = j.at("elements");
  out.differing = j.at("differing");
  out.not_finite = j.at("not_finite");
  out.special = j.at("special");
  out.introduced = j.at("introduced");
  out.max_abs = number_from(j.at("max_abs"));
  out.max_rel = number_from(j.at("max_rel"));
  out.largest = number_from(j.at("largest"));
  out.reason = j.at("reason");
  return out;
}

std::filesystem::path side(const std::filesystem::path& folder, const char* which) { return folder / which; }

}  // namespace

Result<void> write_job(const OptimizeJob& job, const std::filesystem::path& file) {
  json runs = json::array();
  for (const ComparedRun& run : job.runs) {
    json inputs = json::array();
    for (const InputPlan& plan : run.inputs) inputs.push_back(to_json(plan));
    runs.push_back({{"name", run.name}, {"inputs", std::move(inputs)}});
  }
  for (const auto& [which, request] : {std::pair("first", &job.first), std::pair("second", &job.second)}) {
    std::error_code failed;
    std::filesystem::create_directories(side(job.folder, which), failed);
    if (auto written = write_request(*request, request_file(side(job.folder, which))); !written) return written;
  }
  return write_json_file({{"folder", job.folder.string()}, {"runs", std::move(runs)}}, file);
}

Result<OptimizeJob> read_job(const std::filesystem::path& file) {
  auto job = read_json_file(file, [](const json& j) {
    OptimizeJob out;
    out.folder = j.at("folder").get<std::string>();
    for (const json& run : j.at("runs")) {
      ComparedRun one{run.at("name"), {}};
      for (const json& input : run.at("inputs")) one.inputs.push_back(input_from(input));
      out.runs.push_back(std::move(one));
    }
    return out;
  });
  if (!job) return job;
  for (const auto& [which, request] : {std::pair("first", &job->first), std::pair("second", &job->second)}) {
    auto read = read_request(request_file(side(job->folder, which)));
    if (!read) return tl::unexpected(read.error());
    *request = *std::move(read);
  }
  return job;
}

Result<void> write_answer(const OptimizeAnswer& answer, const std::filesystem::path& file) {
  std::ofstream contents(contents_file(file.parent_path()), std::ios::binary);
  json outputs = json::array();
  for (const Tensor& tensor : answer.outputs) {
    const auto bytes = bytes_in_memory(tensor).value_or(std::span<const std::byte>());
    outputs.push_back({{"name", tensor.name},
                       {"dtype", static_cast<std::int32_t>(tensor.dtype)},
                       {"dims", tensor.dims},
                       {"bytes", bytes.size()}});
    contents.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  contents.close();
  if (!contents) return fail(ErrorKind::measurement, "the worker cannot write what it computed");
  json runs = json::array();
  for (const RunDifference& run : answer.runs) {
    json differences = json::array();
    for (const OutputDifference& output : run.outputs) differences.push_back(to_json(output));
    runs.push_back(
        {{"name", run.name}, {"reason", run.reason}, {"broken", run.broken}, {"outputs", std::move(differences)}});
  }
  json own = json::array();
  for (const OutputDifference& output : answer.runtimes_own) own.push_back(to_json(output));
  return write_json_file({{"status", static_cast<int>(answer.status)},
                          {"reason", answer.reason},
                          {"runtimes_own", std::move(own)},
                          {"runtime_version", answer.runtime_version},
                          {"runs", std::move(runs)},
                          {"outputs", std::move(outputs)}},
                         file);
}

Result<OptimizeAnswer> read_answer(const std::filesystem::path& folder) {
  std::ifstream contents(contents_file(folder), std::ios::binary);
  return read_json_file(result_file(folder), [&](const json& j) {
    OptimizeAnswer out;
    out.status = static_cast<MeasureStatus>(j.at("status").get<int>());
    out.reason = j.at("reason");
    out.runtime_version = j.at("runtime_version");
    for (const json& run : j.at("runs")) {
      RunDifference one;
      one.name = run.at("name");
      one.reason = run.at("reason");
      one.broken = run.at("broken");
      for (const json& output : run.at("outputs")) one.outputs.push_back(output_from(output));
      out.runs.push_back(std::move(one));
    }
    for (const json& output : j.at("runtimes_own")) out.runtimes_own.push_back(output_from(output));
    for (const json& stated : j.at("outputs")) {
      Tensor tensor;
      tensor.name = stated.at("name");
      tensor.dtype = static_cast<DType>(stated.at("dtype").get<std::int32_t>());
      tensor.dims = stated.at("dims").get<Shape>();
      OwnedBytes owned;
      owned.bytes.resize(stated.at("bytes").get<std::size_t>());
      contents.read(reinterpret_cast<char*>(owned.bytes.data()), static_cast<std::streamsize>(owned.bytes.size()));
      if (contents) tensor.storage = std::move(owned);
      out.outputs.push_back(std::move(tensor));
    }
    return out;
  });
}

}  // namespace costscan
