// What the conversion of one model carries along: its tensors' sources and what is worth a warning.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/convert_tensor.hpp"
#include "load/parsed.hpp"
#include "model/graph.hpp"

namespace costscan {

/// Something odd that occurs often: one warning counts it and shows the first place.
struct Tally {
  std::int64_t count = 0;
  std::string first;

  void add(std::string_view place);
};

struct ConvertContext {
  TensorSource tensors;
  bool lenient = false;
  std::map<std::string, Tally> domains;  ///< nodes by domain, of the graph or function being converted
  Tally shadowed;                        ///< subgraph names that hide one of an enclosing graph
  Tally repeated_node_names;
  Tally unsorted;          ///< graphs whose nodes stood before what they depend on
  Tally repaired_texts;    ///< documentation that was not UTF-8
  Tally minus_one_dims;    ///< declared dimensions of -1, taken as unknown
  Tally repeated_outputs;  ///< graph outputs listed twice
};

/// A name as the file states it; an error where it is not UTF-8. `what` says what it names: "node name".
[[nodiscard]] Parsed<std::string> checked_name(std::string&& name, std::string_view what);

/// Documentation: repaired where it is not UTF-8, because nothing refers to it.
[[nodiscard]] std::string free_text(ConvertContext& context, std::string&& text);

/// "" for "ai.onnx".
[[nodiscard]] std::string normalized_domain(std::string&& domain);

/// `props` is a repeated StringStringEntryProto; its strings are moved out.
template <class Props>
[[nodiscard]] Metadata convert_metadata(ConvertContext& context, Props& props) {
  Metadata out;
  out.reserve(static_cast<std::size_t>(props.size()));
  for (auto& entry : props) {
    out.emplace_back(free_text(context, std::move(*entry.mutable_key())),
                     free_text(context, std::move(*entry.mutable_value())));
  }
  return out;
}

}  // namespace costscan
