#pragma once
// Which of many affine functions is the largest at each of many atoms.
//
// The atoms of an hour are halved at the median of their widest coordinate again and again. In the box of a node
// function k beats function b somewhere only if  f_k(centre) + Σ_r |s_k,r − s_b,r| half_r ≥ f_b(centre):  most
// functions are dropped high up, and the answer is the same as that of trying all of them everywhere.

#include <cstddef>
#include <span>
#include <vector>

#include "engine/uncertainty/atoms.hpp"

namespace wattstein::engine {

class AtomTree {
 public:
  explicit AtomTree(const Atoms& atoms);

  /// Of every hour only the leaves numbered turn, turn + stride, ...: neighbours in an hour are much alike.
  struct Part {
    int stride = 1, turn = 0;
  };
  /// The stride at which an hour still has about `leaves` leaves.
  int stride(int leaves) const;

  /// value[a], dual[a] ← the largest of intercept_k(h) + Σ_r slope_k,r ω_a,r and its k, the first of equal ones.
  /// intercept (H, K), slope (n_r, K), K > 0; value, dual (atoms): what is not in the part stays as it is.
  void best(std::span<const double> intercept, std::span<const double> slope, Part part, std::span<double> value,
            std::span<int> dual) const;

 private:
  struct Node {
    std::vector<double> centre, half;  // (n_r) middle and half width of the atoms' box
    int first_leaf = 0, leaves = 0;    // numbers within the hour
    int second = -1;                   // the second child's place, the first follows its parent; −1: a leaf
    std::vector<int> atom;             // of a leaf: (count)
    std::vector<double> omega;         // of a leaf: (n_r, count) MW
  };
  struct Candidates {
    std::size_t count = 0;
    const double *intercept = nullptr, *slope = nullptr;  // (count), (n_r, count)
    const int* number = nullptr;                          // (count); none: 0, 1, 2, ...
  };
  struct Search {
    Part part;
    std::span<double> value;
    std::span<int> dual;
  };
  void split(const Atoms& atoms, std::vector<Node>& nodes, std::span<int> own, int& leaf) const;
  void visit(const std::vector<Node>& nodes, int at, const Candidates& candidates, const Search& search) const;
  void score(const Node& leaf, const Candidates& candidates, std::span<const int> kept, const Search& search) const;

  std::size_t resources_;
  std::vector<std::vector<Node>> hours_;
  int atoms_ = 0;
};

}  // namespace wattstein::engine
