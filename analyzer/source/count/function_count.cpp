#include "source/count/function_count.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <vector>

#include "source/count/forms.hpp"

namespace costscan::source::count {
namespace {

constexpr std::int64_t most_steps = 3000000;
constexpr std::size_t longest_formula = 20000;  // characters; a formula that long is no form any more
constexpr auto read = static_cast<std::size_t>(Measure::read_bytes);
constexpr auto distinct = static_cast<std::size_t>(Measure::distinct_read_bytes);

/// The first few by line; `unsupported` and the report's lines have all of them.
std::string joined(const std::set<std::string>& parts) {
  constexpr std::size_t most = 3;
  std::vector<std::string> sorted(parts.begin(), parts.end());
  const auto line_of = [](const std::string& text) {
    constexpr std::string_view prefix = "line ";
    return text.starts_with(prefix) ? std::strtol(text.c_str() + prefix.size(), nullptr, 10) : 0;
  };
  std::sort(sorted.begin(), sorted.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(line_of(a), a) < std::pair(line_of(b), b);
  });
  const std::size_t left = sorted.size() > most ? sorted.size() - most : 0;
  sorted.resize(sorted.size() - left);
  return fmt::format("{}{}", fmt::join(sorted, "; "), left > 0 ? fmt::format("; and {} more", left) : "");
}

/// Joins what was found out about one function into its report.
class Assembly {
 public:
  Assembly(const Subject& subject, const Binding& dims)
      : subject_(subject),
        dims_(dims),
        free_(forms_of(symbols_, subject, {}, true)),
        given_(forms_of(numbers_, subject, dims, false)) {
    execute_if_possible();
  }

  FunctionReport report() {
    const Function& function = subject_.program.functions[static_cast<std::size_t>(subject_.id)];
    FunctionReport out;
    out.function = function.name;
    out.file = function.at.file;
    out.line = function.at.line;
    out.end_line = function.end_line;
    for (std::size_t i = 0; i < measure_count; ++i) out.counts[i] = count({0, -1, i});
    add_lines(out);
    add_arrays(out);
    // Without a formula, every symbol may matter.
    if (!free_.symbolic.gaps.empty()) used_.insert(free_.symbolic.symbols.begin(), free_.symbolic.symbols.end());
    for (const Variable& variable : function.variables) {  // in the function's own order
      if (used_.erase(variable.dim_name) > 0) out.symbols.push_back(variable.dim_name);
    }
    out.symbols.insert(out.symbols.end(), used_.begin(), used_.end());
    out.assumptions = function.assumptions;
    for (std::string& text : assumption_texts(symbols_, free_.symbolic.assumed)) {
      out.assumptions.push_back("formulas hold for " + std::move(text));
    }
    if (too_long_)
      out.assumptions.push_back(
          "closed forms above 20,000 characters are left out: give some symbols a value with --dim");
    for (const auto& [key, form] : free_.forms) {
      if (key.line == 0 && key.array < 0 && key.counter < measure_count && form.interpolated) {
        out.assumptions.push_back(
            fmt::format("{}: a polynomial through executions with small symbols, held against "
                        "further ones",
                        measure_names[key.counter]));
      }
    }
    add_unsupported(out);
    return out;
  }

 private:
  void execute_if_possible() {
    for (const std::string& symbol : free_.symbolic.symbols) {
      if (!dims_.contains(symbol) && matters(symbol)) return;
    }
    const auto steps = given_.forms.find({0, -1, measure_count});
    if (steps != given_.forms.end() && given_.symbolic.gaps.empty()) {
      const auto value = integer_value(steps->second.bounds.upper);
      if (value && *value > most_steps) return;
    }
    run_ = execute(subject_.program, subject_.table, subject_.operations, subject_.id, dims_, {most_steps});
  }

  /// Whether some count depends on the symbol, or might.
  bool matters(const std::string& symbol) {
    if (!free_.symbolic.gaps.empty()) return true;
    return std::any_of(free_.forms.begin(), free_.forms.end(), [&](const auto& entry) {
      return symbols_.symbols(entry.second.bounds.upper).contains(symbol) ||
             symbols_.symbols(entry.second.bounds.lower).contains(symbol) || entry.second.refuted;
    });
  }

  /// Whether a call of unknown cost makes this count a lower bound: its own line and the totals.
  template <class Counted>
  static bool affected(const CounterKey& key, const Counted& counted) {
    if (key.counter >= measure_count || counted.unknown_lines.empty()) return false;
    return key.line == 0 || counted.unknown_lines.contains(key.line);
  }

