#include <nlohmann/json.hpp>

#include "reports/names.hpp"
#include "reports/optimize_report.hpp"

namespace costscan {
namespace {

using OptimizeJson = nlohmann::ordered_json;

OptimizeJson known_or_null(const std::optional<double>& value) { return value ? OptimizeJson(*value) : OptimizeJson(); }

OptimizeJson price_json(const GraphPrice& price) {
  return {{"nodes", price.nodes},
          {"constant_nodes", price.constant_nodes},
          {"initializers", price.initializers},
          {"flops", price.flops},
          {"compulsory_bytes", price.bytes},
          {"predicted_us", price.written_us},
          {"executed_us", known_or_null(price.executed_us)},
          {"nodes_without_price", price.unknown_nodes}};
}

OptimizeJson optimized_site_json(const OptimizedSite& site) {
  OptimizeJson nodes = OptimizeJson::array();
  for (const std::string& name : site.nodes) nodes.push_back(clean_text(name));
  OptimizeJson out{{"nodes", std::move(nodes)}, {"note", clean_text(site.note)}, {"round", site.round}};
  if (!site.reason.empty()) {
    out["reason"] = clean_text(site.reason);
    return out;
  }
  out["nodes_removed"] = site.nodes_removed;
  out["nodes_added"] = site.nodes_added;
  out["flops_saved"] = site.flops_saved;
  out["compulsory_bytes_saved"] = site.bytes_saved;
  out["predicted_us_saved"] = site.us_saved;
  return out;
}

OptimizeJson optimized_pass_json(const OptimizedPass& pass) {
  OptimizeJson applied = OptimizeJson::array();
  for (const OptimizedSite& site : pass.applied) applied.push_back(optimized_site_json(site));
  OptimizeJson skipped = OptimizeJson::array();
  for (const OptimizedSite& site : pass.skipped) skipped.push_back(optimized_site_json(site));
  return {{"pass", pass.name},
          {"kind", pass.kind},
          {"accuracy_class", pass.accuracy_class},
          {"nodes_removed", pass.nodes_removed},
          {"nodes_added", pass.nodes_added},
          {"flops_saved", pass.flops_saved},
          {"compulsory_bytes_saved", pass.bytes_saved},
          {"predicted_us_saved", pass.written_us_saved},
          {"executed_us_saved", known_or_null(pass.executed_us_saved)},
          {"seconds", pass.seconds},
          {"not_run", pass.not_run},
          {"applied", std::move(applied)},
          {"skipped", std::move(skipped)}};
}

OptimizeJson verification_json(const Verification& found) {
  OptimizeJson runs = OptimizeJson::array();
  for (const RunDifference& run : found.runs) {
    OptimizeJson outputs = OptimizeJson::array();
    for (const OutputDifference& output : run.outputs) {
      outputs.push_back({{"output", clean_text(output.name)},
                         {"elements", output.elements},
                         {"differing", output.differing},
                         {"max_abs_diff", output.max_abs},
                         {"max_rel_diff", output.max_rel},
                         {"largest", output.largest},
                         {"not_finite", output.not_finite},
                         {"nan_or_infinity_mismatches", output.special},
                         {"finite_only_in_original", output.introduced},
                         {"reason", clean_text(output.reason)}});
    }
    runs.push_back({{"inputs", run.name},
                    {"reason", clean_text(run.reason)},
                    {"promise", run.promise},
                    {"holds", run.holds},
                    {"outputs", std::move(outputs)}});
  }
  OptimizeJson broken = OptimizeJson::array();
  for (const std::string& line : found.broken) broken.push_back(clean_text(line));
  return {{"status", to_string(found.status)},
          {"reason", clean_text(found.reason)},
          {"runtime_version", clean_text(found.runtime_version)},
          {"accuracy_class", found.accuracy_class},
          {"not_exact", found.not_exact},
          {"max_abs_diff", found.max_abs},
          {"max_rel_diff", found.max_rel},
          {"bound", known_or_null(found.bound)},
          {"amplification", found.amplification},
          {"broken", std::move(broken)},
          {"runs", std::move(runs)}};
}

}  // namespace

Result<std::string> optimize_json(const Optimization& done, const OptimizeReportOptions& /*options*/) {
  OptimizeJson passes = OptimizeJson::array();
  for (const OptimizedPass& pass : done.passes) passes.push_back(optimized_pass_json(pass));
  OptimizeJson warnings = OptimizeJson::array();
  for (const std::string& text : done.warnings) warnings.push_back(clean_text(text));
  OptimizeJson defects = OptimizeJson::array();
  for (const std::string& text : done.defects) defects.push_back(clean_text(text));
  OptimizeJson dims = OptimizeJson::array();
  for (const std::string& text : done.dims) dims.push_back(clean_text(text));
  OptimizeJson out{{"model", clean_text(done.model)},
                   {"output", clean_text(done.output)},
                   {"predicted_by", clean_text(done.price_basis)},
                   {"dims", std::move(dims)},
                   {"specialized", done.specialized},
                   {"rounds", done.rounds},
                   {"before", price_json(done.before)},
                   {"after", price_json(done.after)},
                   {"passes", std::move(passes)},
                   {"warnings", std::move(warnings)},
                   {"defects", std::move(defects)},
                   {"verification", done.verification ? verification_json(*done.verification) : OptimizeJson()}};
  return out.dump(1, ' ', false, OptimizeJson::error_handler_t::replace) + "\n";
}

}  // namespace costscan
