// The test program is its own measuring worker, as the command is.
#include <gtest/gtest.h>

#include <string_view>

#include "compare/pair.hpp"
#include "measure/measure.hpp"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--measure-worker") return costscan::measure_worker_main(argv[2]);
  if (argc == 3 && std::string_view(argv[1]) == "--compare-worker") return costscan::compare_worker_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
