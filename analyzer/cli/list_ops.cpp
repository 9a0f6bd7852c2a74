#include "cli/list_ops.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "model/analysis.hpp"
#include "reports/table_text.hpp"

namespace costscan::cli {
namespace {

constexpr std::array<Trust, 4> trusts{Trust::exact, Trust::approximate, Trust::upper_bound, Trust::unknown};

std::string domain_name(const OpListing& op) { return op.domain.empty() ? "ai.onnx" : op.domain; }

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? std::string() : std::string(separator)) + part;
  return out;
}

/// "7 vectors, reference, 19 node tests, 7 runs, peers".
std::string proofs_text(const OpListing& op) {
  struct Words {
    std::string_view proof;
    std::string_view one;
    std::string_view many;  ///< empty: the count says nothing
  };
  static constexpr std::array<Words, 5> words{{{"vectors", "vector", "vectors"},
                                               {"reference", "reference", ""},
                                               {"node_tests", "node test", "node tests"},
                                               {"runs", "run", "runs"},
                                               {"peers", "peers", ""}}};
  std::vector<std::string> parts;
  for (const Words& word : words) {
    const auto found = std::ranges::find(op.verified_by, word.proof, [](const auto& proof) { return proof.first; });
    if (found == op.verified_by.end()) continue;
    parts.push_back(word.many.empty() ? std::string(word.one)
                                      : fmt::format("{} {}", found->second, found->second == 1 ? word.one : word.many));
  }
  return joined(parts, ", ");
}

/// As many names as fit into `width` columns, and how many more there are. Names that repeat stand once.
std::string kernels_text(const OpListing& op, std::size_t width) {
  std::vector<std::string> names;
  for (const std::string& name : op.kernels) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (names.empty()) return "(view)";
  std::string out = names[0];
  for (std::size_t i = 1; i < names.size(); ++i) {
    const std::string more = fmt::format(" +{}", names.size() - i);
    const std::size_t reserve = i + 1 == names.size() ? 0 : 4;
    if (out.size() + 1 + names[i].size() + reserve > width) return out + more;
    out += ' ' + names[i];
  }
  return out;
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

std::string coverage_line(const OpCoverage& coverage) {
  const std::size_t covered = coverage.operators - coverage.uncovered.size();
  return fmt::format("{} of the {} operators of {}", covered, coverage.operators, coverage.of);
}

/// "402 operators: 280 exact, 60 approximate, ...", then what is covered of whom, then what is not.
std::string summary(const OpTable& table) {
  std::map<Trust, std::size_t> by_trust;
  std::size_t proven = 0;
  for (const OpListing& op : table.ops) {
    ++by_trust[op.trust];
    proven += op.verified_by.empty() ? 0 : 1;
  }
  std::vector<std::string> parts;
  for (const Trust trust : trusts) {
    if (by_trust[trust] > 0) parts.push_back(fmt::format("{} {}", by_trust[trust], to_string(trust)));
  }
  std::string out = fmt::format("{} operators: {}; {} verified by at least one proof\n", table.ops.size(),
                                joined(parts, ", "), proven);
  std::vector<std::string> uncovered;
  for (const OpCoverage& coverage : table.coverage) {
    if (coverage.operators == 0) continue;
    out += fmt::format("covered    {}\n", coverage_line(coverage));
    if (coverage.demanded) uncovered.insert(uncovered.end(), coverage.uncovered.begin(), coverage.uncovered.end());
  }
  out += fmt::format("uncovered  {}\n", uncovered.empty() ? "none" : joined(uncovered, " "));
  for (const OpCoverage& coverage : table.coverage) {
    if (!coverage.demanded && !coverage.uncovered.empty()) {
      out +=
          fmt::format("elsewhere  {} has {} more that the CPU provider does not execute (--report json names them)\n",
                      coverage.of, coverage.uncovered.size());
    }
  }
  return out;
}

std::string render_text(const OpTable& table) {
  static constexpr std::size_t kernel_width = 26;
  static constexpr std::size_t widest_line = 160;
  const auto line = [](std::string_view op, const std::string& versions, std::string_view trust,
                       std::string_view kernels, std::string_view proofs, const std::string& source) {
    const std::string head =
        fmt::format("{:<31} {:<17} {:<11} {:<{}} {:<48} ", op, cut(versions, 17), trust, kernels, kernel_width, proofs);
    return head + cut(source, std::max<std::size_t>(widest_line - std::min(head.size(), widest_line), 8)) + '\n';
  };
  std::map<std::string, std::size_t> sizes;
  for (const OpListing& op : table.ops) ++sizes[domain_name(op)];
  std::string out;
  std::string domain;
  for (const OpListing& op : table.ops) {
    if (domain_name(op) != domain) {
      domain = domain_name(op);
      out += fmt::format("{}{}: {} operator{}\n", out.empty() ? "" : "\n", domain, sizes[domain],
                         sizes[domain] == 1 ? "" : "s");
      out += line("op", "versions", "trust", "kernels", "verified by", "source");
    }
    out +=
        line(op.op_type, op.versions, to_string(op.trust), kernels_text(op, kernel_width), proofs_text(op), op.source);
  }
  return out + '\n' + summary(table);
}

std::vector<std::string> cells(const OpListing& op) {
  return {op.op_type, domain_name(op), op.versions, to_string(op.trust), joined(op.kernels, " "),
          op.source,  proofs_text(op)};
}

constexpr std::array<std::string_view, 7> op_columns{"op",      "domain", "versions",   "trust",
                                                     "kernels", "source", "verified_by"};

std::string render_csv(const OpTable& table) {
  std::string out;
  const auto append = [&](const auto& row) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : ",") + csv_field(row[i]);
    out += "\r\n";
  };
  append(op_columns);
  for (const OpListing& op : table.ops) append(cells(op));
  return out;
}

