// Pictures: ticks, scales, markup without NaN whatever the data.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/report/format.hpp"
#include "engine/report/layout.hpp"
#include "engine/report/network_chart.hpp"
#include "engine/report/svg.hpp"
#include "engine/report/theme.hpp"
#include "tests/engine_report/markup.hpp"

using namespace wattstein;
using namespace wattstein::report;
using wattstein::tests::read_markup;

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Format, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(number(1702574.75), "1,702,575");
  EXPECT_EQ(number(12.3456), "12.35");
  EXPECT_EQ(number(-0.5), "−0.5");
  EXPECT_EQ(number(999.96), "1,000");
  EXPECT_EQ(number(0.0), "0");
  EXPECT_EQ(number(2.1e-6), "2.1×10⁻⁶");
  EXPECT_EQ(number(nan), "–");
  EXPECT_EQ(number(-infinity), "−∞");
  EXPECT_EQ(money(-42.1), "−$42.10");
  EXPECT_EQ(money(1702574.75), "$1,702,575");
  EXPECT_EQ(duration(0.0123), "12\u00A0ms");
  EXPECT_EQ(duration(125), "2\u00A0min\u00A05\u00A0s");
  EXPECT_EQ(duration(59.7), "1\u00A0min\u00A00\u00A0s");
  EXPECT_EQ(words("gas_unit2"), "gas unit 2");
}

TEST(Format, TickLabelsTellNeighboursApart) {
  for (const double step : {0.0025, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 25.0, 1e6})
    for (int k = -20; k < 20; ++k)
      EXPECT_NE(tick_label(k * step, step), tick_label((k + 1) * step, step)) << step << " " << k;
  EXPECT_EQ(tick_label(27.5, 2.5), "27.5");
}

