#include "costs/explain_origin.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "costs/explain_impl.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

class Origins {
 public:
  Origins(const Program& program, const Node* node) : program_(program), node_(node) {}

  void walk(const Expression& expression) {
    if (expression.op == Op::call) {
      note_call(expression);
    } else if (expression.op == Op::comprehend && expression.args[0].op == Op::tensor) {
      comprehended_ = expression.args[0].name;
    } else if (expression.op == Op::symbol && expression.place == Place::slot) {
      const Slot& slot = program_.slots[static_cast<std::size_t>(expression.target)];
      if (slot.hidden) return walk(slot.expression);
      note(slot.name);
    }
    for (const Expression& arg : expression.args) walk(arg);
  }

  std::string text() const { return parts_.empty() ? "constant" : joined(parts_, ", "); }

 private:
  const Program& program_;
  const Node* node_;
  std::vector<std::string> parts_;
  std::string comprehended_;  ///< the list that the innermost comprehension runs over

  void note(std::string part) {
    if (std::ranges::find(parts_, part) == parts_.end()) parts_.push_back(std::move(part));
  }

  std::string tensor_name(const Expression& call) const {
    const Expression& named = call.args[0].op == Op::index ? call.args[0].args[0] : call.args[0];
    return named.place == Place::local && !comprehended_.empty() ? comprehended_ : named.name;
  }

  void note_call(const Expression& call) {
    switch (call.function) {
      case Builtin::rank:
      case Builtin::dim:
      case Builtin::dims:
      case Builtin::numel:
      case Builtin::label_sizes: return note("shape of " + tensor_name(call));
      case Builtin::dtype:
      case Builtin::bits:
      case Builtin::elem: return note("type of " + tensor_name(call));
      case Builtin::bytes: return note("shape and type of " + tensor_name(call));
      case Builtin::value:
      case Builtin::chars: return note("contents of " + tensor_name(call));
      case Builtin::present:
      case Builtin::constant:
      case Builtin::known:
      case Builtin::arity: return note("operand " + tensor_name(call));
      case Builtin::attr:
      case Builtin::has_attr: return note_attribute(call);
      case Builtin::opset: return note("operator version");
      case Builtin::fast_memory: return note("fast memory");
      default: return;
    }
  }

  void note_attribute(const Expression& call) {
    const bool given = node_ != nullptr && find_attribute(*node_, call.name) != nullptr;
    if (given || (call.fallback == nullptr && call.args.empty())) return note("attribute " + call.name);
    const std::string usual = call.fallback != nullptr ? to_string(*call.fallback) : print(call.args[0]);
    note(fmt::format("attribute {} (default {})", call.name, usual));
  }
};

struct AttributePrinter {
  std::optional<std::string> operator()(float number) const { return fmt::format("{}", number); }
  std::optional<std::string> operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::optional<std::string> operator()(const std::string& text) const { return printable(text); }
  template <class T>
  std::optional<std::string> operator()(const std::vector<T>& list) const {
    constexpr std::size_t longest = 12;
    if (list.size() > longest) return std::nullopt;
    std::vector<std::string> parts;
    for (const T& item : list) {
      auto part = (*this)(item);
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    }
    return "[" + joined(parts, ",") + "]";
  }
  template <class Other>
  std::optional<std::string> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::string origin_of(const Expression& expression, const Program& program, const Node* node) {
  Origins origins(program, node);
  origins.walk(expression);
  return origins.text();
}

std::optional<std::string> attribute_text(const Attribute& attribute) {
  return std::visit(AttributePrinter{}, attribute.value);
}

}  // namespace costscan