  Count count(const CounterKey& key) {
    Count out;
    const auto form = free_.forms.find(key);
    const bool has_form = form != free_.forms.end() && !form->second.refuted &&
                          !symbols_.unknown(form->second.bounds.upper) &&
                          (form->second.interpolated || !affected(key, free_.symbolic));
    if (has_form) {
      const PolyBounds& bounds = form->second.bounds;
      out.formula = symbols_.text(bounds.upper);
      if (bounds.lower != bounds.upper) out.formula = symbols_.text(bounds.lower) + " .. " + out.formula;
      if (out.formula.size() > longest_formula) {  // with some symbols given it is shorter
        out.formula.clear();
        too_long_ = true;
      }
      for (const Poly* p : {&bounds.lower, &bounds.upper}) {
        for (const std::string& symbol : symbols_.symbols(*p)) used_.insert(symbol);
      }
    }
    // Where the execution met a loop without end, the formula may still know what is not in that loop.
    const bool endless = run_ && run_->finished && run_->unknown_everywhere;
    if (run_ && run_->finished && !(endless && has_form)) {
      take_executed(key, out);
    } else {
      take_formula(key, has_form ? &form->second : nullptr, out);
    }
    return out;
  }

  void take_executed(const CounterKey& key, Count& out) {
    const Counters* counters = &run_->total;
    const Counters nothing{};
    if (key.array >= 0) {
      const auto at = run_->arrays.find(free_.symbolic.arrays[static_cast<std::size_t>(key.array)].name);
      counters = at == run_->arrays.end() ? &nothing : &at->second;
    } else if (key.line > 0) {
      const auto at = run_->lines.find(key.line);
      counters = at == run_->lines.end() ? &nothing : &at->second;
    }
    const Bounds& bounds = (*counters)[key.counter];
    out.lower = bounds.lower;
    if (run_->unknown_everywhere || affected(key, *run_)) {
      out.assumption = joined(run_->unknown);
      return;
    }
    out.upper = bounds.upper;
    if (bounds.lower != bounds.upper && key.counter < measure_count)
      out.assumption = joined(run_->decided[key.counter]);
  }

  void take_formula(const CounterKey& key, const Form* checked, Count& out) {
    const auto at = given_.forms.find(key);
    const bool usable =
        at != given_.forms.end() && !numbers_.unknown(at->second.bounds.upper) && given_.symbolic.gaps.empty();
    // A formula that an execution refuted says nothing about large numbers either.
    const auto free = free_.forms.find(key);
    const bool refuted = free != free_.forms.end() && (free->second.refuted || free->second.interpolated);
    std::optional<std::int64_t> lower;
    std::optional<std::int64_t> upper;
    if (usable && !refuted) {
      lower = integer_value(at->second.bounds.lower);
      upper = integer_value(at->second.bounds.upper);
    } else if (checked != nullptr && (checked->bounds.upper.zero() || assumptions_hold())) {
      const auto low = evaluate(symbols_, checked->bounds.lower, dims_);
      const auto high = evaluate(symbols_, checked->bounds.upper, dims_);
      if (low && is_integer(*low)) lower = low->numerator;
      if (high && is_integer(*high)) upper = high->numerator;
    }
    const bool endless = free_.symbolic.unknown_everywhere && checked == nullptr;
    if ((endless || affected(key, free_.symbolic)) && (checked == nullptr || !checked->interpolated)) {
      out.lower = lower;
      out.assumption = joined(free_.symbolic.unknown);
      return;
    }
    if (lower && upper) {
      out.lower = lower;
      out.upper = upper;
      if (*lower != *upper && key.counter < measure_count) {
        // Distinct bytes are decided by what decides about the accesses.
        auto by = given_.symbolic.decided[key.counter];
        const std::size_t streamed = key.counter - (key.counter >= distinct ? distinct - read : 0);
        by.insert(given_.symbolic.decided[streamed].begin(), given_.symbolic.decided[streamed].end());
        out.assumption = joined(by);
      }
      return;
    }
    out.assumption = why_unknown(checked, usable ? &at->second : nullptr);
  }

  /// No value that was given contradicts what the formulas suppose.
  bool assumptions_hold() const {
    const auto contradicted = [&](const Poly& p) {
      const auto value = evaluate(symbols_, p, dims_);
      return value && value->numerator < 0;
    };
    return std::none_of(free_.symbolic.assumed.begin(), free_.symbolic.assumed.end(), contradicted) &&
           std::none_of(free_.runs.begin(), free_.runs.end(), contradicted);
  }

