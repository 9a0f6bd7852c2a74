// The test program is its own calibrating worker, as the command is.
#include <gtest/gtest.h>

#include <string_view>

#include "calibrate/worker.hpp"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--calibrate-worker") return costscan::calibrate_worker_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
