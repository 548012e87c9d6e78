#pragma once
// A sparse matrix times many columns by cuSPARSE, which is loaded when it is first wanted: programs start, and run with
// the fused kernels, on machines that have the driver alone.

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>

namespace wattstein::kernels {

/// out = K in for row-major (·, ld) arrays on the device. Columns go in panels of one width, whatever their number:
/// every call then has the same shape, so the deterministic algorithm treats a column alike in any company.
class SparseProduct {
 public:
  static constexpr int panel = 256;  // columns of a call; ld is a multiple

  SparseProduct();
  ~SparseProduct();
  SparseProduct(const SparseProduct&) = delete;
  SparseProduct& operator=(const SparseProduct&) = delete;

  /// Analyses the matrix; start (rows + 1), index, values (nnz) stay where they are. in, out: any arrays of the right
  /// shape. False: there is no cuSPARSE, it refused, or memory is short.
  bool prepare(int rows, int columns, int nnz, const int* start, const int* index, const double* values, double* in,
               double* out, std::int64_t ld, cudaStream_t stream);
  bool set_stream(cudaStream_t stream) const;
  /// The first `width` columns, rounded up to panels; may be captured into a graph.
  bool multiply(const double* in, double* out, int width) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wattstein::kernels