TEST(Format, EscapesEverythingThatMarkupWouldRead) {
  EXPECT_EQ(escape("<a & \"b\" 'c'>"), "&lt;a &amp; &quot;b&quot; &#39;c&#39;&gt;");
  EXPECT_EQ(escape(std::string("a\x01"
                               "b\x1b[0m")),
            "ab[0m");
  EXPECT_EQ(escape("\xC3\xA9\xFF\xC0\x80"), "é\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Ticks, AreRoundInsideTheRangeAndAFewInNumber) {
  for (const auto& [lo, hi] :
       {std::pair{0.0, 1.0}, {-3.7, 11.2}, {1e-9, 3e-9}, {-1e300, 1e300}, {1e6, 1e6 + 7}, {0.999, 1.001}}) {
    const auto t = ticks(lo, hi, 6);
    ASSERT_GE(t.size(), 2u) << lo << " " << hi;
    EXPECT_LE(t.size(), 14u);
    const double step = t[1] - t[0];
    for (const double v : t) {
      EXPECT_GE(v, lo - 1e-6 * step);
      EXPECT_LE(v, hi + 1e-6 * step);
    }
    const double mantissa = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
    EXPECT_TRUE(std::abs(mantissa - 1) < 1e-3 || std::abs(mantissa - 2) < 1e-3 || std::abs(mantissa - 2.5) < 1e-3 ||
                std::abs(mantissa - 5) < 1e-3)
        << mantissa;
  }
  EXPECT_TRUE(ticks(1.0, 1.0, 5).empty());
  EXPECT_TRUE(ticks(nan, 1.0, 5).empty());
  for (const double v : ticks(0.3, 9.7, 30, true)) EXPECT_EQ(v, std::round(v));
}

TEST(Ticks, LogarithmicOnesArePowersOfTen) {
  const auto t = log_ticks(3e-7, 40.0, 8);
  ASSERT_GE(t.size(), 4u);
  for (const double v : t) EXPECT_NEAR(std::log10(v), std::round(std::log10(v)), 1e-9);
  EXPECT_GE(log_ticks(1.0, 9.0, 5).size(), 3u);
  EXPECT_TRUE(log_ticks(0.0, 9.0, 5).empty());
}

TEST(Scale, MapsEndsToEnds) {
  const Scale linear{-2, 6, 100, 20, false};
  EXPECT_DOUBLE_EQ(linear(-2), 100);
  EXPECT_DOUBLE_EQ(linear(6), 20);
  const Scale log{1e-3, 1e3, 0, 60, true};
  EXPECT_NEAR(log(1.0), 30, 1e-12);
  EXPECT_FALSE(log.shows(0.0));
  EXPECT_FALSE(linear.shows(nan));
}

LineChart line_of(std::vector<double> y, bool log) {
  LineChart chart;
  chart.label = "a <b> & \"c\"";
  chart.y.log = log;
  Series s;
  s.name = "s & t";
  for (std::size_t k = 0; k < y.size(); ++k) s.x.push_back(static_cast<double>(k));
  s.y = std::move(y);
  chart.series = {s, s};
  chart.rules = {{0.5, "r < s", ""}};
  return chart;
}

TEST(LineChart, DrawsWhateverIsFinite) {
  for (const bool log : {false, true})
    for (const auto& y :
         {std::vector<double>{1, 2, 3}, {nan, 1, infinity, -2}, {1e308, -1e308}, {5}, {1e-300, 1e300}, {7, 7, 7}}) {
      const std::string svg = draw(line_of(y, log));
      const auto markup = read_markup(svg);
      EXPECT_EQ(markup.error, "");
      EXPECT_FALSE(svg.empty());
    }
  EXPECT_EQ(draw(line_of({}, false)), "");
  EXPECT_EQ(draw(line_of({nan, infinity}, false)), "");
  EXPECT_EQ(draw(line_of({-1, 0}, true)), "");
}

TEST(StackedChart, BarsAreAsHighAsTheirSums) {
  StackedChart chart;
  chart.columns = {"1", "2"};
  chart.stacks = {{"up", {2, 1}, "red"}, {"more", {1, 1}, "blue"}, {"down", {-3, nan}, "green"}};
  const std::string svg = draw(chart);
  EXPECT_EQ(read_markup(svg).error, "");
  // Heights of the three bars of column 1 stand 2 : 1 : 3.
  std::vector<double> heights;
  for (const std::string_view group : {"<g fill=\"red\">", "<g fill=\"blue\">", "<g fill=\"green\">"}) {
    const std::size_t at = svg.find("height=\"", svg.find(group));
    heights.push_back(std::stod(svg.substr(at + 8)));
  }
  EXPECT_NEAR(heights[0] / heights[1], 2.0, 0.02);
  EXPECT_NEAR(heights[2] / heights[1], 3.0, 0.03);
  EXPECT_EQ(draw(StackedChart{}), "");
}

TEST(HeatMap, LeavesBlanksAndColoursBySize) {
  HeatMap map;
  map.rows = {"a", "b"};
  map.columns = {"1", "2", "3"};
  map.values = {1, 2, 3, nan, 5, 6};
  for (const auto scale : {HeatMap::Scale::sequential, HeatMap::Scale::diverging, HeatMap::Scale::logarithmic}) {
    map.scale = scale;
    const std::string svg = draw(map);
    EXPECT_EQ(read_markup(svg).error, "");
    EXPECT_EQ(read_markup(svg).count("title"), 5u);  // a tooltip a cell, none for the blank
  }
  map.scale = HeatMap::Scale::sequential;
  const std::string svg = draw(map);
  EXPECT_NE(svg.find(ramp_colour(0.0)), std::string::npos);
  EXPECT_NE(svg.find(ramp_colour(1.0)), std::string::npos);
  for (const double same : {0.0, -4.0, 1e300}) {
    map.values.assign(6, same);
    EXPECT_EQ(read_markup(draw(map)).error, "");
  }
  map.values.assign(6, nan);
  EXPECT_EQ(draw(map), "");
}

TEST(Histogram, CountsEveryFiniteValueOnce) {
  for (const bool log : {false, true}) {
    Histogram h;
    h.values = {1e-9, 3e-8, 1e-4, 0.5, 1, 1, 1, nan, 0.0};
    h.x.log = log;
    const std::string svg = draw(h);
    EXPECT_EQ(read_markup(svg).error, "");
    int sum = 0;
    for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1)) {
      const std::size_t title = svg.find(": ", svg.find("<title>", at));
      sum += std::stoi(svg.substr(title + 2));
    }
    EXPECT_EQ(sum, 8) << log;
  }
}

TEST(BarChart, NegativeAndHugeBars) {
  BarChart chart{"bars", "$", {{"a", 5, "", ""}, {"b", -1e300, "", ""}, {"c", nan, "", ""}}};
  EXPECT_EQ(read_markup(draw(chart)).error, "");
}

