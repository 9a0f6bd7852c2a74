// `costscan list ops` and `costscan explain OP`.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>

#include "costs/closed_form.hpp"
#include "costs/library_impl.hpp"
#include "costs/schema_facts.hpp"
#include "model/analysis.hpp"

namespace costscan {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? std::string() : std::string(separator)) + part;
  return out;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// since_versions that a file serves: ONNX's, or 1 where ONNX has no schema.
std::vector<std::int64_t> served_versions(const CostFile& file) {
  std::vector<std::int64_t> out;
  for (const SchemaFacts& facts : schema_versions(file.op, file.domain)) out.push_back(facts.since_version);
  if (out.empty()) out.push_back(1);
  return out;
}

std::string versions_text(const CostFile& file) {
  std::vector<std::string> parts;
  for (const std::int64_t version : served_versions(file)) parts.push_back(std::to_string(version));
  return joined(parts, ", ") + "-";
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

/// Whether all letters of `part` stand in `whole` in that order: "layernrm" in "layernormalization".
bool is_subsequence(const std::string& part, const std::string& whole) {
  std::size_t next = 0;
  for (const char c : whole) next += next < part.size() && part[next] == c ? 1 : 0;
  return next == part.size();
}

std::string display_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string op = path.substr(slash + 1, path.size() - slash - 1 - std::string_view(".yaml").size());
  const std::string domain = path.substr(0, slash);
  return domain == "onnx" ? op : domain + "." + op;
}

std::vector<std::string> near_names(const CostLibrary::Impl& library, const std::string& wanted) {
  constexpr std::size_t most_shown = 5;
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::string plain = lowered(wanted);
  for (const std::string& path : library.op_paths()) {
    const std::string name = display_name(path);
    const std::string op = lowered(name.substr(name.rfind('.') + 1));
    const std::string sought = plain.substr(plain.rfind('.') + 1);
    std::size_t distance = edit_distance(op, sought);
    if (sought.size() > 2 && is_subsequence(sought, op)) distance = std::min(distance, std::size_t{3});
    if (!sought.empty() && op.find(sought) != std::string::npos) distance = std::min(distance, std::size_t{2});
    if (distance <= std::max<std::size_t>(3, sought.size() / 3)) ranked.emplace_back(distance, name);
  }
  std::ranges::sort(ranked);
  std::vector<std::string> out;
  for (const auto& [distance, name] : ranked) {
    if (out.size() < most_shown) out.push_back(name);
  }
  return out;
}

/// "Conv", "ai.onnx.Conv", "com.microsoft.BiasGelu", with "/" for the last "." too, in any case of letters.
Result<const CostFile*> find_op(const CostLibrary::Impl& library, const std::string& wanted) {
  std::string name = lowered(wanted);
  std::ranges::replace(name, '/', '.');
  if (name.starts_with("ai.onnx.")) name = name.substr(8);
  if (name.starts_with("onnx.")) name = name.substr(5);
  std::vector<std::string> matches;
  for (const std::string& path : library.op_paths()) {
    const std::string display = lowered(display_name(path));
    if (display == name) return library.parsed_file(path);
    if (name.find('.') == std::string::npos && display.ends_with("." + name)) matches.push_back(path);
  }
  if (matches.size() == 1) return library.parsed_file(matches[0]);
  if (matches.size() > 1) {
    for (std::string& path : matches) path = display_name(path);
    return fail(ErrorKind::usage,
                fmt::format("'{}' is in several domains: {}; name one", wanted, joined(matches, ", ")));
  }
  const std::vector<std::string> near = near_names(library, wanted);
  return fail(ErrorKind::usage,
              near.empty() ? fmt::format("no cost model for '{}'; see `costscan list ops`", wanted)
                           : fmt::format("no cost model for '{}'; did you mean {}?", wanted, joined(near, ", ")));
}

std::string formals_text(const Program& program, bool inputs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < program.formals.size(); ++i) {
    if ((i < program.input_count) != inputs) continue;
    const Formal& formal = program.formals[i];
    names.push_back(formal.name + (formal.optional ? "?" : "") + (formal.variadic ? "..." : ""));
  }
  return names.empty() ? "none" : joined(names, ", ");
}

/// The worksheet, section by section.
class Worksheet {
 public:
  Worksheet(const CostFile& file, const Program& program) : file_(file), program_(program), symbols_(program.slots) {}

  std::string write() {
    line("{}   {}   versions {}   trust {}", display_name(file_.path), program_.text->id, versions_text(file_),
         to_string(program_.trust));
    line("{}", program_.text->summary);
    line("");
    line("inputs   {}", formals_text(program_, true));
    line("outputs  {}", formals_text(program_, false));
    write_symbols();
    write_kernels();
    write_totals();
    write_notes();
    return std::move(out_);
  }

