// Prints the model's FLOPs as the library counts them, and as its own CSV report says.
#include <costscan/pipeline.hpp>
#include <costscan/reports/report.hpp>
#include <cstdio>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  costscan::AnalyzeOptions options;
  options.depth = costscan::Depth::static_only;
  const costscan::Result<costscan::Analysis> analysis = costscan::analyze(argv[1], options);
  if (!analysis) {
    std::cerr << analysis.error().message << '\n';
    return static_cast<int>(analysis.error().kind);
  }
  costscan::ReportOptions report;
  report.level = costscan::Level::model;
  const costscan::ReportFormat* csv = costscan::find_report_format("csv");
  if (csv == nullptr) return 1;
  const auto text = csv->render(*analysis, report);
  if (!text) return 1;
  std::cout << "flops=" << analysis->totals.work.flops << '\n' << *text;
  return 0;
}
