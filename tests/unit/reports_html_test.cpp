// The page's data island: filled once, and read back as the same document.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "reports/document.hpp"
#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

constexpr const char* island = "<script type=\"application/json\" id=\"costscan-data\">__COSTSCAN_DATA__</script>";

TEST(FillPage, ReplacesTheIslandOnly) {
  const std::string page = std::string("<script>if (text === \"__COSTSCAN_DATA__\") wait();</script>") + island + "<p>";
  const auto filled = fill_page(page, "{\"a\":1}");
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(*filled,
            "<script>if (text === \"__COSTSCAN_DATA__\") wait();</script>"
            "<script type=\"application/json\" id=\"costscan-data\">{\"a\":1}</script><p>");
}

TEST(FillPage, RefusesAPageWithoutExactlyOneIsland) {
  for (const std::string& page : {std::string("<p>no island</p>"), std::string(island) + island}) {
    const auto filled = fill_page(page, "{}");
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().kind, ErrorKind::defect);
  }
}

TEST(Html, HoldsTheDocumentOrSaysWhyNot) {
  const Analysis analysis = test::measured_analysis("</script><script>alert(1)</script>");
  const auto page = report_html(analysis, {});
  if (!page) {
    EXPECT_EQ(page.error().kind, ErrorKind::output);
    EXPECT_NE(page.error().message.find("npm"), std::string::npos);
    GTEST_SKIP() << "this build has no page: " << page.error().message;
  }
  const std::string open = "id=\"costscan-data\">";
  const auto begin = page->find(open) + open.size();
  ASSERT_GE(begin, open.size());
  const std::string text = page->substr(begin, page->find("</script>", begin) - begin);
  EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(document(analysis, Rows::columnar).dump()));
}

}  // namespace
}  // namespace costscan
