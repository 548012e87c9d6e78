#include "learning/evaluation/limits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/dataset/row_reader.hpp"
#include "engine/models/dso/dso_ac.hpp"

namespace wattstein::learning {
namespace {

constexpr double clear_voltage_pu = 1e-3, clear_loading_percent = 1.0;
constexpr std::int64_t block = 4096;  // rows at a time

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

void count(LimitCount& counts, const engine::DsoAc::Rows& rows, const engine::Feeder& feeder) {
  const auto N = static_cast<std::size_t>(feeder.buses()), L = static_cast<std::size_t>(feeder.line_count());
  for (std::size_t r = 0; r < rows.row.size(); ++r) {
    double excess = -1.0, loading = 0.0;
    bool solved = true;
    for (std::size_t n = 0; n < N; ++n) {
      const double v = rows.voltage_pu[r * N + n];
      solved = solved && std::isfinite(v);
      if (static_cast<int>(n) != feeder.root)
        excess = std::max({excess, v - feeder.v_max_pu[n], feeder.v_min_pu[n] - v});
    }
    for (std::size_t l = 0; l < L; ++l) loading = std::max(loading, 100.0 * rows.loading[r * L + l]);
    counts.rows += 1;
    const auto over = [&](double voltage_pu, double percent) {
      return !solved || excess > voltage_pu || loading > 100.0 + percent ? 1 : 0;
    };
    counts.beyond += over(engine::dso_ac_voltage_tolerance_pu, engine::dso_ac_loading_tolerance_percent);
    counts.clearly_beyond += over(clear_voltage_pu, clear_loading_percent);
    if (!solved) continue;
    counts.loading_percent = std::max(counts.loading_percent, loading);
    counts.voltage_excess_pu = std::max(counts.voltage_excess_pu, excess);
  }
}

nlohmann::ordered_json to_json(const LimitCount& counts) {
  const double rows = static_cast<double>(std::max<std::int64_t>(1, counts.rows));
  return {{"rows", counts.rows},
          {"beyond_share", static_cast<double>(counts.beyond) / rows},
          {"clearly_beyond_share", static_cast<double>(counts.clearly_beyond) / rows},
          {"loading_percent", counts.loading_percent},
          {"voltage_excess_pu", counts.voltage_excess_pu}};
}

}  // namespace

LimitCheck check_limits(const std::filesystem::path& folder, const Responses& responses, const Feeder& feeder,
                        const torch::Tensor& correction, int threads) {
  const engine::RowReader reader(engine::find_dataset(folder), responses.split, feeder.data);
  const engine::DsoData& data = reader.data();
  const engine::DsoAc ac(data);
  const std::int64_t M = data.microgrid_count();
  const auto wanted = correction.to(torch::kFloat64).contiguous();
  const double* predicted = wanted.data_ptr<double>();
  const std::int64_t* ids = responses.id.data_ptr<std::int64_t>();
  std::int64_t next = 0;  // of the responses; both are sorted by id
  LimitCheck check;
  engine::DsoInputs inputs;
  engine::DsoAnswers answers;
  for (std::int64_t first = 0; first < reader.rows(); first += block) {
    const auto rows = std::min(block, reader.rows() - first);
    reader.read(first, rows, inputs, answers);
    auto guessed = inputs.net;
    for (std::int64_t s = 0; s < rows; ++s) {
      if (next == responses.size() || ids[next] != inputs.id[at(s)]) {
        answers.objective[at(s)] = std::numeric_limits<double>::quiet_NaN();  // left out
        continue;
      }
      for (std::int64_t m = 0; m < M; ++m) guessed[at(s * M + m)] += predicted[next * M + m];
      ++next;
    }
    count(check.by_operator, ac.solve(inputs, answers, threads), data.feeder);
    answers.pm = guessed;
    count(check.predicted, ac.solve(inputs, answers, threads), data.feeder);
    answers.pm = inputs.net;
    count(check.uncorrected, ac.solve(inputs, answers, threads), data.feeder);
  }
  return check;
}

nlohmann::ordered_json to_json(const LimitCheck& check) {
  return {{"uncorrected", to_json(check.uncorrected)},
          {"predicted", to_json(check.predicted)},
          {"by_operator", to_json(check.by_operator)}};
}

}  // namespace wattstein::learning
