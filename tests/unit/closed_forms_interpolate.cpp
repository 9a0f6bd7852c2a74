// Interpolation of functions that the test writes down: what is found, where it is said to hold, and that it is so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "closed_forms/interpolate.hpp"

namespace costscan::closed_forms {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Function = std::function<std::optional<std::int64_t>(const Point&)>;

struct FormCase {
  const char* name;
  std::vector<FreeDim> dims;
  Function total;
  const char* text;
  const char* holds;
};

void PrintTo(const FormCase& form, std::ostream* out) { *out << form.name; }

ClosedForm form_of(const std::vector<FreeDim>& dims, const Function& total) {
  return interpolate("flops", dims, [&](const Point& point) { return Answer{total(point), false}; });
}

/// Rounded up each time; 0 stays 0.
std::int64_t halved(std::int64_t size, int times) {
  for (int i = 0; i < times; ++i) size = (size + 1) / 2;
  return size;
}

std::int64_t ceil_log2(std::int64_t n) {
  return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(n - 1)));
}

class Interpolate : public testing::TestWithParam<FormCase> {};

TEST_P(Interpolate, FindsTheForm) {
  const ClosedForm form = form_of(GetParam().dims, GetParam().total);
  EXPECT_EQ(form.text, GetParam().text) << form.evidence;
  EXPECT_EQ(form.holds, GetParam().holds) << form.evidence;
  if (form.text.empty()) {
    EXPECT_THAT(form.evidence, HasSubstr("none: "));
  }
  // Evidence is only what was not used to make the form.
  for (const Point& point : form.checked) EXPECT_THAT(form.fitted, Not(testing::Contains(point)));
}

const std::vector<FreeDim> decoder{{"batch", 1}, {"seq", 1}, {"past", 127}};
const std::vector<FreeDim> image{{"batch", 1}, {"height", 224}, {"width", 224}};

