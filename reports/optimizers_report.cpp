#include "reports/optimizers_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json samples(const Samples& samples) {
  if (samples.us.empty()) return nullptr;
  return {{"median", samples.median}, {"mad", samples.mad}, {"us", samples.us}};
}

Json effect_json(const OptimizerEffect& effect) {
  const auto figure = [&](double value) { return effect.measured ? Json(value) : Json(nullptr); };
  return {{"name", clean_text(effect.name)},    {"nodes", effect.nodes},
          {"ratio", figure(effect.ratio)},      {"ratio_low", figure(effect.low)},
          {"ratio_high", figure(effect.high)},  {"verdict", verdict(effect)},
          {"with", samples(effect.with)},       {"without", samples(effect.without)},
          {"reason", clean_text(effect.reason)}};
}

double time_of(const RuntimeRow& run) { return run.measured_us.value_or(run.predicted_us.value_or(0)); }

double total_time(const Analysis& analysis) {
  double total = 0;
  for (const RuntimeRow& run : analysis.runtime) total += time_of(run);
  return total;
}

std::string share_text(double us, double total) { return total > 0 ? " " + percent(us / total) : std::string(); }

}  // namespace

Json optimizers_json(const OptimizerStudy* study) {
  if (study == nullptr) return nullptr;
  Json effects = Json::array();
  for (const OptimizerEffect& effect : study->effects) effects.push_back(effect_json(effect));
  Json warnings = Json::array();
  for (const std::string& warning : study->warnings) warnings.push_back(clean_text(warning));
  return {{"status", to_string(study->status)},
          {"reason", clean_text(study->reason)},
          {"advice", clean_text(study->advice)},
          {"runtime_version", clean_text(study->runtime_version)},
          {"optimization_level", clean_text(study->optimization_level)},
          {"threads", study->threads},
          {"nodes", study->nodes},
          {"confidence", 0.95},
          {"control", effect_json(study->control)},
          {"effects", std::move(effects)},
          {"warnings", std::move(warnings)}};
}

std::string_view verdict(const OptimizerEffect& effect) noexcept {
  if (!effect.measured) return "not measured";
  if (effect.no_difference()) return "no difference";
  return effect.ratio > 1 ? "faster" : "slower";
}

std::string effect_text(const OptimizerEffect& effect) {
  if (!effect.measured) return "not measured: " + shorten(plain_text(effect.reason), 200);
  const std::string interval = fmt::format("({:.3f} to {:.3f})", effect.low, effect.high);
  if (effect.no_difference()) return "no difference " + interval;
  return effect.ratio > 1
             ? fmt::format("{:.3f}x the time without it {}", effect.ratio, interval)
             : fmt::format("{:.3f}x the time without it {}: it costs more than it buys", effect.ratio, interval);
}

std::vector<const OptimizerEffect*> by_effect(const OptimizerStudy& study) {
  std::vector<const OptimizerEffect*> order;
  for (const OptimizerEffect& effect : study.effects) order.push_back(&effect);
  std::ranges::sort(order, {}, [](const OptimizerEffect* effect) {
    return std::tuple(!effect->measured, effect->measured && effect->no_difference(), -effect->ratio, effect->name);
  });
  return order;
}

void add_optimizers(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  if (!analysis.optimizers) return;
  const OptimizerStudy& study = *analysis.optimizers;
  std::string label = "optimisers";
  const auto add = [&](std::string value) { lines.push_back({std::exchange(label, ""), std::move(value)}); };
  if (study.status != MeasureStatus::ok) {
    add(fmt::format("not compared to the end: {}{}{}", shorten(plain_text(study.reason), 300),
                    study.advice.empty() ? "" : "; ", study.advice));
  }
  if (study.control.measured) {
    add(fmt::format("{} nodes with all of them; two sessions alike: {:.3f} ({:.3f} to {:.3f})", study.nodes,
                    study.control.ratio, study.control.low, study.control.high));
  }
  for (const OptimizerEffect* effect : by_effect(study)) {
    add(fmt::format("{}   {} nodes without it   {}", plain_text(effect->name), effect->nodes, effect_text(*effect)));
  }
  if (study.effects.empty() && study.status == MeasureStatus::ok) add("none changed this graph");
}

std::vector<FusionSum> sum_by_fusion(const Analysis& analysis) {
  std::map<std::string, FusionSum> sums;
  for (const RuntimeRow& run : analysis.runtime) {
    if (run.fusion.empty()) continue;
    FusionSum& sum = sums[run.fusion];
    sum.fusion = run.fusion;
    ++sum.regions;
    sum.members += run.rows.size();
    sum.us += time_of(run);
  }
  std::vector<FusionSum> out;
  for (auto& [name, sum] : sums) out.push_back(std::move(sum));
  std::ranges::sort(out, {}, [](const FusionSum& sum) { return std::pair(-sum.us, sum.fusion); });
  return out;
}

std::vector<std::size_t> fused_regions(const Analysis& analysis) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < analysis.runtime.size(); ++i) {
    if (!analysis.runtime[i].fusion.empty()) out.push_back(i);
  }
  std::ranges::sort(out, {}, [&](std::size_t i) { return std::pair(-time_of(analysis.runtime[i]), i); });
  return out;
}

std::string split_text(const Analysis& analysis, const RuntimeRow& run) {
  std::vector<std::tuple<std::string, std::size_t, double>> parts;  // operator, nodes, share
  for (std::size_t i = 0; i < run.rows.size() && i < run.shares.size(); ++i) {
    const NodeRow& row = analysis.nodes[static_cast<std::size_t>(run.rows[i])];
    const std::string op = plain_text(op_label(row.domain, row.op_type));
    const auto known = std::ranges::find(parts, op, [](const auto& part) { return std::get<0>(part); });
    if (known == parts.end()) {
      parts.emplace_back(op, 1, run.shares[i]);
    } else {
      ++std::get<1>(*known);
      std::get<2>(*known) += run.shares[i];
    }
  }
  std::vector<std::string> words;
  for (const auto& [op, nodes, share] : parts) {
    words.push_back(fmt::format("{}{} {}", nodes > 1 ? fmt::format("{} ", nodes) : "", op, percent(share)));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void add_fusions(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines) {
  const std::vector<FusionSum> sums = sum_by_fusion(analysis);
  if (sums.empty()) return;
  constexpr std::size_t most = 6;
  const double total = total_time(analysis);
  std::vector<std::string> facts;
  for (std::size_t i = 0; i < std::min(most, sums.size()); ++i) {
    facts.push_back(
        fmt::format("{} {}x{}", plain_text(sums[i].fusion), sums[i].regions, share_text(sums[i].us, total)));
  }
  if (sums.size() > most) facts.push_back(fmt::format("and {} more", sums.size() - most));
  lines.push_back({"fused", fmt::format("{}", fmt::join(facts, "   "))});
  if (options.top <= 1) return;
  const std::vector<std::size_t> regions = fused_regions(analysis);
  const std::size_t shown = std::min(regions.size(), static_cast<std::size_t>(options.top));
  for (std::size_t i = 0; i < shown; ++i) {
    const RuntimeRow& run = analysis.runtime[regions[i]];
    lines.push_back({"", fmt::format("{}  {} by {}: {}", shorten(plain_text(run.name), 60), time_text(time_of(run)),
                                     plain_text(run.fusion), shorten(split_text(analysis, run), 160))});
  }
}

}  // namespace costscan
