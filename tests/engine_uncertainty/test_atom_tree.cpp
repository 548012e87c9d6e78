// The tree against trying every function at every atom.

#include "engine/uncertainty/atom_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

using namespace wattstein::engine;

namespace {

Atoms random_atoms(int hours, int resources, const std::vector<int>& counts, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 100.0);
  Atoms atoms;
  atoms.hours = hours;
  atoms.resources = resources;
  atoms.first = {0};
  for (int h = 0; h < hours; ++h) {
    for (int a = 0; a < counts[static_cast<std::size_t>(h)]; ++a) {
      for (int r = 0; r < resources; ++r) atoms.omega.push_back(uniform(random));
      atoms.weight.push_back(1.0 / counts[static_cast<std::size_t>(h)]);
    }
    atoms.first.push_back(static_cast<int>(atoms.weight.size()));
  }
  return atoms;
}

}  // namespace

TEST(AtomTree, FindsWhatTryingEverythingFinds) {
  for (const int resources : {1, 3, 8})
    for (const std::size_t K : {1u, 7u, 400u}) {
      const Atoms atoms = random_atoms(3, resources, {1, 33, 500}, 7u + static_cast<unsigned>(resources));
      std::mt19937 random(static_cast<unsigned>(K));
      std::normal_distribution<double> normal(0.0, 30.0);
      std::vector<double> intercept(3 * K), slope(static_cast<std::size_t>(resources) * K);
      for (double& v : intercept) v = 100.0 * normal(random);
      for (double& v : slope) v = normal(random);
      if (K > 5) {  // equal functions: the first one is to be named
        for (std::size_t h = 0; h < 3; ++h) intercept[h * K + 5] = intercept[h * K + 2];
        for (int r = 0; r < resources; ++r)
          slope[static_cast<std::size_t>(r) * K + 5] = slope[static_cast<std::size_t>(r) * K + 2];
      }
      const AtomTree tree(atoms);
      const auto count = static_cast<std::size_t>(atoms.count());
      std::vector<double> value(count);
      std::vector<int> dual(count);
      tree.best(intercept, slope, {}, value, dual);
      for (int h = 0; h < 3; ++h)
        for (int a = atoms.first[static_cast<std::size_t>(h)]; a < atoms.first[static_cast<std::size_t>(h) + 1]; ++a) {
          double best = -std::numeric_limits<double>::infinity();
          int which = -1;
          for (std::size_t k = 0; k < K; ++k) {
            double f = intercept[static_cast<std::size_t>(h) * K + k];
            for (int r = 0; r < resources; ++r) f += slope[static_cast<std::size_t>(r) * K + k] * atoms.at(a)[r];
            if (f > best) best = f, which = static_cast<int>(k);
          }
          EXPECT_EQ(dual[static_cast<std::size_t>(a)], which);
          EXPECT_DOUBLE_EQ(value[static_cast<std::size_t>(a)], best);
        }
    }
}

TEST(AtomTree, PartsTogetherAreTheWhole) {
  const Atoms atoms = random_atoms(2, 2, {1000, 40}, 3);
  const std::vector<double> intercept = {5.0, 0.0, -3.0, 5.0, 0.0, -3.0}, slope = {0.1, 1.0, 0.0, 0.2, -1.0, 2.0};
  const AtomTree tree(atoms);
  const int stride = tree.stride(8);
  EXPECT_EQ(stride, 4);
  const auto count = static_cast<std::size_t>(atoms.count());
  std::vector<double> whole(count), value(count);
  std::vector<int> all(count), dual(count, -1);
  tree.best(intercept, slope, {}, whole, all);
  std::size_t before = 0;
  for (int turn = 3; turn < 3 + stride; ++turn) {
    tree.best(intercept, slope, {stride, turn}, value, dual);
    const auto seen = count - static_cast<std::size_t>(std::count(dual.begin(), dual.end(), -1));
    EXPECT_GT(seen, before);
    before = seen;
  }
  EXPECT_EQ(dual, all);
  EXPECT_EQ(value, whole);
}
