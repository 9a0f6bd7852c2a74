// Variables, arrays and their elements. Part of walker.hpp.
#pragma once

#include "source/count/walker.hpp"

namespace costscan::source::count {

template <class D, class Num>
void Walker<D, Num>::enter_function(FunctionId id) {
  Frame<Num> next;
  next.function = id;
  frames_.push_back(std::move(next));
  const Function& entered = function();
  for (std::size_t i = 0; i < entered.variables.size(); ++i) {
    SlotT slot = fresh_slot(entered.variables[i], static_cast<VariableId>(i));
    frame().slots.push_back(std::move(slot));
  }
}

/// What a variable holds before anything is assigned: parameters and globals are symbols or arrays.
template <class D, class Num>
Slot<Num> Walker<D, Num>::fresh_slot(const Variable& variable, VariableId /*id*/) {
  SlotT out;
  switch (variable.type.kind) {
    case TypeKind::pointer:
      if (variable.storage != Storage::local) out.value = address(array_place(variable));
      break;
    case TypeKind::array:
    case TypeKind::container:
    case TypeKind::record:
    case TypeKind::opaque: out.value = address(array_place(variable)); break;
    case TypeKind::boolean:
    case TypeKind::integer:
      if (variable.constant) {
        out.value = integer(*variable.constant);
      } else if (variable.storage != Storage::local && variable.type.lanes == 1) {
        const bool boolean = variable.type.kind == TypeKind::boolean;
        out.value =
            number(self().symbol(variable.dim_name.empty() ? variable.name : variable.dim_name, boolean), boolean);
      }
      break;
    default: break;
  }
  return out;
}

/// A floating-point scalar that the caller lends by reference lies in memory.
template <class D, class Num>
void Walker<D, Num>::bind_entry_parameters() {
  for (const VariableId id : function().parameters) {
    const Variable& parameter = variable(id);
    // Members of a method's object come as references too, but do not stand between its name and its body: registers.
    const auto position = [](const Location& at) { return std::pair(at.line, at.column); };
    const auto& body = function().body;
    const bool here = parameter.at.file == function().at.file && position(parameter.at) > position(function().at) &&
                      (body.empty() || position(parameter.at) < position(body.front().at));
    if (!here || !parameter.is_reference || parameter.is_const || parameter.type.kind != TypeKind::floating) continue;
    SlotT& slot = frame().slots[static_cast<std::size_t>(id)];
    slot.alias = true;
    slot.target.kind = PlaceT::Kind::memory;
    slot.target.array = array_id(parameter.name, parameter.type, false);
    slot.target.offset = self().constant(0);
  }
}

template <class D, class Num>
int Walker<D, Num>::array_id(const std::string& name, const Type& element, bool local) {
  const auto [at, fresh] = array_ids_.emplace(name, static_cast<int>(arrays_.size()));
  if (fresh) {
    const bool known = is_scalar(element) || element.kind == TypeKind::pointer;
    arrays_.push_back({name, element.name, known ? bytes_of(element) : 0, local});
  }
  return at->second;
}

template <class D, class Num>
Place<Num> Walker<D, Num>::array_place(const Variable& variable) {
  const Type* element = &variable.type;
  while ((element->kind == TypeKind::pointer || element->kind == TypeKind::array ||
          element->kind == TypeKind::container) &&
         element->element) {
    element = element->element.get();
  }
  const bool local = variable.storage == Storage::local;
  // A callee's own array is not the caller's of the same name.
  const bool callee = frames_.size() > 1 && variable.storage != Storage::global;
  PlaceT out;
  out.kind = PlaceT::Kind::memory;
  out.array = array_id(callee ? last_name(function().name) + "::" + variable.name : variable.name, *element, local);
  out.offset = self().constant(0);
  return out;
}

/// A record's member, or the rows that an array's pointers lead to: an array of its own.
template <class D, class Num>
Place<Num> Walker<D, Num>::part_of(const PlaceT& place, const std::string& suffix, const Type& type) {
  PlaceT out = place;
  const ArrayInfo whole = arrays_[static_cast<std::size_t>(place.array)];
  const Type* element = &type;
  while ((element->kind == TypeKind::pointer || element->kind == TypeKind::array) && element->element) {
    element = element->element.get();
  }
  out.array = array_id(whole.name + suffix, *element, whole.local);
  return out;
}

template <class D, class Num>
Num Walker<D, Num>::offset_by(const Num& offset, const Num& index, std::int64_t stride) {
  const auto scaled = self().binary(Operator::multiply, index, self().constant(stride));
  const auto sum = scaled ? self().binary(Operator::add, offset, *scaled) : std::nullopt;
  return sum ? *sum : self().unknown_number();
}

template <class D, class Num>
Place<Num> Walker<D, Num>::element_of(const Expr& e) {
  const ValueT base = eval(e.args[0]);
  const ValueT index = e.kind == ExprKind::subscript ? eval(e.args[1]) : integer(0);
  const TypeKind to = e.args[0].type.kind;
  const bool indirect = to == TypeKind::pointer || to == TypeKind::array || to == TypeKind::container;
  const bool somewhere = base.kind == ValueT::Kind::address && base.place.kind != PlaceT::Kind::none;
  if (indirect && !somewhere) self().unknown(e.at, "access through a pointer of unknown target");
  if (base.kind != ValueT::Kind::address || base.place.kind == PlaceT::Kind::none) return {};
  PlaceT out = base.place;
  if (out.kind == PlaceT::Kind::variable) return out;  // *&x
  if (e.kind == ExprKind::dereference) return out;
  const Num at = index.kind == ValueT::Kind::number ? index.number : self().unknown_number();
  const bool rows = e.type.kind == TypeKind::container || bytes_of(e.type) == 0;
  if (rows) {
    out.outer.push_back(at);
  } else {
    out.offset = offset_by(out.offset, at, bytes_of(e.type));
  }
  return out;
}

template <class D, class Num>
Place<Num> Walker<D, Num>::locate(const Expr& e) {
  switch (e.kind) {
    case ExprKind::variable: {
      if (e.variable < 0 || static_cast<std::size_t>(e.variable) >= frame().slots.size()) return {};
      const SlotT& slot = frame().slots[static_cast<std::size_t>(e.variable)];
      if (slot.alias) return slot.target;
      PlaceT out;
      out.kind = PlaceT::Kind::variable;
      out.frame = frame_index();
      out.variable = e.variable;
      return out;
    }
    case ExprKind::subscript:
    case ExprKind::dereference: return element_of(e);
    case ExprKind::member: {
      PlaceT object = locate(e.args[0]);
      if (object.kind == PlaceT::Kind::variable) {
        const ValueT& value = slot(object).value;
        if (value.kind == ValueT::Kind::address) object = value.place;
      }
      if (object.kind != PlaceT::Kind::memory) return {};
      // Offsets count records, a member's array counts its own elements.
      PlaceT out = part_of(object, "." + e.name, e.type);
      out.offset = offset_by(self().constant(0), out.offset, bytes_of(e.type));
      return out;
    }
    case ExprKind::convert:
      if (!is_scalar(e.type) || e.type.lanes != e.args[0].type.lanes || e.type.bits == e.args[0].type.bits) {
        return locate(e.args[0]);
      }
      break;
    case ExprKind::sequence:
      for (std::size_t i = 0; i + 1 < e.args.size(); ++i) (void)eval(e.args[i]);
      return e.args.empty() ? PlaceT{} : locate(e.args.back());
    case ExprKind::assign:
    case ExprKind::increment: (void)eval(e); return e.args[0].kind == ExprKind::variable ? locate(e.args[0]) : PlaceT{};
    default: break;
  }
  const ValueT value = eval(e);
  return value.kind == ValueT::Kind::address ? value.place : PlaceT{};
}

template <class D, class Num>
Value<Num> Walker<D, Num>::load(const PlaceT& place, const Type& type) {
  if (place.kind == PlaceT::Kind::none) return data();
  if (place.kind == PlaceT::Kind::variable) {
    const SlotT& from = slot(place);
    return from.alias ? load(from.target, type) : from.value;
  }
  if (!is_scalar(type) && type.kind != TypeKind::pointer) return address(place);
  self().access(place, bytes_of(type), false);
  if (type.kind != TypeKind::pointer) return data();
  PlaceT rows = part_of(place, "[]", type);
  rows.outer.push_back(place.offset);
  rows.offset = self().constant(0);
  return address(rows);
}

template <class D, class Num>
void Walker<D, Num>::store(const PlaceT& place, ValueT value, const Type& type) {
  if (place.kind == PlaceT::Kind::variable) {
    SlotT& to = slot(place);
    if (type.kind == TypeKind::floating) value = data();
    to.value = std::move(value);
  } else if (place.kind == PlaceT::Kind::memory && (is_scalar(type) || type.kind == TypeKind::pointer)) {
    self().access(place, bytes_of(type), true);
  }
}

template <class D, class Num>
Value<Num> Walker<D, Num>::container_size(const Expr& e) {
  const PlaceT place = locate(e);
  if (place.kind == PlaceT::Kind::variable) {
    const SlotT& from = slot(place);
    if (from.has_size) return number(from.size);
    if (from.value.kind == ValueT::Kind::address && from.value.place.kind == PlaceT::Kind::memory) {
      const std::string name = arrays_[static_cast<std::size_t>(from.value.place.array)].name;
      const Variable& named =
          program_.functions[static_cast<std::size_t>(frames_[static_cast<std::size_t>(place.frame)].function)]
              .variables[static_cast<std::size_t>(place.variable)];
      const bool own = named.name == name && !named.dim_name.empty();
      return number(self().symbol((own ? named.dim_name : name) + "_size"));
    }
    return data();
  }
  if (place.kind != PlaceT::Kind::memory) return data();
  // A row of a container of containers: all rows are taken to be of one size.
  std::string name = arrays_[static_cast<std::size_t>(place.array)].name;
  for (std::size_t i = 0; i < place.outer.size(); ++i) name += "_row";
  return number(self().symbol(name + "_size"));
}

}  // namespace costscan::source::count
