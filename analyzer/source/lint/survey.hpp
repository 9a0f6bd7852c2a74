// Which runs of the machine a function needs, and what they say together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "source/lint/findings.hpp"
#include "source/lint/lint.hpp"
#include "source/lint/machine.hpp"

namespace costscan::source::linting {

struct CountedLoss {
  LostSum lost;
  std::optional<std::int64_t> contributing;  ///< absent where it depends on symbols without --dim
  std::optional<std::int64_t> of;
};

struct CountedSum {
  LongSum sum;
  std::int64_t additions = 0;
  double bound = 0;  ///< n*u/(1-n*u); infinite where n*u reaches 1
};

struct Survey {
  std::vector<CountedLoss> losses;
  std::vector<CountedSum> sums;  ///< whose bound exceeds the tolerance
  std::vector<UnsetSum> unset;
  std::vector<std::string> unbounded;  ///< sums whose length depends on symbols without --dim
  std::vector<std::string> symbols;    ///< those symbols
};

[[nodiscard]] Survey survey(const Program& program, const Registers& registers, const Function& function,
                            const LintOptions& options);

}  // namespace costscan::source::linting
