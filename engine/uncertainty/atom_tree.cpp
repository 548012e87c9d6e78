#include "engine/uncertainty/atom_tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace wattstein::engine {

namespace {
constexpr std::size_t leaf_size = 32;    // atoms
constexpr std::size_t worth_a_look = 8;  // so few functions are not screened
constexpr double worth_a_copy = 0.75;    // share of the functions that is left
constexpr double rounding = 1e-9;        // relative: what loses by less stays
constexpr std::int64_t alone = 100'000;  // functions × atoms that one thread does as fast as several
constexpr double nothing = -std::numeric_limits<double>::infinity();
}  // namespace

AtomTree::AtomTree(const Atoms& atoms) : resources_(static_cast<std::size_t>(atoms.resources)), atoms_(atoms.count()) {
  for (int h = 0; h < atoms.hours; ++h) {
    const auto hh = static_cast<std::size_t>(h);
    std::vector<int> own(static_cast<std::size_t>(atoms.first[hh + 1] - atoms.first[hh]));
    std::iota(own.begin(), own.end(), atoms.first[hh]);
    int leaf = 0;
    hours_.emplace_back();
    split(atoms, hours_.back(), own, leaf);
  }
}

void AtomTree::split(const Atoms& atoms, std::vector<Node>& nodes, std::span<int> own, int& leaf) const {
  Node node;
  int widest = -1;
  for (int r = 0; r < atoms.resources; ++r) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const int a : own) low = std::min(low, atoms.at(a)[r]), high = std::max(high, atoms.at(a)[r]);
    node.centre.push_back(0.5 * (low + high));
    node.half.push_back(0.5 * (high - low));
    if (widest < 0 || node.half.back() > node.half[static_cast<std::size_t>(widest)]) widest = r;
  }
  node.first_leaf = leaf;
  const std::size_t place = nodes.size();
  if (own.size() > leaf_size && widest >= 0) {
    nodes.push_back(std::move(node));
    const std::size_t middle = own.size() / 2;
    std::nth_element(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(middle), own.end(), [&](int a, int b) {
      return std::pair(atoms.at(a)[widest], a) < std::pair(atoms.at(b)[widest], b);
    });
    split(atoms, nodes, own.first(middle), leaf);
    nodes[place].second = static_cast<int>(nodes.size());
    split(atoms, nodes, own.subspan(middle), leaf);
  } else {
    node.atom.assign(own.begin(), own.end());
    for (int r = 0; r < atoms.resources; ++r)
      for (const int a : own) node.omega.push_back(atoms.at(a)[r]);
    nodes.push_back(std::move(node));
    ++leaf;
  }
  nodes[place].leaves = leaf - nodes[place].first_leaf;
}

int AtomTree::stride(int leaves) const {
  int most = 0;
  for (const auto& nodes : hours_) most = std::max(most, nodes.front().leaves);
  return std::max(1, most / leaves);
}

void AtomTree::best(std::span<const double> intercept, std::span<const double> slope, Part part,
                    std::span<double> value, std::span<int> dual) const {
  const std::size_t count = intercept.size() / hours_.size();
  const Search search{part, value, dual};
  const auto hours = static_cast<int>(hours_.size());
  // One agent alone shares its hours among the threads; many agents are shared by the caller (nested regions run
  // serially).
#pragma omp parallel for schedule(dynamic, 1) if (static_cast <std::int64_t>(count) * atoms_ > alone)
  for (int h = 0; h < hours; ++h)
    visit(hours_[static_cast<std::size_t>(h)], 0,
          {count, intercept.data() + static_cast<std::size_t>(h) * count, slope.data(), nullptr}, search);
}

void AtomTree::visit(const std::vector<Node>& nodes, int at, const Candidates& all, const Search& search) const {
  const Node& node = nodes[static_cast<std::size_t>(at)];
  const int stride = search.part.stride, turn = search.part.turn % stride;
  // The first leaf of the part from this node's first one on.
  if (const int next = node.first_leaf + (turn - node.first_leaf % stride + stride) % stride;
      next >= node.first_leaf + node.leaves)
    return;
  std::vector<int> kept(all.count);
  std::iota(kept.begin(), kept.end(), 0);
  if (all.count > worth_a_look) {
    std::vector<double> f(all.intercept, all.intercept + all.count);
    for (std::size_t r = 0; r < resources_; ++r) {
      const double* s = all.slope + r * all.count;
      const double centre = node.centre[r];
      for (std::size_t k = 0; k < all.count; ++k) f[k] += s[k] * centre;
    }
    const auto top = static_cast<std::size_t>(std::max_element(f.begin(), f.end()) - f.begin());
    const double bar = f[top] - rounding * (1.0 + std::abs(f[top]));
    for (std::size_t r = 0; r < resources_; ++r) {
      const double* s = all.slope + r * all.count;
      const double half = node.half[r], own = s[top];
      if (half == 0.0) continue;
      for (std::size_t k = 0; k < all.count; ++k) f[k] += half * std::abs(s[k] - own);
    }
    std::erase_if(kept, [&](int k) { return f[static_cast<std::size_t>(k)] < bar; });
  }
  if (node.second < 0) return score(node, all, kept, search);
  Candidates left = all;
  std::vector<double> intercept, slope;
  std::vector<int> number;
  if (static_cast<double>(kept.size()) < worth_a_copy * static_cast<double>(all.count)) {
    intercept.reserve(kept.size()), number.reserve(kept.size()), slope.reserve(resources_ * kept.size());
    for (const int k : kept) {
      intercept.push_back(all.intercept[k]);
      number.push_back(all.number ? all.number[k] : k);
    }
    for (std::size_t r = 0; r < resources_; ++r)
      for (const int k : kept) slope.push_back(all.slope[r * all.count + static_cast<std::size_t>(k)]);
    left = {kept.size(), intercept.data(), slope.data(), number.data()};
  }
  visit(nodes, at + 1, left, search);
  visit(nodes, node.second, left, search);
}

void AtomTree::score(const Node& leaf, const Candidates& all, std::span<const int> kept, const Search& search) const {
  const std::size_t count = leaf.atom.size();
  std::array<double, leaf_size> best, score;
  std::array<int, leaf_size> dual;
  best.fill(nothing);
  dual.fill(0);
  for (const int k : kept) {
    std::fill_n(score.begin(), count, all.intercept[k]);
    for (std::size_t r = 0; r < resources_; ++r) {
      const double s = all.slope[r * all.count + static_cast<std::size_t>(k)];
      const double* omega = leaf.omega.data() + r * count;
      for (std::size_t a = 0; a < count; ++a) score[a] += s * omega[a];
    }
    const int number = all.number ? all.number[k] : k;
    for (std::size_t a = 0; a < count; ++a)
      if (score[a] > best[a]) best[a] = score[a], dual[a] = number;
  }
  for (std::size_t a = 0; a < count; ++a) {
    const auto at = static_cast<std::size_t>(leaf.atom[a]);
    search.dual[at] = dual[a];
    search.value[at] = best[a];
  }
}

}  // namespace wattstein::engine