INSTANTIATE_TEST_SUITE_P(
    Table, Interpolate,
    testing::Values(FormCase{"no_dims", {}, [](const Point&) { return 42; }, "42", ""},
                    FormCase{"zero", {{"n", 3}}, [](const Point&) { return 0; }, "0", ""},
                    FormCase{"matmul",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) { return 2 * p[0] * p[1] * 768 * 64; },
                             "98304*batch*seq",
                             ""},
                    FormCase{"attention_with_past", decoder,
                             [](const Point& p) { return 4 * 64 * p[0] * p[1] * (p[1] + p[2]) + 10 * p[0] * p[1] + 7; },
                             "256*batch*seq*seq + 256*batch*seq*past + 10*batch*seq + 7", ""},
                    FormCase{"constant_in_one",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) { return 5 * p[1] * p[1]; },
                             "5*seq*seq",
                             ""},
                    FormCase{"triangle",
                             {{"n", 8}},
                             [](const Point& p) { return p[0] * (p[0] + 1) / 2; },
                             "1/2*n*n + 1/2*n",
                             ""},
                    FormCase{"difference",
                             {{"n", 8}, {"m", 9}},
                             [](const Point& p) { return 3 * p[0] * p[1] - 2 * p[1] + 4; },
                             "3*n*m - 2*m + 4",
                             ""},
                    FormCase{"huge",
                             {{"n", 4096}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] > 90000) return std::nullopt;  // beyond 2^62
                               return 100000007LL * p[0] * p[0] + 3;
                             },
                             "100000007*n*n + 3",
                             ""},
                    FormCase{"names_that_are_no_identifiers",
                             {{"batch-size", 1}},
                             [](const Point& p) { return 3 * p[0]; },
                             "3*`batch-size`",
                             ""},
                    // Five halvings round to 32; at multiples of 32 the halved size is exact.
                    FormCase{"detector", image,
                             [](const Point& p) {
                               return 18 * p[0] * halved(p[1], 5) * halved(p[2], 5) + 4 * p[0] * p[1] * p[2];
                             },
                             "2057/512*batch*height*width", "height mod 32 = 0, width mod 32 = 0"},
                    FormCase{"skip_connections_need_multiples", image,
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[1] % 32 != 0 || p[2] % 32 != 0) return std::nullopt;
                               return p[0] * (p[1] / 32) * (p[2] / 32);
                             },
                             "1/1024*batch*height*width", "height mod 32 = 0, width mod 32 = 0"},
                    FormCase{"patches_of_14",
                             {{"height", 224}},
                             [](const Point& p) { return (p[0] / 14) * (p[0] / 14) + 3 * p[0]; },
                             "1/196*height*height + 3*height",
                             "height mod 14 = 0"},
                    FormCase{"audio_strides",
                             {{"samples", 16000}},
                             [](const Point& p) { return 9 * (p[0] / 320) + 1; },
                             "9/320*samples + 1",
                             "samples mod 320 = 0"},
                    FormCase{"default_not_at_zero_remainder",
                             {{"height", 225}},
                             [](const Point& p) { return p[0] / 2; },
                             "1/2*height - 1/2",
                             "height mod 2 = 1"},
                    FormCase{"table_of_positions",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[1] > 130) return std::nullopt;
                               return 7 * p[0] * p[1] * p[1];
                             },
                             "7*batch*seq*seq",
                             ""},
                    FormCase{"sliding_window",
                             {{"seq", 128}},
                             [](const Point& p) { return p[0] * std::min<std::int64_t>(p[0], 1024); },
                             "seq*seq",
                             "seq <= 1024"},
                    FormCase{"beyond_the_window",
                             {{"seq", 128}},
                             [](const Point& p) { return p[0] * std::min<std::int64_t>(p[0], 100); },
                             "100*seq",
                             "seq >= 100"},
                    FormCase{"broadcast_at_one",
                             {{"batch", 4}, {"seq", 16}},
                             [](const Point& p) { return p[0] * p[1] + (p[0] == 1 ? 0 : p[0]); },
                             "batch*seq + batch",
                             "batch >= 2"},
                    FormCase{"window_over_both",
                             {{"seq", 128}, {"past", 128}},
                             [](const Point& p) { return p[0] * std::min<std::int64_t>(p[0] + p[1], 600); },
                             "seq*seq + seq*past",
                             "seq + past <= 600"},
                    FormCase{"rows_of_a_table",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[1] > 512) return std::nullopt;
                               return 4 * std::min<std::int64_t>(p[0] * p[1], 30522) + p[1];
                             },
                             "4*batch*seq + seq",
                             "batch*seq <= 30522"},
                    FormCase{"rows_of_a_table_that_no_axis_reaches",
                             {{"batch", 1}, {"seq", 1}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] < 1 || p[1] < 1) return std::nullopt;
                               return 4 * std::min<std::int64_t>(p[0] * p[1], 32000) + p[1];
                             },
                             "4*batch*seq + seq",
                             "batch*seq <= 32000"},
                    FormCase{"rows_of_two_tables",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] < 1 || p[1] < 1) return std::nullopt;
                               return 4 * std::min<std::int64_t>(p[0] * p[1], 30522) +
                                      std::min<std::int64_t>(p[1], 512);
                             },
                             "4*batch*seq + seq",
                             "seq <= 512, batch*seq <= 30522"},
                    FormCase{"a_piece_that_ends_below_two",
                             {{"batch", 1}, {"seq", 128}, {"rounds", 3}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] < 1 || p[1] < 1) return std::nullopt;
                               return p[0] * p[1] * p[2] + 8 * std::min<std::int64_t>(p[0] * p[1], 200);
                             },
                             "seq*rounds + 8*seq",
                             "seq <= 200, batch = 1"},
                    FormCase{"rows_of_a_table_of_two",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] < 1 || p[1] < 1) return std::nullopt;
                               return 4 * p[0] * p[1] + std::min<std::int64_t>(p[0] * p[1], 2);
                             },
                             "4*batch*seq + 2",
                             "batch*seq >= 2"},
                    FormCase{"rows_of_a_small_table",
                             {{"batch", 1}, {"seq", 128}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[0] < 1 || p[1] < 1 || p[1] > 512) return std::nullopt;
                               return 4 * std::min<std::int64_t>(p[0] * p[1], 1000) + p[1];
                             },
                             "4*batch*seq + seq",
                             "batch*seq <= 1000"},
                    FormCase{"sort_by_halves",
                             {{"n", 200}},
                             [](const Point& p) { return p[0] * ceil_log2(p[0]); },
                             "8*n",
                             "129 <= n <= 256"},
                    FormCase{"held_where_nothing_fits",
                             {{"batch", 1}, {"n", 10}},
                             [](const Point& p) { return p[0] * (p[1] * p[1] * 2654435761LL % 65537); },
                             "48055*batch",
                             "n = 10"},
                    FormCase{"only_one_size_fits",
                             {{"batch", 1}, {"n", 10}},
                             [](const Point& p) -> std::optional<std::int64_t> {
                               if (p[1] != 10) return std::nullopt;
                               return 6 * p[0];
                             },
                             "6*batch",
                             "n = 10"},
                    FormCase{"unknown_everywhere", {{"n", 10}}, [](const Point&) { return std::nullopt; }, "", ""}),
    [](const auto& test) { return test.param.name; });

TEST(InterpolateBudget, EndsInAReasonInsteadOfAGuess) {
  int left = 3;
  const ClosedForm form = interpolate("flops", {{"batch", 1}, {"seq", 128}}, [&](const Point& p) {
    return left-- > 0 ? Answer{p[0] * p[1], false} : Answer{std::nullopt, true};
  });
  EXPECT_EQ(form.text, "");
  EXPECT_THAT(form.evidence, HasSubstr("too many analyses"));
}

TEST(InterpolateEvidence, CountsBothKindsOfPoints) {
  const ClosedForm form = form_of(decoder, [](const Point& p) { return p[0] * p[1] * (p[1] + p[2]); });
  EXPECT_GE(form.fitted.size(), 7U);
  EXPECT_GE(form.checked.size(), 10U);
  EXPECT_THAT(form.checked, testing::Contains(Point{1, 1, 127})) << "the bound dimensions themselves";
  EXPECT_EQ(form.evidence.find("exact at " + std::to_string(form.fitted.size()) + " points, checked at " +
                               std::to_string(form.checked.size()) + " others"),
            0U)
      << form.evidence;
}

}  // namespace
}  // namespace costscan::closed_forms