std::string render_md(const OpTable& table) {
  std::string out;
  const auto append = [&](const auto& row) {
    for (const auto& cell : row) {
      out += "| ";
      for (const char c : std::string_view(cell)) out += c == '|' ? std::string("\\|") : std::string(1, c);
      out += ' ';
    }
    out += "|\n";
  };
  append(op_columns);
  out += "|---|---|---|---|---|---|---|\n";
  for (const OpListing& op : table.ops) append(cells(op));
  out += '\n';
  std::string lines = summary(table);
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
    out += "- " + lines.substr(at, lines.find('\n', at) - at) + '\n';
  }
  return out;
}

nlohmann::ordered_json json_of(const OpListing& op) {
  nlohmann::ordered_json out;
  out["op"] = op.op_type;
  out["domain"] = domain_name(op);
  out["versions"] = op.versions;
  out["trust"] = to_string(op.trust);
  out["kernels"] = op.kernels;
  out["source"] = op.source;
  out["verified_by"] = nlohmann::ordered_json::object();
  for (const auto& [proof, count] : op.verified_by) out["verified_by"][proof] = count;
  return out;
}

nlohmann::ordered_json json_of(const OpCoverage& coverage) {
  nlohmann::ordered_json out;
  out["of"] = coverage.of;
  out["operators"] = coverage.operators;
  out["covered"] = coverage.operators - coverage.uncovered.size();
  out["demanded"] = coverage.demanded;
  out["uncovered"] = coverage.uncovered;
  return out;
}

std::string render_json(const OpTable& table) {
  nlohmann::ordered_json root;
  root["ops"] = nlohmann::ordered_json::array();
  for (const OpListing& op : table.ops) root["ops"].push_back(json_of(op));
  root["coverage"] = nlohmann::ordered_json::array();
  for (const OpCoverage& coverage : table.coverage) root["coverage"].push_back(json_of(coverage));
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string render_ops(const OpTable& table, std::string_view format) {
  if (format == "csv") return render_csv(table);
  if (format == "json") return render_json(table);
  return format == "md" ? render_md(table) : render_text(table);
}

}  // namespace costscan::cli
