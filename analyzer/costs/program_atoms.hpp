// What a compiled cost model asks of a node in the formulas that its readers see.
#pragma once

#include "costs/program.hpp"

namespace costscan {

/// Fills `program.atoms` from its kernels.
void collect_atoms(Program& program);

}  // namespace costscan
