// Request and answer of the worker that runs two models, as JSON.
#include <nlohmann/json.hpp>
#include <system_error>

#include "compare/pair.hpp"
#include "measure/json_file.hpp"

namespace costscan {
namespace {

using nlohmann::json;

json to_json(const PairRound& round) {
  return {{"sitting", round.sitting},
          {"first_ran_first", round.first_ran_first},
          {"first_us", round.first_us},
          {"second_us", round.second_us}};
}

PairRound round_from(const json& j) {
  return {j.at("sitting"), j.at("first_ran_first"), j.at("first_us").get<std::vector<double>>(),
          j.at("second_us").get<std::vector<double>>()};
}

json optional_number(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::optional<double> optional_from(const json& j) {
  return j.is_null() ? std::nullopt : std::optional(j.get<double>());
}

json to_json(const OutputAgreement& output) {
  return {{"name_a", output.name_a},
          {"name_b", output.name_b},
          {"how", output.how},
          {"dtype_a", static_cast<std::int32_t>(output.dtype_a)},
          {"dtype_b", static_cast<std::int32_t>(output.dtype_b)},
          {"shape_a", output.shape_a},
          {"shape_b", output.shape_b},
          {"reason", output.reason},
          {"elements", output.elements},
          {"differing", output.differing},
          {"max_abs_diff", optional_number(output.max_abs_diff)},
          {"max_rel_diff", optional_number(output.max_rel_diff)},
          {"max_abs_a", output.max_abs_a},
          {"nan_a", output.nan_a},
          {"nan_b", output.nan_b},
          {"nan_mismatch", output.nan_mismatch},
          {"infinite_mismatch", output.infinite_mismatch}};
}

OutputAgreement output_from(const json& j) {
  OutputAgreement out;
  out.name_a = j.at("name_a");
  out.name_b = j.at("name_b");
  out.how = j.at("how");
  out.dtype_a = static_cast<DType>(j.at("dtype_a").get<std::int32_t>());
  out.dtype_b = static_cast<DType>(j.at("dtype_b").get<std::int32_t>());
  out.shape_a = j.at("shape_a").get<Shape>();
  out.shape_b = j.at("shape_b").get<Shape>();
  out.reason = j.at("reason");
  out.elements = j.at("elements");
  out.differing = j.at("differing");
  out.max_abs_diff = optional_from(j.at("max_abs_diff"));
  out.max_rel_diff = optional_from(j.at("max_rel_diff"));
  out.max_abs_a = j.at("max_abs_a");
  out.nan_a = j.at("nan_a");
  out.nan_b = j.at("nan_b");
  out.nan_mismatch = j.at("nan_mismatch");
  out.infinite_mismatch = j.at("infinite_mismatch");
  return out;
}

PairMeasurement pair_from(const json& j) {
  PairMeasurement m;
  m.status = static_cast<MeasureStatus>(j.at("status").get<int>());
  m.reason = j.at("reason");
  m.runtime_library = j.at("runtime_library");
  m.runtime_version = j.at("runtime_version");
  m.optimization_level = j.at("optimization_level");
  m.threads = j.at("threads");
  m.sittings = j.at("sittings");
  m.at_the_same_time = j.at("at_the_same_time");
  for (const json& round : j.at("rounds")) m.rounds.push_back(round_from(round));
  m.warmup_a_us = j.at("warmup_a_us").get<std::vector<double>>();
  m.warmup_b_us = j.at("warmup_b_us").get<std::vector<double>>();
  for (const json& output : j.at("outputs")) m.agreement.outputs.push_back(output_from(output));
  m.agreement.differing_data = j.at("differing_data").get<std::vector<std::string>>();
  m.agreement.shared_weights = j.at("shared_weights");
  m.input_notes = j.at("input_notes").get<std::vector<std::string>>();
  m.warnings = j.at("warnings").get<std::vector<std::string>>();
  return m;
}

json to_json(const FoldedNorm& norm) {
  return {{"weight_a", norm.weight_a}, {"bias_a", norm.bias_a},     {"scale", norm.scale},     {"shift", norm.shift},
          {"mean", norm.mean},         {"variance", norm.variance}, {"epsilon", norm.epsilon}, {"rank", norm.rank},
          {"weight_b", norm.weight_b}, {"bias_b", norm.bias_b}};
}

FoldedNorm norm_from(const json& j) {
  FoldedNorm out;
  out.weight_a = j.at("weight_a");
  out.bias_a = j.at("bias_a");
  out.scale = j.at("scale");
  out.shift = j.at("shift");
  out.mean = j.at("mean");
  out.variance = j.at("variance");
  out.epsilon = j.at("epsilon");
  out.rank = j.at("rank");
  out.weight_b = j.at("weight_b");
  out.bias_b = j.at("bias_b");
  return out;
}

/// The two models' own requests, each a file in a folder of its own.
std::filesystem::path side_file(const std::filesystem::path& folder, const char* side) {
  return request_file(folder / side);
}

}  // namespace

Result<void> write_pair_request(const PairRequest& request, const std::filesystem::path& file) {
  for (const auto& [side, one] : {std::pair("a", &request.a), std::pair("b", &request.b)}) {
    std::error_code failed;
    std::filesystem::create_directories(request.folder / side, failed);
    if (auto written = write_request(*one, side_file(request.folder, side)); !written) return written;
  }
  json norms = json::array();
  for (const FoldedNorm& norm : request.weights.norms) norms.push_back(to_json(norm));
  return write_json_file({{"folder", request.folder.string()},
                          {"seeds_b", request.seeds_b},
                          {"tensors", request.weights.tensors},
                          {"norms", std::move(norms)},
                          {"seed", request.seed}},
                         file);
}

Result<PairRequest> read_pair_request(const std::filesystem::path& file) {
  auto request = read_json_file(file, [](const json& j) {
    PairRequest out;
    out.folder = j.at("folder").get<std::string>();
    out.seeds_b = j.at("seeds_b").get<std::vector<std::string>>();
    out.weights.tensors = j.at("tensors").get<std::vector<std::pair<std::string, std::string>>>();
    for (const json& norm : j.at("norms")) out.weights.norms.push_back(norm_from(norm));
    out.seed = j.at("seed");
    return out;
  });
  if (!request) return request;
  auto a = read_request(side_file(request->folder, "a"));
  if (!a) return tl::unexpected(a.error());
  auto b = read_request(side_file(request->folder, "b"));
  if (!b) return tl::unexpected(b.error());
  request->a = *std::move(a);
  request->b = *std::move(b);
  return request;
}

Result<void> write_pair(const PairMeasurement& m, const std::filesystem::path& file) {
  json rounds = json::array();
  for (const PairRound& round : m.rounds) rounds.push_back(to_json(round));
  json outputs = json::array();
  for (const OutputAgreement& output : m.agreement.outputs) outputs.push_back(to_json(output));
  return write_json_file({{"status", static_cast<int>(m.status)},
                          {"reason", m.reason},
                          {"runtime_library", m.runtime_library},
                          {"runtime_version", m.runtime_version},
                          {"optimization_level", m.optimization_level},
                          {"threads", m.threads},
                          {"sittings", m.sittings},
                          {"at_the_same_time", m.at_the_same_time},
                          {"rounds", std::move(rounds)},
                          {"warmup_a_us", m.warmup_a_us},
                          {"warmup_b_us", m.warmup_b_us},
                          {"outputs", std::move(outputs)},
                          {"differing_data", m.agreement.differing_data},
                          {"shared_weights", m.agreement.shared_weights},
                          {"input_notes", m.input_notes},
                          {"warnings", m.warnings}},
                         file);
}

Result<PairMeasurement> read_pair(const std::filesystem::path& file) { return read_json_file(file, pair_from); }

}  // namespace costscan