  std::string why_unknown(const Form* form, const Form* partly) {
    std::set<std::string> missing;
    const auto ask_for = [&](const std::set<std::string>& symbols) {
      for (const std::string& symbol : symbols) {
        if (!dims_.contains(symbol)) missing.insert(fmt::format("--dim {}=N", symbol));
      }
    };
    if (form == nullptr) {
      ask_for(free_.symbolic.symbols);
    } else {
      ask_for(symbols_.symbols(form->bounds.lower));
      ask_for(symbols_.symbols(form->bounds.upper));
    }
    const bool holds = assumptions_hold();
    if (!missing.empty()) return fmt::format("needs {}", fmt::join(missing, " "));
    const bool overflow = (partly != nullptr && partly->bounds.upper.overflow) ||
                          (form != nullptr && (form->bounds.upper.overflow || holds));
    if (overflow) return "exceeds 2^62";
    return form != nullptr ? "too many iterations to enumerate, and the formula's assumptions do not hold"
                           : "too many iterations to enumerate and no closed form";
  }

  void add_lines(FunctionReport& out) {
    std::set<int> lines;
    for (const auto& [key, form] : free_.forms) {
      if (key.line > 0) lines.insert(key.line);
    }
    if (run_ && run_->finished) {
      for (const auto& [line, counters] : run_->lines) {
        if (line > 0) lines.insert(line);
      }
    }
    for (const int line : lines) {
      LineCounts row;
      row.line = line;
      const Count executions = count({line, -1, measure_count});
      row.executions = executions.formula;
      if (row.executions.empty() && executions.known()) {
        row.executions = executions.exact() ? fmt::format("{}", *executions.upper)
                                            : fmt::format("{} .. {}", *executions.lower, *executions.upper);
      }
      for (std::size_t i = 0; i <= static_cast<std::size_t>(Measure::write_bytes); ++i) {
        const CounterKey key{line, -1, i};
        if (free_.forms.contains(key) || (run_ && run_->finished)) {
          row.counts[i] = count(key);
        } else {
          row.counts[i].lower = row.counts[i].upper = 0;
          row.counts[i].formula = "0";
        }
        if (row.counts[i].formula.empty() && row.counts[i].exact() && *row.counts[i].upper == 0)
          row.counts[i].formula = "0";
      }
      out.lines.push_back(std::move(row));
    }
  }

  void add_arrays(FunctionReport& out) {
    for (std::size_t i = 0; i < free_.symbolic.arrays.size(); ++i) {
      const ArrayInfo& array = free_.symbolic.arrays[i];
      ArrayCounts row;
      row.name = array.name;
      row.element = array.element;
      row.element_bytes = array.element_bytes;
      bool any = false;
      for (const Access& access : free_.symbolic.accesses) any = any || access.array == static_cast<int>(i);
      if (!any) continue;
      for (const Measure measure :
           {Measure::read_bytes, Measure::write_bytes, Measure::distinct_read_bytes, Measure::distinct_write_bytes}) {
        const auto counter = static_cast<std::size_t>(measure);
        const bool write = measure == Measure::write_bytes || measure == Measure::distinct_write_bytes;
        const bool touched =
            std::any_of(free_.symbolic.accesses.begin(), free_.symbolic.accesses.end(),
                        [&](const Access& a) { return a.array == static_cast<int>(i) && a.write == write; });
        if (touched) {
          row.counts[counter] = count({0, static_cast<int>(i), counter});
        } else {
          row.counts[counter].lower = row.counts[counter].upper = 0;
          row.counts[counter].formula = "0";
        }
      }
      out.arrays.push_back(std::move(row));
    }
  }

  void add_unsupported(FunctionReport& out) {
    std::vector<Unsupported> all = free_.symbolic.unsupported;
    if (run_) all.insert(all.end(), run_->unsupported.begin(), run_->unsupported.end());
    for (const Unsupported& entry : subject_.program.unsupported) {
      if (entry.function == subject_.id) all.push_back(entry);
    }
    for (const Unsupported& entry : all) {
      const auto same = [&](const Unsupported& u) { return u.at == entry.at; };
      if (std::none_of(out.unsupported.begin(), out.unsupported.end(), same)) out.unsupported.push_back(entry);
    }
    std::sort(out.unsupported.begin(), out.unsupported.end(), [](const Unsupported& a, const Unsupported& b) {
      return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
  }

  Subject subject_;
  const Binding& dims_;
  Algebra symbols_;
  Algebra numbers_;
  Forms free_;
  Forms given_;
  std::optional<Executed> run_;
  std::set<std::string> used_;
  bool too_long_ = false;
};

}  // namespace

FunctionReport count_function(const Program& program, const FunctionTable& table, const DataOperations& operations,
                              FunctionId id, const std::map<std::string, std::int64_t>& dims) {
  return Assembly(Subject{program, table, operations, id}, dims).report();
}

}  // namespace costscan::source::count
