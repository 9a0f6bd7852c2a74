// `costscan fingerprint` as one offline page: text and a still map, which the page's script replaces by one that
// answers. Where scripts do not run, or where costscan was built without the page, the still map stays.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "embedded/web_page.hpp"
#include "reports/document.hpp"
#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"
#include "reports/offline_page.hpp"

namespace costscan {
namespace {

constexpr std::string_view fingerprint_style = R"css(
.next{white-space:nowrap}.near{min-width:16rem}
svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .axis{fill:var(--dim)}.mark-key{margin-right:1rem;white-space:nowrap}
)css";

/// Colours that colour-blind readers tell apart (Okabe and Ito), and a mark of its own shape for each family.
struct FamilyMark {
  std::string_view family;
  std::string_view color;
  int corners;  ///< 0: a circle
};

constexpr std::array<FamilyMark, 10> family_marks{{{"vision", "#0072b2", 0},
                                                   {"transformer", "#d55e00", 4},
                                                   {"hybrid", "#cc79a7", 3},
                                                   {"llm", "#e69f00", 5},
                                                   {"audio", "#009e73", 6},
                                                   {"diffusion", "#56b4e9", 3},
                                                   {"recurrent", "#8f7a00", 4},
                                                   {"detector", "#5b5bd6", 0},
                                                   {"mlp", "#a0522d", 5},
                                                   {"other", "#808080", 0}}};

const FamilyMark& mark_of(std::string_view family) {
  const auto found = std::ranges::find(family_marks, family, &FamilyMark::family);
  return found == family_marks.end() ? family_marks.back() : *found;
}

/// A mark around (x, y); known models are outlines, the models asked about are filled.
std::string mark(std::string_view family, double x, double y, bool filled, const std::string& title) {
  const FamilyMark& of = mark_of(family);
  const double radius = filled ? 7 : 5;
  const std::string paint = filled ? fmt::format("fill=\"{}\" stroke=\"var(--fg)\"", of.color)
                                   : fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"", of.color);
  const std::string hover = fmt::format("<title>{}</title>", html_text(title));
  if (of.corners == 0) {
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" {}>{}</circle>", x, y, radius, paint, hover);
  }
  std::string points;
  for (int corner = 0; corner < of.corners; ++corner) {
    constexpr double pi = 3.14159265358979;
    const double angle = 2 * pi * corner / of.corners - pi / 2;
    points += fmt::format("{:.1f},{:.1f} ", x + radius * std::cos(angle), y + radius * std::sin(angle));
  }
  return fmt::format("<polygon points=\"{}\" {}>{}</polygon>", points, paint, hover);
}

struct MapFrame {
  double low_x = 1e300;
  double high_x = -1e300;
  double low_y = 1e300;
  double high_y = -1e300;
  static constexpr double width = 1000;
  static constexpr double height = 560;
  static constexpr double margin = 40;

  void include(const MapPoint& point) {
    low_x = std::min(low_x, point.x);
    high_x = std::max(high_x, point.x);
    low_y = std::min(low_y, point.y);
    high_y = std::max(high_y, point.y);
  }
  [[nodiscard]] double x_of(double x) const {
    return margin + (x - low_x) / std::max(high_x - low_x, 1e-9) * (width - 2 * margin);
  }
  [[nodiscard]] double y_of(double y) const {
    return height - margin - (y - low_y) / std::max(high_y - low_y, 1e-9) * (height - 2 * margin);
  }
};

/// A label beside each model asked about, moved down while it would cover another one.
std::string map_labels(const FingerprintStudy& study, const MapFrame& frame) {
  std::vector<std::size_t> order(study.places.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return study.places[i].y; });
  std::vector<std::pair<double, double>> taken;
  constexpr double line_height = 13;
  constexpr double label_reach = 130;
  std::string out;
  for (const std::size_t i : order) {
    const double x = frame.x_of(study.places[i].x);
    double y = frame.y_of(study.places[i].y) + 4;
    const auto covers = [&](const std::pair<double, double>& other) {
      return std::abs(other.first - x) < label_reach && std::abs(other.second - y) < line_height;
    };
    while (std::ranges::any_of(taken, covers)) y += line_height / 2;
    if (y > MapFrame::height - MapFrame::margin / 2) continue;  // no room: the mark has its name on hover
    taken.emplace_back(x, y);
    const bool left = x > MapFrame::width - 180;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>", left ? x - 10 : x + 10, y,
                       left ? " text-anchor=\"end\"" : "", html_text(shorten(study.models[i].model, 28)));
  }
  return out;
}

