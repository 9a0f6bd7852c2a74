// A pattern, a small graph, and what the detector finds there: rows of a table that further files add to.
#pragma once

#include <vector>

namespace costscan::test {

struct DetectorCase {
  const char* what;
  const char* pattern;
  std::vector<const char*> variants;  ///< expected, in order; empty: no match
  const char* signature;              ///< inputs, outputs and initializers
  const char* body;
  int opset = 20;
};

// One file each.
[[nodiscard]] std::vector<DetectorCase> attention_form_cases();
[[nodiscard]] std::vector<DetectorCase> sequence_form_cases();
[[nodiscard]] std::vector<DetectorCase> image_form_cases();

}  // namespace costscan::test