 private:
  const CostFile& file_;
  const Program& program_;
  ProgramSymbols symbols_;
  std::string out_;

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void write_symbols() {
    std::size_t width = 0;
    for (const Slot& slot : program_.slots) width = slot.hidden ? width : std::max(width, slot.name.size());
    if (width == 0) return;
    line("\nsymbols");
    for (const Slot& slot : program_.slots) {
      if (!slot.hidden) line("  {:<{}} = {}", slot.name, width, print(slot.expression, &symbols_));
    }
  }

  void write_kernels() {
    if (program_.view) line("\nfree view where {}", print(*program_.view, &symbols_));
    if (program_.kernels.empty()) return;
    line("\nkernels");
    for (const CompiledKernel& kernel : program_.kernels) {
      std::string when;
      for (const Expression& condition : kernel.conditions) {
        when += (when.empty() ? "   when " : " and ") + print(condition, &symbols_);
      }
      line("  {}{}", kernel.floating_text->name, when);
      if (!kernel.floating_text->why.empty()) line("    {}", kernel.floating_text->why);
      for (std::size_t i = 0; i < kernel_field_count; ++i) {
        if (!kernel.fields[i]) continue;
        const bool arith = i == static_cast<std::size_t>(KernelField::arith);
        line("    {:<16} {}{}", arith ? "flops" : kernel_field_names[i], print(*kernel.fields[i], &symbols_),
             arith ? "   (int_ops where the type is an integer)" : "");
      }
    }
  }

  void write_total(const char* name, const std::vector<ConditionalTerm>& terms) {
    const std::string general = closed_form(program_, terms);
    if (general == "0") return;
    const std::string full = closed_form(program_, terms, {true});
    if (full == general) {
      line("  {:<16} {}", name, general);
    } else {
      line("  {:<16} {}", name, general);
      line("  {:<16} {}", "  all given", full);
    }
  }

  void write_totals() {
    if (program_.kernels.empty()) return;
    line("\ntotals");
    const std::size_t begin = out_.size();
    std::vector<ConditionalTerm> flops = kernel_terms(program_, KernelField::flops);
    const std::vector<ConditionalTerm> arith = kernel_terms(program_, KernelField::arith);
    flops.insert(flops.end(), arith.begin(), arith.end());
    write_total("flops", flops);
    write_total("macs", kernel_terms(program_, KernelField::macs));
    write_total("transcendentals", kernel_terms(program_, KernelField::transcendentals));
    write_total("int_ops", kernel_terms(program_, KernelField::int_ops));
    write_total("read_bytes", kernel_terms(program_, KernelField::read));
    write_total("write_bytes", kernel_terms(program_, KernelField::write));
    write_total("compulsory_bytes", compulsory_terms(program_));
    if (!arith.empty()) line("  flops are int_ops where the arithmetic is on integers");
    if (out_.find("*[", begin) != std::string::npos) line("  [c] is 1 where c holds, else 0");
    if (out_.find("  all given", begin) != std::string::npos)
      line("  all given: at a node that has every optional operand");
  }

  void write_notes() {
    if (!program_.text->assumptions.empty()) line("\nassumptions");
    for (const std::string& assumption : program_.text->assumptions) line("  - {}", assumption);
    if (!file_.versions.empty()) line("\nversions that differ");
    for (const CostVersion& version : file_.versions) {
      line("  {}{}   trust {}", version.since, version.until ? fmt::format(" to {}", *version.until) : " on",
           to_string(version.body.trust));
    }
    line("\nsource\n  {}", program_.text->source);
  }
};

}  // namespace

Result<std::vector<OpListing>> list_ops(const CostLibrary& library) {
  std::vector<OpListing> out;
  for (const std::string& path : library.impl().op_paths()) {
    const CostFile* file = library.impl().parsed_file(path);
    const Program& program = library.impl().program_for_version(*file, served_versions(*file).back());
    OpListing listing{file->op, file->domain, versions_text(*file), program.trust, {}, program.text->source};
    for (const CompiledKernel& kernel : program.kernels) listing.kernels.push_back(kernel.floating_text->name);
    out.push_back(std::move(listing));
  }
  return out;
}

Result<std::string> explain_op(const CostLibrary& library, std::string_view op) {
  const std::size_t at = op.rfind('@');
  const std::string name(op.substr(0, at));
  const auto file = find_op(library.impl(), name);
  if (!file) return tl::unexpected(file.error());
  const std::vector<std::int64_t> versions = served_versions(**file);
  std::int64_t version = versions.back();
  if (at != std::string_view::npos) {
    const std::string wanted(op.substr(at + 1));
    const auto found = std::ranges::find_if(versions, [&](std::int64_t v) { return std::to_string(v) == wanted; });
    if (found == versions.end()) {
      return fail(ErrorKind::usage,
                  fmt::format("{} has no version {}; it has {}", name, wanted, versions_text(**file)));
    }
    version = *found;
  }
  const Program& program = library.impl().program_for_version(**file, version);
  for (const Issue& issue : program.issues) {
    if (issue.fatal) return fail(ErrorKind::input, fmt::format("{}:{}: {}", program.path, issue.line, issue.what));
  }
  return Worksheet(**file, program).write();
}

}  // namespace costscan
