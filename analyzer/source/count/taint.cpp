#include "source/count/taint.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "source/count/values.hpp"

namespace costscan::source::count {
namespace {

/// Flow-insensitive: a variable that once gets data is data. Repeated until nothing changes.
class Taint {
 public:
  explicit Taint(const Program& program) : program_(program) {
    for (const Function& function : program.functions) {
      data_.emplace_back(function.variables.size(), false);
      declared_under_.emplace_back(function.variables.size(), 0);
    }
    returns_.assign(program.functions.size(), false);
  }

  DataOperations run() {
    do {
      changed_ = false;
      visit_program();
    } while (changed_);
    collecting_ = true;
    visit_program();
    return std::move(found_);
  }

 private:
  void visit_program() {
    for (std::size_t i = 0; i < program_.functions.size(); ++i) {
      current_ = i;
      conditions_ = 0;
      visit(program_.functions[i].body);
    }
  }

  void visit(const std::vector<Stmt>& statements) {
    for (const Stmt& statement : statements) visit(statement);
  }

  void visit(const Stmt& statement) {
    visit(statement.init);
    const bool loop = statement.kind == StmtKind::loop || statement.kind == StmtKind::loop_post;
    controls_ = loop;  // of a loop: no work on data, even where data bounds it
    const bool data = statement.has_expr && visit(statement.expr);
    for (const Expr& step : statement.step) visit(step);
    controls_ = false;
    if (statement.kind == StmtKind::declare && statement.variable >= 0) {
      declared_under_[current_][static_cast<std::size_t>(statement.variable)] = conditions_;
      if (data) mark(statement.variable);
    }
    if (statement.kind == StmtKind::give_back && data && !returns_[current_]) {
      returns_[current_] = true;
      changed_ = true;
    }
    const bool decides = statement.kind == StmtKind::branch && data;
    conditions_ += decides ? 1 : 0;
    visit(statement.body);
    visit(statement.otherwise);
    conditions_ -= decides ? 1 : 0;
  }

  void mark(VariableId variable) {
    auto& flags = data_[current_];
    const auto at = static_cast<std::size_t>(variable);
    if (at >= flags.size() || flags[at]) return;
    const TypeKind kind = program_.functions[current_].variables[at].type.kind;
    if (kind == TypeKind::pointer || kind == TypeKind::container || kind == TypeKind::array) return;
    flags[at] = true;
    changed_ = true;
  }

  static VariableId target(const Expr& e) {
    if (e.kind == ExprKind::variable) return e.variable;
    if (e.kind == ExprKind::convert && !e.args.empty()) return target(e.args[0]);
    return no_variable;
  }

  void collect(const Expr& e, const Type& type, bool data) {
    if (collecting_ && !controls_ && data && type.kind == TypeKind::integer) found_.insert(&e);
  }

  /// Whether the value is data.
  bool visit(const Expr& e) {
    bool any = false;
    std::vector<bool> parts;
    for (const Expr& arg : e.args) {
      parts.push_back(visit(arg));
      any = any || parts.back();
    }
    switch (e.kind) {
      case ExprKind::integer_literal:
      case ExprKind::size_of_container:
      case ExprKind::string_literal:
      case ExprKind::address_of: return false;
      case ExprKind::floating_literal: return true;
      case ExprKind::variable:
        return e.type.kind == TypeKind::floating || e.type.lanes > 1 ||
               (e.variable >= 0 && static_cast<std::size_t>(e.variable) < data_[current_].size() &&
                data_[current_][static_cast<std::size_t>(e.variable)]);
      case ExprKind::subscript:
      case ExprKind::dereference:
      case ExprKind::member: return is_scalar(e.type);
      case ExprKind::unary: collect(e, e.type, any); return any;
      case ExprKind::binary: {
        const bool logical = e.op == Operator::logical_and || e.op == Operator::logical_or;
        const Type& operands = is_comparison(e.op) && !e.args.empty() ? e.args[0].type : e.type;
        if (!logical) collect(e, operands, any);
        return any;
      }
      case ExprKind::assign:
      case ExprKind::increment: return visit_update(e, any);
      case ExprKind::conditional: return any;
      case ExprKind::call: return visit_call(e, parts, any);
      default: return any;
    }
  }

  bool visit_update(const Expr& e, bool any) {
    if (e.args.empty()) return false;
    const VariableId variable = target(e.args[0]);
    // A condition on data decides about what was declared outside of it.
    const bool decided = variable >= 0 && conditions_ > declared_under_[current_][static_cast<std::size_t>(variable)];
    const bool data = any || variable == no_variable || decided;
    if (data && variable >= 0) mark(variable);
    if (e.kind == ExprKind::increment || e.op != Operator::none) collect(e, e.args[0].type, data);
    // What is stored in an array is data, and so is the arithmetic that makes it.
    if (collecting_ && variable == no_variable && e.args.size() > 1) collect_tree(e.args[1]);
    return data;
  }

  void collect_tree(const Expr& e) {
    if (e.kind == ExprKind::convert && e.type.kind == TypeKind::integer) {
      collect_tree(e.args[0]);
    } else if ((e.kind == ExprKind::binary || e.kind == ExprKind::unary) && e.type.kind == TypeKind::integer) {
      collect(e, e.type, true);
      for (const Expr& arg : e.args) collect_tree(arg);
    }
  }

  bool visit_call(const Expr& e, const std::vector<bool>& parts, bool any) {
    if (e.callee < 0 || static_cast<std::size_t>(e.callee) >= program_.functions.size()) {
      collect(e, e.type, any);
      return any || e.type.kind == TypeKind::floating;
    }
    const auto callee = static_cast<std::size_t>(e.callee);
    const Function& function = program_.functions[callee];
    const std::size_t caller = current_;
    for (std::size_t i = 0; i < std::min(parts.size(), function.parameters.size()); ++i) {
      const VariableId parameter = function.parameters[i];
      current_ = callee;
      if (parts[i]) mark(parameter);
      current_ = caller;
      // What the callee writes through a reference comes back.
      const auto at = static_cast<std::size_t>(parameter);
      if (parameter >= 0 && function.variables[at].is_reference && data_[callee][at]) {
        if (const VariableId variable = target(e.args[i]); variable >= 0) mark(variable);
      }
    }
    return returns_[callee] || e.type.kind == TypeKind::floating;
  }

  const Program& program_;
  std::vector<std::vector<bool>> data_;
  std::vector<std::vector<int>> declared_under_;  // how many conditions on data are around a declaration
  std::vector<bool> returns_;
  std::size_t current_ = 0;
  int conditions_ = 0;
  bool changed_ = false;
  bool collecting_ = false;
  bool controls_ = false;  // in a loop's condition or step
  DataOperations found_;
};

}  // namespace

DataOperations integer_data_operations(const Program& program) { return Taint(program).run(); }

}  // namespace costscan::source::count
