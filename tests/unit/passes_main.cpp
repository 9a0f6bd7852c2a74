// The test program is its own worker, as the command is.
#include <gtest/gtest.h>

#include <string_view>

#include "passes/child_job.hpp"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--optimize-worker") return costscan::optimize_worker_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
