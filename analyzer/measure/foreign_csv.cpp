// A table of (node, latency): which column is which is told by its name, the unit too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "measure/foreign_formats.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using Words = std::vector<std::string>;

/// Lower-case words of a column's name: "averageMs" and "Average (ms)" are both average, ms.
Words words_of(std::string_view header) {
  Words words(1);
  char before = ' ';
  for (const char c : header) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    const bool after_lower = before >= 'a' && before <= 'z';
    if (!words.back().empty() && (!letter || (upper && after_lower))) words.emplace_back();
    if (letter) words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    before = c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool has_any(const Words& words, std::span<const std::string_view> wanted) {
  return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::count(wanted, word) > 0; });
}

/// Microseconds in one unit of time.
std::optional<double> unit_us(std::string_view unit) {
  struct Unit {
    std::string_view name;
    double us;
  };
  static constexpr std::array units{Unit{"ns", 1e-3},    Unit{"nsec", 1e-3},      Unit{"nanoseconds", 1e-3},
                                    Unit{"us", 1},       Unit{"usec", 1},         Unit{"µs", 1},
                                    Unit{"μs", 1},       Unit{"microseconds", 1}, Unit{"ms", 1e3},
                                    Unit{"msec", 1e3},   Unit{"millis", 1e3},     Unit{"milliseconds", 1e3},
                                    Unit{"s", 1e6},      Unit{"sec", 1e6},        Unit{"secs", 1e6},
                                    Unit{"seconds", 1e6}};
  const auto found = std::ranges::find(units, unit, &Unit::name);
  return found == units.end() ? std::nullopt : std::optional(found->us);
}

std::optional<double> unit_in(const Words& words) {
  for (const std::string& word : words) {
    if (const auto us = unit_us(word)) return us;
  }
  return std::nullopt;
}

/// How well a column serves as the time; 0: not at all. Spreads, extremes, sums and predictions are other things.
int time_score(const Words& words) {
  static constexpr std::array<std::string_view, 7> times{"latency", "time",     "duration", "dur",
                                                         "elapsed", "measured", "runtime"};
  static constexpr std::array<std::string_view, 3> means{"mean", "average", "avg"};
  static constexpr std::array<std::string_view, 20> others{
      "mad",   "std", "stddev", "min", "max", "p90",   "p95",       "p99",       "percent",   "percentage",
      "share", "ts",  "start",  "end", "sum", "total", "predicted", "remainder", "timestamp", "stamp"};
  if (has_any(words, others)) return 0;
  const bool unit = unit_in(words).has_value();
  const bool time = has_any(words, times);
  const bool mean = has_any(words, means);
  const bool median = std::ranges::count(words, "median") > 0;
  if (!time && !((mean || median || words.size() == 1) && unit)) return 0;
  return (unit ? 8 : 0) + (median ? 4 : 0) + (mean ? 1 : 2);
}

