// The formats of `costscan advise`, and the words that they share.
#include "reports/advise_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/names.hpp"

namespace costscan {
namespace {

constexpr std::array<AdviseReportFormat, 4> advise_formats = {{
    {"text", "txt", "what to run, what each pass brings, and why", true, advise_text},
    {"json", "json", "everything, raw samples of a measurement included, for programs", true, advise_json},
    {"md", "md", "a table for a pull request or a wiki", true, advise_md},
    {"html", "html", "the same as one offline page", false, advise_html},
}};

std::string gained_time(double us) { return (us < 0 ? "−" : "") + time_text(std::abs(us)); }

}  // namespace

std::span<const AdviseReportFormat> advise_report_formats() noexcept { return advise_formats; }

std::string gain_text(const std::optional<Gain>& gain, const std::optional<double>& model_us) {
  if (!gain) return "unknown";
  constexpr double nothing_us = 1e-6;  // what sums of rounded times leave
  const double us = std::abs(gain->us) < nothing_us ? 0 : gain->us;
  if (us == 0 && gain->deviation_us < nothing_us) return "0";
  const std::string share =
      model_us && *model_us > 0 ? fmt::format(" ({:+.1f}%)", 100 * us / *model_us) : std::string();
  return fmt::format("{}{} ± {}", gained_time(us), share, time_text(1.645 * gain->deviation_us));
}

std::string verdict_text(const Advice& advice) {
  if (!advice.before.executed_us)
    return "no advice: what the runtime would execute of this model cannot be modelled here";
  if (advice.recommended.empty()) {
    std::string change = "unknown";
    if (advice.everything_total) change = gain_text(advice.everything_total, advice.before.executed_us);
    return fmt::format(
        "no pass pays: the runtime does by itself what they would do, or what they change takes no time; all passes "
        "together: {} to {} nodes as written, {} gained of {} as executed",
        advice.before.nodes, advice.everything.nodes, change, time_text(*advice.before.executed_us));
  }
  const Gain total = advice.total.value_or(Gain{});
  const double model_us = *advice.before.executed_us;
  return fmt::format("run {}: {} of {} gained ({:+.1f}%), 90% between {} and {}", fmt::join(advice.recommended, ", "),
                     gained_time(total.us), time_text(model_us), 100 * total.us / model_us, gained_time(total.low()),
                     gained_time(total.high()));
}

std::string measured_text(const Advice& advice) {
  if (!advice.measured) return {};
  const PairMeasurement& pair = *advice.measured;
  if (pair.status != MeasureStatus::ok) return "not measured: " + plain_text(pair.reason);
  const auto times =
      fmt::format("{} before, {} after", time_text(pair.latency_a.median), time_text(pair.latency_b.median));
  if (!pair.speedup) return fmt::format("measured: {}; too few rounds for an interval", times);
  const RatioInterval& ratio = *pair.speedup;
  const char* judgement = ratio.low > 1 ? "faster" : ratio.high < 1 ? "slower" : "no difference";
  return fmt::format("measured: {} after {}: before / after = {:.3f} (95% interval {:.3f} to {:.3f}); {}", judgement,
                     fmt::join(advice.measured_passes, ", "), ratio.ratio, ratio.low, ratio.high, times);
}

std::string command_text(const Advice& advice) {
  if (advice.recommended.empty()) return {};
  std::string options;
  for (const std::string& each : advice.command_options) options += " " + plain_text(shell_word(each));
  // A path that starts with a dash would be taken for an option.
  const std::string file = (advice.file.starts_with('-') ? "./" : "") + advice.file;
  return fmt::format("costscan optimize {} -o {} --passes {}{}", plain_text(shell_word(file)),
                     plain_text(shell_word("./" + advice.model + "_faster.onnx")), fmt::join(advice.recommended, ","),
                     options);
}

}  // namespace costscan