std::string map_legend(const FingerprintStudy& study) {
  std::set<std::string> present;
  for (const ReferenceModel& each : study.references) present.insert(each.family);
  for (const Fingerprint& each : study.models) present.insert(each.family());
  std::string out = "<div>";
  for (const FamilyMark& each : family_marks) {
    if (!present.contains(std::string(each.family))) continue;
    out += fmt::format(
        "<span class=\"mark-key\"><svg width=\"16\" height=\"16\" viewBox=\"0 0 16 16\" "
        "aria-hidden=\"true\" style=\"display:inline-block;vertical-align:-3px\">{}</svg> {}</span>",
        mark(each.family, 8, 8, true, std::string(each.family)), each.family);
  }
  return out + "</div>";
}

std::string map_picture(const FingerprintStudy& study) {
  if (study.places.empty()) return {};
  MapFrame frame;
  for (const MapPoint& point : study.places) frame.include(point);
  for (const MapPoint& point : study.reference_places) frame.include(point);
  std::string marks;
  for (std::size_t i = 0; i < study.reference_places.size(); ++i) {
    const ReferenceModel& known = study.references[i];
    marks += mark(known.family, frame.x_of(study.reference_places[i].x), frame.y_of(study.reference_places[i].y), false,
                  fmt::format("{} ({}, known)", known.model, known.family));
  }
  for (std::size_t i = 0; i < study.places.size(); ++i) {
    const Fingerprint& model = study.models[i];
    marks += mark(model.family(), frame.x_of(study.places[i].x), frame.y_of(study.places[i].y), true,
                  fmt::format("{}: {} ({})", model.model, model.family(), percent(model.confidence())));
  }
  return fmt::format(
      "<h2>Models beside one another</h2><div id=\"map\"><svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"map of the "
      "models by "
      "the two principal components of their features\"><rect x=\"1\" y=\"1\" width=\"{:.0f}\" height=\"{:.0f}\" "
      "rx=\"8\" "
      "fill=\"none\" stroke=\"var(--line)\"/>{}{}<text class=\"axis\" x=\"{:.0f}\" y=\"{:.0f}\" "
      "text-anchor=\"middle\">left against right: {}</text><text class=\"axis\" x=\"14\" y=\"{:.0f}\" "
      "text-anchor=\"middle\" transform=\"rotate(-90 14 {:.0f})\">below against above: {}</text></svg></div>{}<div "
      "class=\"dim\">Filled: the models asked about, in the colour of the family that was told. Outlined: known "
      "models. "
      "The first two principal components of the standardised features show {} of their variance; what is near here "
      "may "
      "be far in the rest.</div>",
      MapFrame::width, MapFrame::height, MapFrame::width - 2, MapFrame::height - 2, marks, map_labels(study, frame),
      MapFrame::width / 2, MapFrame::height - 10, html_text(study.across), MapFrame::height / 2, MapFrame::height / 2,
      html_text(study.upward), map_legend(study), percent(study.shown));
}

std::string models_table(const FingerprintStudy& study) {
  std::string out =
      "<h2>Families</h2><div class=\"wrap\"><table><thead><tr><th>model</th><th>family</th><th "
      "class=\"num\">confidence</th><th>next</th><th>nearest known models</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const Fingerprint& model = study.models[i];
    const std::string next = model.families.size() < 2 ? ""
                                                       : fmt::format("{} ({})", model.families[1].family,
                                                                     percent(model.families[1].probability));
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"num\">{}</td><td class=\"dim next\">{}</td><td "
        "class=\"near\">{}</td></tr>",
        html_text(model.model), model.family(), percent(model.confidence()), next,
        html_text(neighbours_text(study.nearest[i], 3)));
  }
  return out + "</tbody></table></div>";
}

std::string evidence_list(const FamilyScore& family) {
  std::string out =
      fmt::format("<p>{}: score {:.1f}, {}</p><ul>", family.family, family.score, percent(family.probability));
  for (const Evidence& each : family.evidence) {
    out += fmt::format("<li><b>{:+.1f}</b> {} <span class=\"dim\">{}</span></li>", each.weight, html_text(each.says),
                       html_text(each.why));
  }
  return out + "</ul>";
}

std::string features_table(const FingerprintStudy& study, const Fingerprint& model) {
  std::string out =
      "<details><summary>All features</summary><div class=\"wrap\"><table><thead><tr><th>feature</th><th "
      "class=\"num\">value</th><th>what it is</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < study.specs.size(); ++i) {
    const auto value = model.features.at(i);
    out += fmt::format("<tr><td>{}</td><td class=\"num\" title=\"{}\">{}</td><td class=\"dim\">{}</td></tr>",
                       html_text(study.specs[i].name), value ? fmt::format("{}", *value) : "",
                       value ? significant(*value) : "unknown", html_text(study.specs[i].summary));
  }
  return out + "</tbody></table></div></details>";
}

