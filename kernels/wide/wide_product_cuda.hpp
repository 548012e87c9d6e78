#pragma once
// A sparse matrix times many columns by cuSPARSE.

#include <cusparse.h>

#include <cstdint>

#include "kernels/backend/buffer_cuda.hpp"

namespace wattstein::kernels {

/// out = K in for row-major (·, ld) arrays on the device. Columns go in panels of one width, whatever their number:
/// every call then has the same shape, so the deterministic algorithm treats a column alike in any company.
class SparseProduct {
 public:
  static constexpr int panel = 256;  // columns of a call; ld is a multiple

  SparseProduct() = default;
  SparseProduct(const SparseProduct&) = delete;
  SparseProduct& operator=(const SparseProduct&) = delete;
  ~SparseProduct();

  /// Analyses the matrix; start (rows + 1), index, values (nnz) stay where they are. in, out: any arrays of the right
  /// shape. False: cuSPARSE refused or memory is short.
  bool prepare(int rows, int columns, int nnz, const int* start, const int* index, const double* values, double* in,
               double* out, std::int64_t ld, cudaStream_t stream);
  bool set_stream(cudaStream_t stream) const { return cusparseSetStream(handle_, stream) == CUSPARSE_STATUS_SUCCESS; }
  /// The first `width` columns, rounded up to panels; may be captured into a graph.
  bool multiply(const double* in, double* out, int width) const;

 private:
  cusparseHandle_t handle_ = nullptr;
  cusparseSpMatDescr_t matrix_ = nullptr;
  cusparseDnMatDescr_t in_ = nullptr, out_ = nullptr;
  DeviceBuffer workspace_;
};

}  // namespace wattstein::kernels
