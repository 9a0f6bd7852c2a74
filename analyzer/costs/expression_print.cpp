#include "costs/expression.hpp"

namespace costscan {
namespace {

enum Precedence : int { p_or = 1, p_and, p_not, p_comparison, p_sum, p_product, p_unary, p_postfix };

int precedence(const Expression& expression) noexcept {
  switch (expression.op) {
    case Op::logical_or: return p_or;
    case Op::logical_and: return p_and;
    case Op::logical_not: return p_not;
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: return p_comparison;
    case Op::add:
    case Op::subtract: return p_sum;
    case Op::multiply:
    case Op::divide: return p_product;
    case Op::negate: return p_unary;
    case Op::number: return is_integer(expression.number) ? p_postfix : p_product;
    default: return p_postfix;
  }
}

std::string_view infix(Op op) noexcept {
  switch (op) {
    case Op::logical_or: return " or ";
    case Op::logical_and: return " and ";
    case Op::equal: return " == ";
    case Op::not_equal: return " != ";
    case Op::less: return " < ";
    case Op::less_equal: return " <= ";
    case Op::greater: return " > ";
    case Op::greater_equal: return " >= ";
    case Op::add: return " + ";
    case Op::subtract: return " - ";
    case Op::multiply: return "*";
    case Op::divide: return "/";
    default: return "";
  }
}

class Printer {
 public:
  explicit Printer(const SymbolTable* table) noexcept : table_(table) {}

  void print(const Expression& expression, int at_least) {
    if (expression.op == Op::symbol && table_ != nullptr) {
      if (const Expression* inlined = table_->inlined(expression)) return print(*inlined, at_least);
    }
    const bool parentheses = precedence(expression) < at_least;
    if (parentheses) out += '(';
    print_bare(expression);
    if (parentheses) out += ')';
  }

  std::string out;

 private:
  const SymbolTable* table_;

  void print_list(const std::vector<Expression>& args) {
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (i != 0) out += ", ";
      print(args[i], 0);
    }
  }

  void print_infix(const Expression& expression) {
    const int own = precedence(expression);
    // a - (b + c) and a/(b*c) keep their parentheses; comparisons do not chain on either side.
    const bool both_tighter = own == p_comparison;
    const bool right_tighter = both_tighter || expression.op == Op::subtract || expression.op == Op::divide;
    print(expression.args[0], own + (both_tighter ? 1 : 0));
    out += infix(expression.op);
    print(expression.args[1], own + (right_tighter ? 1 : 0));
  }

  void print_call(const Expression& expression) {
    out += facts_of(expression.function).name;
    if (facts_of(expression.function).max_args == 0) return;
    out += '(';
    if (!expression.name.empty()) out += expression.name + (expression.args.empty() ? "" : ", ");
    print_list(expression.args);
    out += ')';
  }

  void print_bare(const Expression& expression) {
    switch (expression.op) {
      case Op::none: break;
      case Op::number: out += to_string(expression.number); break;
      case Op::text: out += "'" + expression.name + "'"; break;
      case Op::truth: out += expression.value_flag ? "true" : "false"; break;
      case Op::symbol:
      case Op::tensor: out += expression.name; break;
      case Op::list:
        out += '[';
        print_list(expression.args);
        out += ']';
        break;
      case Op::negate:
        out += '-';
        print(expression.args[0], p_unary);
        break;
      case Op::logical_not:
        out += "not ";
        print(expression.args[0], p_not);
        break;
      case Op::choose:
        out += "if(";
        print_list(expression.args);
        out += ')';
        break;
      case Op::index:
        print(expression.args[0], p_postfix);
        out += '[';
        print(expression.args[1], 0);
        out += ']';
        break;
      case Op::slice:
        print(expression.args[0], p_postfix);
        out += '[';
        print(expression.args[1], 0);
        out += ':';
        print(expression.args[2], 0);
        out += ']';
        break;
      case Op::call: print_call(expression); break;
      case Op::comprehend:
        out += std::string(facts_of(expression.function).name) + "(" + expression.name + " in ";
        print(expression.args[0], 0);
        out += ": ";
        print(expression.args[1], 0);
        out += ')';
        break;
      default: print_infix(expression); break;
    }
  }
};

struct DatumPrinter {
  std::string operator()(Rational number) const { return costscan::to_string(number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<Datum>& list) const {
    std::string out = "[";
    for (const Datum& item : list) {
      if (out.size() > 1) out += ',';
      out += costscan::to_string(item);
    }
    return out + "]";
  }
};

}  // namespace

std::string to_string(const Datum& datum) { return std::visit(DatumPrinter{}, datum.value); }

std::string print(const Expression& expression, const SymbolTable* table) {
  Printer printer(table);
  printer.print(expression, 0);
  return std::move(printer.out);
}

}  // namespace costscan
