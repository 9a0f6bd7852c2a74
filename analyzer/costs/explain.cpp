// `costscan explain OP` as text.
#include "costs/explain.hpp"

namespace costscan {

Result<std::string> explain_op(const CostLibrary& library, std::string_view op) {
  const auto found = find_op(library, op);
  if (!found) return tl::unexpected(found.error());
  const auto sheet = make_worksheet(library, *found);
  if (!sheet) return tl::unexpected(sheet.error());
  return worksheet_text(*sheet);
}

}  // namespace costscan
