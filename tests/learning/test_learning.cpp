// The surrogate's pieces on a feeder of five buses with made-up responses.

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/dataset/metadata.hpp"
#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "learning/evaluation/metrics.hpp"
#include "learning/model/baselines.hpp"
#include "learning/model/surrogate.hpp"
#include "learning/training/processor.hpp"
#include "learning/training/trainer.hpp"

namespace wattstein::learning {
namespace {

// 1 - 2 - 3 - 4
//      \ 5
engine::DsoData five_buses(double r_of_last = 0.02) {
  nlohmann::json json = {{"schema", "wattstein-dso-1"},
                         {"base_mva", 10.0},
                         {"root_bus", 1},
                         {"root_voltage_pu", 1.02},
                         {"upper_voltage", "lossless"},
                         {"shed_max_fraction", 1.0},
                         {"accept_relative", 0.01},
                         {"accept_absolute_mw", 0.01},
                         {"tight_loss_mw", 0.001}};
  for (int bus = 1; bus <= 5; ++bus) json["bus"].push_back({{"id", bus}, {"v_min_pu", 0.95}, {"v_max_pu", 1.05}});
  const int ends[4][2] = {{1, 2}, {2, 3}, {3, 4}, {2, 5}};
  for (const auto& [from, to] : ends)
    json["branch"].push_back(
        {{"from", from}, {"to", to}, {"r_pu", to == 5 ? r_of_last : 0.01 * to}, {"x_pu", 0.02}, {"limit_mva", 4.0}});
  json["generator"].push_back({{"name", "substation"},
                               {"bus", 1},
                               {"p_min_mw", -5.0},
                               {"p_max_mw", 5.0},
                               {"q_min_mvar", -3.0},
                               {"q_max_mvar", 3.0},
                               {"cost_a_per_mw2h", 0.0},
                               {"cost_b_per_mwh", 30.0}});
  return engine::parse_network_json(json.dump(), "five.json");
}

// Corrections that pull proposals back into ±0.4 MW, and a voltage that follows their sum.
Sample made_up(std::int64_t rows, int seed) {
  const auto feeder = std::make_shared<const Feeder>(make_feeder(five_buses()));
  const std::vector<engine::DsoMicrogrid> microgrids = {{"a", 3, -1.0, 1.0}, {"b", 4, -1.0, 1.0}};
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  engine::DsoData data = feeder->data;
  data.microgrids = microgrids;
  engine::DsoInputs inputs;
  inputs.resize(rows, data);
  const auto draw = torch::rand({rows, 12}, torch::kFloat64);
  for (std::int64_t s = 0; s < rows; ++s) {
    const auto row = static_cast<std::size_t>(s);
    inputs.id[row] = s;
    inputs.shed_cost[row] = 1e5 * (1.0 + draw[s][0].item<double>());
    inputs.correction_cost[row] = 1e4 * (1.0 + draw[s][1].item<double>());
    for (std::size_t n = 0; n < 5; ++n) {
      inputs.pd[row * 5 + n] = draw[s][static_cast<long>(2 + n)].item<double>();
      inputs.qd[row * 5 + n] = 0.3 * inputs.pd[row * 5 + n];
    }
    for (std::size_t m = 0; m < 2; ++m)
      inputs.net[row * 2 + m] = 2.0 * draw[s][static_cast<long>(8 + m)].item<double>() - 1.0;
  }
  Sample sample{feeder, tensors_of(inputs, microgrids, *feeder)};
  auto& r = sample.responses;
  r.correction = r.net.clamp(-0.4, 0.4) - r.net;
  r.voltage = 1.0 + 0.01 * r.net.sum(1, true).expand({rows, 2});
  r.accepted = r.correction.abs() <= 0.01;
  return sample;
}

Surrogate untrained(const Sample& sample, bool flows, bool learned_position) {
  Surrogate surrogate;
  TransformerSettings shape{.width = 16,
                            .heads = 2,
                            .layers = 2,
                            .feed_forward = 24,
                            .learned_position = learned_position,
                            .buses = 5,
                            .flows = flows};
  torch::manual_seed(7);
  surrogate.network = std::make_shared<FeederTransformer>(shape);
  surrogate.normalisation = Normalisation::of({sample});
  surrogate.network_json = engine::network_json(sample.feeder->data).dump();
  surrogate.feeder_fingerprints = {sample.feeder->fingerprint};
  surrogate.places = {buses_of(sample.responses, *sample.feeder)};
  surrogate.data_fingerprint = "test";
  return surrogate;
}

TrainingData data_of(const Sample& learned, const Sample& held, const Normalisation& n) {
  return {{{n.inputs(learned.responses, *learned.feeder), n.targets(learned.responses)}},
          {{n.inputs(held.responses, *held.feeder), n.targets(held.responses)}}};
}

std::filesystem::path scratch(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / ("wattstein_learning_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  return folder / name;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Feeder, SumsAlongTheTreeAreThoseOfTheDsoPage) {
  const Feeder feeder = make_feeder(five_buses());
  // bus 2 feeds 3, 4, 5; bus 5 feeds itself alone
  EXPECT_TRUE(torch::equal(feeder.below[1], torch::tensor({0.F, 1.F, 1.F, 1.F, 1.F})));
  EXPECT_TRUE(torch::equal(feeder.below[4], torch::tensor({0.F, 0.F, 0.F, 0.F, 1.F})));
  // paths to 4 and 5 share line 1-2 alone: R = 0.02 p.u. of 10 MVA, so 2 R / base
  EXPECT_NEAR(feeder.drop_r[3][4].item<double>(), 2.0 * 0.02 / 10.0, 1e-9);
  EXPECT_NEAR(feeder.drop_r[3][3].item<double>(), 2.0 * (0.02 + 0.03 + 0.04) / 10.0, 1e-9);
  // acceptance moves no response, a resistance does
  auto other = five_buses();
  other.accept_relative = 0.5;
  EXPECT_EQ(make_feeder(other).fingerprint, feeder.fingerprint);
  EXPECT_NE(make_feeder(five_buses(0.021)).fingerprint, feeder.fingerprint);
}

TEST(Responses, FlowsOfTokensAreSumsOfWhatHangsBelow) {
  const Sample sample = made_up(8, 1);
  const auto& token = sample.responses.token;
  const auto drawn = token.select(2, 0) - token.select(2, 2) - token.select(2, 3);  // pd − pv − net
  EXPECT_TRUE(torch::allclose(token.select(2, 6).select(1, 1), drawn.narrow(1, 1, 4).sum(1), 1e-5, 1e-6));
  // v̂ of the root is its own set voltage
  EXPECT_TRUE(torch::allclose(token.select(2, 9).select(1, 0), torch::full({8}, 1.02 * 1.02 - 1.0), 1e-5, 1e-6));
}

TEST(Training, LearnsAPiecewiseLinearResponse) {
  prepare_processor(1);
  const Sample learned = made_up(400, 1), held = made_up(100, 2);
  Surrogate surrogate = untrained(learned, true, false);
  TrainingSettings settings{.epochs = 60, .batch = 40, .learning_rate = 5e-3, .patience = 60};
  const auto run =
      train(*surrogate.network, data_of(learned, held, surrogate.normalisation), settings, {}, "d", nullptr, {});
  EXPECT_EQ(run.history.size(), 60U);
  const auto evaluation = evaluate(surrogate.predict(held.responses, *held.feeder), held.responses, *held.feeder);
  EXPECT_GT(evaluation.correction.r2, 0.98);
  EXPECT_LT(run.history.back().train_loss, 0.05 * run.history.front().train_loss);
}

TEST(Training, ResumedRunHasTheSameLossesBitForBit) {
  prepare_processor(1);
  const Sample learned = made_up(96, 1), held = made_up(32, 2);
  TrainingSettings settings{.epochs = 5, .batch = 16};
  Surrogate whole = untrained(learned, true, false);
  const auto data = data_of(learned, held, whole.normalisation);
  const auto at_once = train(*whole.network, data, settings, {}, "d", nullptr, {});

  const auto file = scratch("resume.pt");
  std::filesystem::remove(file);
  std::atomic<bool> stop = false;
  Surrogate first = untrained(learned, true, false);
  EXPECT_THROW(train(*first.network, data, settings, file, "d", &stop, [&](const Epoch& e) { stop = e.epoch == 2; }),
               Stopped);
  Surrogate second = untrained(learned, true, false);
  const auto resumed = train(*second.network, data, settings, file, "d", nullptr, {});
  ASSERT_EQ(resumed.history.size(), at_once.history.size());
  for (std::size_t i = 0; i < resumed.history.size(); ++i) {
    EXPECT_EQ(resumed.history[i].train_loss, at_once.history[i].train_loss) << i;
    EXPECT_EQ(resumed.history[i].validation_loss, at_once.history[i].validation_loss) << i;
  }
  EXPECT_TRUE(torch::equal(second.predict(held.responses, *held.feeder), whole.predict(held.responses, *held.feeder)));

  settings.batch = 8;
  EXPECT_NE(message_of([&] { train(*second.network, data, settings, file, "d", nullptr, {}); }).find("batch"),
            std::string::npos);
  settings.batch = 16;
  EXPECT_NE(message_of([&] { train(*second.network, data, settings, file, "other", nullptr, {}); }).find("data"),
            std::string::npos);
}

TEST(Model, FileAndTorchScriptPredictTheSame) {
  const Sample sample = made_up(20, 3);
  for (const bool flows : {true, false})
    for (const bool learned_position : {true, false}) {
      const Surrogate surrogate = untrained(sample, flows, learned_position);
      const auto expected = surrogate.predict(sample.responses, *sample.feeder);
      save(surrogate, scratch("model.wattstein"));
      const Surrogate loaded = load_surrogate(scratch("model.wattstein"));
      EXPECT_TRUE(torch::equal(loaded.predict(sample.responses, *sample.feeder), expected));
      EXPECT_EQ(loaded.places, surrogate.places);

      export_torchscript(surrogate, *sample.feeder, sample.responses, scratch("model.ts"));
      auto module = torch::jit::load(scratch("model.ts"));
      const auto plain = sample.responses.token.narrow(2, 0, Responses::plain_width);
      const auto scripted = module.forward({plain, sample.responses.net}).toTensor();
      ASSERT_EQ(scripted.sizes(), expected.sizes());
      EXPECT_TRUE(torch::allclose(scripted, expected, 1e-4, 1e-5)) << (scripted - expected).abs().max();
    }
}

TEST(Model, RefusesWhatDoesNotFit) {
  const Sample sample = made_up(4, 3);
  const Surrogate surrogate = untrained(sample, true, false);
  const Feeder other = make_feeder(five_buses(0.03));
  EXPECT_EQ(message_of([&] { surrogate.require_feeder(*sample.feeder, false, "x"); }), "");
  EXPECT_NE(message_of([&] { surrogate.require_feeder(other, false, "x.json"); }).find("x.json: another network"),
            std::string::npos);
  EXPECT_EQ(message_of([&] { surrogate.require_feeder(other, true, "x"); }), "");
  const Surrogate fixed = untrained(sample, true, true);
  EXPECT_NE(message_of([&] { fixed.require_feeder(other, true, "x"); }).find("learned positions"), std::string::npos);

  Responses moved = sample.responses;
  moved.microgrid = torch::tensor({2, 4}, torch::kInt64);
  EXPECT_NE(message_of([&] { surrogate.require_places(moved, *sample.feeder, false, "x"); }).find("3, 5"),
            std::string::npos);
  EXPECT_EQ(message_of([&] { surrogate.require_places(moved, *sample.feeder, true, "x"); }), "");
}

TEST(Model, DamagedFilesAndOtherSchemasAreNamed) {
  const Surrogate surrogate = untrained(made_up(4, 3), true, false);
  const auto file = scratch("damaged.wattstein");
  save(surrogate, file);
  const std::string bytes = files::read_whole(file);
  files::write_whole(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(message_of([&] { load_surrogate(file); }).find("damaged.wattstein"), std::string::npos);
  files::write_whole(file, "no archive at all");
  EXPECT_NE(message_of([&] { load_surrogate(file); }).find("not a model file"), std::string::npos);

  torch::serialize::OutputArchive archive;
  archive.write("header", c10::IValue(std::string(R"({"schema": "wattstein-surrogate-99"})")));
  archive.save_to(file.string());
  const std::string message = message_of([&] { load_surrogate(file); });
  EXPECT_NE(message.find("wattstein-surrogate-99"), std::string::npos) << message;
  EXPECT_NE(message.find(Surrogate::schema), std::string::npos) << message;
}

TEST(Baselines, RidgeFindsALinearMap) {
  Sample sample = made_up(300, 5);
  auto& r = sample.responses;
  r.correction = 0.3 * r.net + 0.1 * r.token.select(2, 0).narrow(1, 1, 2) - 0.05;
  const auto n = Normalisation::of({sample});
  const auto inputs = n.inputs(r, *sample.feeder);
  const Ridge ridge(inputs, n.targets(r), 1e-6);
  const auto error = (n.restore(ridge.predict(inputs)).select(2, 0) - r.correction).abs().max().item<double>();
  EXPECT_TRUE(error <= 1e-4) << error;
}

TEST(Metrics, CountAndMeasureAsDefined) {
  const Sample sample = made_up(3, 1);
  Responses r = sample.responses;
  r.net = torch::tensor({{1.F, 1.F}, {1.F, 1.F}, {1.F, 1.F}});  // allowed: 10 kW
  r.correction = torch::tensor({{0.F, 0.F}, {0.1F, 0.1F}, {0.2F, 0.F}});
  r.accepted = r.correction.abs() <= 0.01;
  auto prediction = torch::stack({r.correction, r.voltage}, 2).clone();
  prediction[0][0][0] = 0.02;  // operator accepts, prediction rejects
  prediction[1][0][0] = 0.0;   // operator rejects, prediction accepts
  const auto e = evaluate(prediction, r, *sample.feeder);
  EXPECT_EQ(e.confusion.rejected_wrong, 1);
  EXPECT_EQ(e.confusion.accepted_wrong, 1);
  EXPECT_EQ(e.confusion.accepted_right, 2);
  EXPECT_EQ(e.confusion.rejected_right, 2);
  EXPECT_NEAR(e.correction.worst, 0.1, 1e-6);
  EXPECT_NEAR(e.correction.rmse, std::sqrt((0.02 * 0.02 + 0.1 * 0.1) / 6.0), 1e-6);
  // microgrid 1: targets 0, 0.1, 0.2, errors 0.02, 0.1, 0: R² = 1 − 0.0104 / 0.02
  EXPECT_NEAR(e.per_microgrid[0].r2, 1.0 - 0.0104 / 0.02, 1e-5);
  EXPECT_DOUBLE_EQ(e.per_microgrid[1].r2, 1.0);
}

}  // namespace
}  // namespace wattstein::learning