std::string fingerprint_part(const FingerprintStudy& study, std::size_t index) {
  const Fingerprint& model = study.models[index];
  std::string out = fmt::format("<h2 id=\"model-{}\">{}: {} ({})</h2>", index, html_text(model.model), model.family(),
                                percent(model.confidence()));
  constexpr std::size_t families_shown = 2;
  for (std::size_t i = 0; i < std::min(families_shown, model.families.size()); ++i)
    out += evidence_list(model.families[i]);
  const auto lines = [&](std::string_view label, const std::vector<std::string>& texts) {
    out += fmt::format("<p class=\"dim\">{}: ", label);
    for (std::size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "" : "; ") + html_text(texts[i]);
    out += "</p>";
  };
  lines("inputs", model.inputs);
  lines("outputs", model.outputs);
  out += fmt::format("<p class=\"dim\">operators: {}</p>", html_text(histogram_text(model, model.op_histogram.size())));
  return out + features_table(study, model);
}

nlohmann::ordered_json place_json(std::string_view model, std::string_view family, const MapPoint& place) {
  return {{"model", plain_text(model)}, {"family", family}, {"place", {place.x, place.y}}};
}

/// What the page's script draws the map from.
nlohmann::ordered_json map_json(const FingerprintStudy& study) {
  constexpr std::size_t nearest_shown = 3;
  nlohmann::ordered_json map;
  map["models"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < study.places.size(); ++i) {
    const Fingerprint& model = study.models[i];
    auto place = place_json(model.model, model.family(), study.places[i]);
    place["confidence"] = model.confidence();
    place["section"] = fmt::format("model-{}", i);
    place["nearest"] = nlohmann::ordered_json::array();
    for (const Neighbour& each : study.nearest[i]) {
      if (place["nearest"].size() == nearest_shown) break;
      place["nearest"].push_back({{"model", each.model}, {"family", each.family}, {"distance", each.distance}});
    }
    map["models"].push_back(std::move(place));
  }
  map["references"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < study.reference_places.size(); ++i) {
    const ReferenceModel& known = study.references[i];
    map["references"].push_back(place_json(known.model, known.family, study.reference_places[i]));
  }
  map["across"] = study.across;
  map["upward"] = study.upward;
  map["marks"] = nlohmann::ordered_json::array();
  for (const FamilyMark& each : family_marks) {
    map["marks"].push_back({{"family", each.family}, {"color", each.color}, {"corners", each.corners}});
  }
  nlohmann::ordered_json out;
  out["fingerprint_map"] = std::move(map);
  return out;
}

/// The last occurrence is replaced: what the page's script holds stands before it. False where there is none.
bool replace_last(std::string& page, std::string_view from, std::string_view to) {
  const std::size_t at = page.rfind(from);
  if (at == std::string::npos) return false;
  page.replace(at, from.size(), to);
  return true;
}

/// The report's page with this text in it; empty where it has no place for it.
std::string page_around(std::string_view bundled, const std::string& title, const std::string& body) {
  std::string page(bundled);
  const std::size_t silent = page.rfind("<noscript>");
  const std::size_t speaks = page.rfind("</noscript>");
  if (silent == std::string::npos || speaks == std::string::npos || speaks < silent) return {};
  page.erase(silent, speaks + std::string_view("</noscript>").size() - silent);
  const bool filled =
      replace_last(page, "<div id=\"app\"></div>", "<div id=\"app\">" + body + "</div>") &&
      replace_last(page, "</head>",
                   fmt::format("<style>{}</style></head>", offline_style(table_page_style(fingerprint_style))));
  const std::size_t named = page.find("<title>costscan</title>");
  if (!filled || named == std::string::npos) return {};
  page.replace(named, std::string_view("<title>costscan</title>").size(), "<title>" + title + "</title>");
  return page;
}

}  // namespace

Result<std::string> fingerprint_html(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  const std::string title =
      study.models.size() == 1 ? html_text(study.models.front().model) : fmt::format("{} models", study.models.size());
  std::string body = fmt::format("<h1>Fingerprint of {}</h1>", title) + models_table(study) + map_picture(study);
  for (std::size_t i = 0; i < study.models.size(); ++i) body += fingerprint_part(study, i);
  const std::string whole_title = "Fingerprint of " + title;
  const bool has_map = !study.places.empty() && !embedded::web_page().empty();
  if (has_map) {
    const std::string page = page_around(embedded::web_page().front().bytes, whole_title, body);
    if (page.empty()) return fail(ErrorKind::defect, "the HTML page has no place for a fingerprint's text");
    return fill_page(page, script_safe(map_json(study)));
  }
  return offline_page(whole_title, table_page_style(fingerprint_style), body);
}

}  // namespace costscan
