// Pieces of the worksheet that its text and its Markdown say in the same words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "costs/explain.hpp"

namespace costscan {

/// "27.7 MB", "90.1 M": three significant figures; empty below 10,000, where the number itself is short.
[[nodiscard]] std::string magnitude(std::int64_t number, bool bytes);

/// Whether the quantity is counted in bytes.
[[nodiscard]] bool is_bytes(std::string_view quantity) noexcept;

/// "4*rows*H", "4*128*768", "393,216": what stands between the equals signs, nothing twice.
[[nodiscard]] std::vector<std::string> equation(const WorksheetFigure& figure);

/// "#41 '/encoder/MatMul' of bert.onnx".
[[nodiscard]] std::string node_title(const WorksheetNode& node);

/// "needs 2,268,416 bytes, there are 1,048,576: 1,219,840 too few"; empty where the numbers are not known.
[[nodiscard]] std::string fit_sentence(const WorksheetFigure& working_set, const std::optional<FastMemory>& memory);

/// "+55.4 MB, 2.0 times as much".
[[nodiscard]] std::string extra_sentence(const WorksheetExtra& extra);

}  // namespace costscan