TEST(Ramp, GetsLighterSteadily) {
  double last = -1;
  for (int k = 0; k <= 20; ++k) {
    const std::string hex = ramp_colour(k / 20.0);
    const auto channel = [&](std::size_t at) { return static_cast<double>(std::stoi(hex.substr(at, 2), nullptr, 16)); };
    const double luminance = 0.2126 * std::pow(channel(1) / 255, 2.2) + 0.7152 * std::pow(channel(3) / 255, 2.2) +
                             0.0722 * std::pow(channel(5) / 255, 2.2);
    EXPECT_GT(luminance, last);
    last = luminance;
  }
  EXPECT_EQ(ramp_colour(nan), ramp_colour(0.0));
}

double smallest_distance(const std::vector<Point>& p) {
  double best = 1e300;
  for (std::size_t i = 0; i < p.size(); ++i)
    for (std::size_t j = i + 1; j < p.size(); ++j) best = std::min(best, std::hypot(p[i].x - p[j].x, p[i].y - p[j].y));
  return best;
}

TEST(Layout, APathIsLaidOutStraight) {
  Edges path;
  for (int k = 0; k < 9; ++k) path.push_back({k, k + 1});
  const auto p = stress_layout(10, path);
  ASSERT_EQ(p.size(), 10u);
  for (int i = 0; i < 10; ++i)
    for (int j = i + 1; j < 10; ++j) {
      const double d = std::hypot(p[i].x - p[j].x, p[i].y - p[j].y);
      EXPECT_NEAR(d, j - i, 0.1 * (j - i));
    }
}

TEST(Layout, KeepsTwinsAndComponentsApart) {
  // A star whose leaves the graph cannot tell apart, and an island.
  Edges star;
  for (int k = 1; k < 8; ++k) star.push_back({0, k});
  star.push_back({8, 9});
  const auto p = stress_layout(10, star);
  EXPECT_GT(smallest_distance(p), 0.3);
  EXPECT_EQ(stress_layout(10, star).front().x, p.front().x);  // the same every time
  EXPECT_TRUE(stress_layout(0, {}).empty());
  EXPECT_EQ(stress_layout(1, {}).size(), 1u);
  EXPECT_EQ(stress_layout(3, {{0, 0}, {7, 1}, {-1, 2}}).size(), 3u);
}

TEST(Layout, FeederBranchesDoNotMeet) {
  // 0-1-2-3-4-5 with branches at 1 (two long), 2 and 4, the one at 2 branching again.
  const Edges edges{{0, 1}, {1, 2}, {2, 3},  {3, 4},   {4, 5},  {1, 6},  {6, 7},
                    {7, 8}, {2, 9}, {9, 10}, {10, 11}, {9, 12}, {4, 13}, {1, 14}};
  const auto p = tree_layout(15, edges, 0);
  EXPECT_GE(smallest_distance(p), 1.0);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(p[i].y, p[0].y);             // the longest way lies straight
  EXPECT_EQ(tree_layout(3, {{0, 1}, {1, 2}, {2, 0}}, 0).size(), 3u);  // a loop does no harm
  EXPECT_GE(smallest_distance(tree_layout(4, {{0, 1}}, 0)), 1.0);     // nor does a bus that nothing feeds
}

TEST(Network, DrawsMeshedAndRadial) {
  NetworkChart chart;
  for (int k = 0; k < 5; ++k) chart.nodes.push_back({"<" + std::to_string(k) + ">", "bus & more", "", 1.0});
  for (int k = 0; k < 4; ++k) chart.edges.push_back({k, k + 1, k == 0 ? nan : 0.3 * k, nan, "line"});
  chart.edges.push_back({0, 1, 1.5, 0.4, "twin"});
  chart.edges.push_back({2, 99, 0.1, 0.1, "nowhere"});
  chart.badges = {{0, LegendEntry::Mark::diamond, "red", "1", "hub \"a\""},
                  {0, LegendEntry::Mark::star, "red", "", ""},
                  {77, LegendEntry::Mark::dot, "red", "", ""}};
  for (const int root : {-1, 0, 4}) {
    chart.root = root;
    const std::string svg = draw(chart);
    EXPECT_EQ(read_markup(svg).error, "");
    EXPECT_FALSE(svg.empty());
  }
  EXPECT_EQ(draw(NetworkChart{}), "");
}

}  // namespace
