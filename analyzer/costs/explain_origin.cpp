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
      note(symbols_, slot.name);
    }
    for (const Expression& arg : expression.args) walk(arg);
  }

  std::string text() const {
    std::vector<std::string> parts = symbols_;
    for (const auto& [kind, names] : tensors_) parts.push_back(kind + " of " + joined(names, ", "));
    parts.insert(parts.end(), others_.begin(), others_.end());
    return parts.empty() ? "constant" : joined(parts, "; ");
  }

 private:
  const Program& program_;
  const Node* node_;
  std::vector<std::string> symbols_;
  std::vector<std::pair<std::string, std::vector<std::string>>> tensors_;  ///< by "shape", "type", ...
  std::vector<std::string> others_;
  std::string comprehended_;  ///< the list that the innermost comprehension runs over

  static void note(std::vector<std::string>& to, std::string part) {
    if (std::ranges::find(to, part) == to.end()) to.push_back(std::move(part));
  }
  void note_tensor(const std::string& kind, const Expression& call) {
    auto found = std::ranges::find(tensors_, kind, [](const auto& entry) { return entry.first; });
    if (found == tensors_.end()) found = tensors_.insert(tensors_.end(), {kind, {}});
    note(found->second, tensor_name(call));
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
      case Builtin::label_sizes: return note_tensor("shape", call);
      case Builtin::dtype:
      case Builtin::bits:
      case Builtin::elem: return note_tensor("type", call);
      case Builtin::bytes: note_tensor("shape", call); return note_tensor("type", call);
      case Builtin::value:
      case Builtin::chars: return note_tensor("contents", call);
      case Builtin::present:
      case Builtin::constant:
      case Builtin::known:
      case Builtin::arity: return note_tensor("presence", call);
      case Builtin::attr:
      case Builtin::has_attr: return note_attribute(call);
      case Builtin::opset: return note(others_, "operator version");
      case Builtin::tree_depths: return note(others_, "attributes of the trees");
      case Builtin::fast_memory: return note(others_, "fast memory");
      default: return;
    }
  }

  void note_attribute(const Expression& call) {
    const bool given = node_ != nullptr && find_attribute(*node_, call.name) != nullptr;
    if (given || (call.fallback == nullptr && call.args.empty())) return note(others_, "attribute " + call.name);
    const std::string usual = call.fallback != nullptr ? to_string(*call.fallback) : print(call.args[0]);
    note(others_, fmt::format("attribute {} (default {})", call.name, usual));
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