/// Rank among the names that a column of nodes can have; the first is the best.
std::optional<std::size_t> name_rank(const Words& words) {
  static constexpr std::array<std::string_view, 9> names{"node name", "node", "layer name", "layer",       "name",
                                                         "op name",   "op",   "operator",   "runtime node"};
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  const auto* const found = std::ranges::find(names, joined);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

struct Columns {
  std::size_t node = 0;
  std::size_t time = 0;
  std::optional<std::size_t> outputs;  ///< names a node that has no name
  std::optional<std::size_t> op_type;
  std::optional<double> unit;  ///< microseconds; absent where each cell has to state it
};

Result<Columns> find_columns(const DelimitedRecord& header, const std::string& file) {
  Columns columns;
  std::optional<std::size_t> best_name;
  int best_time = 0;
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const Words words = words_of(header.cells[i]);
    if (const auto rank = name_rank(words); rank && (!best_name || *rank < *best_name)) {
      best_name = rank;
      columns.node = i;
    }
    if (const int score = time_score(words); score > best_time) {
      best_time = score;
      columns.time = i;
      columns.unit = unit_in(words);
    }
    if (words == Words{"outputs"}) columns.outputs = i;
    if (words == Words{"op", "type"}) columns.op_type = i;
  }
  if (best_name && best_time > 0) return columns;
  return fail(
      ErrorKind::input,
      fmt::format("{}:{}: the header names no column of {}; {}", file, header.line,
                  best_name ? "times (latency_us, time_ms, ...)" : "nodes (node, name or layer)", readable_formats()));
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A cell such as "12.5" or "12.5 ms", in microseconds.
Result<double> time_in(std::string cell, const Columns& columns, char delimiter, const std::string& place) {
  if (delimiter != ',') std::ranges::replace(cell, ',', '.');
  const std::string_view text = trimmed(cell);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  const auto unit = rest.empty() ? columns.unit : unit_us(rest);
  if (error != std::errc() || !std::isfinite(value) || value < 0 || (!rest.empty() && !unit)) {
    return fail(ErrorKind::input,
                fmt::format("{}: '{}' is no time: write a number of at least 0", place, printable(text)));
  }
  if (!unit) {
    return fail(
        ErrorKind::input,
        fmt::format("{}: a time without a unit: name the column latency_us, latency_ms, latency_ns or latency_s",
                    place));
  }
  return value * *unit;
}

bool is_end_to_end(const std::string& name, const Model& model) {
  std::string joined;
  for (const std::string& word : words_of(name)) joined += (joined.empty() ? "" : " ") + word;
  static constexpr std::array<std::string_view, 4> names{"total", "end to end", "e2e", "model run"};
  if (std::ranges::find(names, joined) == names.end()) return false;
  return std::ranges::none_of(model.graph.nodes, [&](const Node& node) { return node.name == name; });
}

struct Row {
  std::string name;
  std::string op_type;
  std::vector<double> us;
};

/// Rows of the same name are samples of the same node, in the order in which each was first met.
class TableReader {
 public:
  TableReader(std::string file, Columns columns, char delimiter)
      : file_(std::move(file)), columns_(columns), delimiter_(delimiter) {}

  Result<void> add(const DelimitedRecord& record) {
    const auto cell = [&](std::size_t at) { return at < record.cells.size() ? record.cells[at] : std::string(); };
    const std::string place = fmt::format("{}:{}", file_, record.line);
    std::string name(trimmed(cell(columns_.node)));
    if (name.empty() && columns_.outputs) {
      const std::string outputs = cell(*columns_.outputs);
      name = outputs.substr(0, outputs.find(';'));
    }
    if (trimmed(cell(columns_.time)).empty()) {
      ++untimed_;
      return {};
    }
    const auto us = time_in(cell(columns_.time), columns_, delimiter_, place);
    if (!us) return tl::unexpected(us.error());
    if (name.empty()) name = fmt::format("(line {})", record.line);
    const auto [at, fresh] = by_name_.try_emplace(name, rows_.size());
    if (fresh) rows_.push_back({name, columns_.op_type ? cell(*columns_.op_type) : std::string(), {}});
    rows_[at->second].us.push_back(*us);
    return {};
  }

  [[nodiscard]] std::vector<Row> rows() && { return std::move(rows_); }
  [[nodiscard]] std::int64_t untimed() const { return untimed_; }

 private:
  std::string file_;
  Columns columns_;
  char delimiter_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::int64_t untimed_ = 0;
};

Measurement measurement_of(std::vector<Row> rows, const std::string& file, const Model& model) {
  Measurement m;
  m.status = MeasureStatus::ok;
  m.threads = 0;
  for (Row& row : rows) {
    if (is_end_to_end(row.name, model)) {
      m.latency = summarize(std::move(row.us));
      continue;
    }
    RuntimeNode node;
    node.name = std::move(row.name);
    node.op_type = std::move(row.op_type);
    node.time = summarize(std::move(row.us));
    m.nodes.push_back(std::move(node));
  }
  const bool stated = !m.latency.us.empty();
  if (!stated) m.latency = sum_of_nodes(m.nodes);
  m.reason = fmt::format("read from {}: a table of {} nodes{}", file, m.nodes.size(),
                         stated ? " and of the end-to-end time" : ", whose sum is the end-to-end time");
  return m;
}

}  // namespace

Result<ForeignTimes> read_latency_table(const std::filesystem::path& path, const Model& model) {
  const std::string file = printable(path.string());
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  char delimiter = ',';
  const std::vector<DelimitedRecord> records = split_records(text, delimiter);
  if (records.empty()) return fail(ErrorKind::input, fmt::format("{}: is empty; {}", file, readable_formats()));
  const auto columns = find_columns(records.front(), file);
  if (!columns) return tl::unexpected(columns.error());
  TableReader reader(file, *columns, delimiter);
  for (const DelimitedRecord& record : std::span(records).subspan(1)) {
    if (auto done = reader.add(record); !done) return tl::unexpected(done.error());
  }
  const std::int64_t untimed = reader.untimed();
  ForeignTimes out{ForeignFormat::table, measurement_of(std::move(reader).rows(), file, model)};
  if (out.measurement.latency.us.empty()) {
    return fail(ErrorKind::input, fmt::format("{}: has a header but no time below it", file));
  }
  if (untimed > 0) {
    out.measurement.warnings.push_back(fmt::format("{}: {} rows without a time are left out", file, untimed));
  }
  return out;
}

}  // namespace costscan
