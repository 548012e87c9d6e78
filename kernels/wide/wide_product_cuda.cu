#include "kernels/wide/wide_product_cuda.hpp"

namespace wattstein::kernels {

namespace {

// The one CSR algorithm that promises the same bits in every run.
constexpr cusparseSpMMAlg_t algorithm = CUSPARSE_SPMM_CSR_ALG3;
constexpr double one = 1.0, zero = 0.0;

}  // namespace

SparseProduct::~SparseProduct() {
  if (in_) cusparseDestroyDnMat(in_);
  if (out_) cusparseDestroyDnMat(out_);
  if (matrix_) cusparseDestroySpMat(matrix_);
  if (handle_) cusparseDestroy(handle_);
}

bool SparseProduct::prepare(int rows, int columns, int nnz, const int* start, const int* index, const double* values,
                            double* in, double* out, std::int64_t ld, cudaStream_t stream) {
  const auto good = [](cusparseStatus_t status) { return status == CUSPARSE_STATUS_SUCCESS; };
  std::size_t bytes = 0;
  if (!good(cusparseCreate(&handle_)) || !good(cusparseSetStream(handle_, stream)) ||
      !good(cusparseCreateCsr(&matrix_, rows, columns, nnz, const_cast<int*>(start), const_cast<int*>(index),
                              const_cast<double*>(values), CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                              CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F)) ||
      !good(cusparseCreateDnMat(&in_, columns, panel, ld, in, CUDA_R_64F, CUSPARSE_ORDER_ROW)) ||
      !good(cusparseCreateDnMat(&out_, rows, panel, ld, out, CUDA_R_64F, CUSPARSE_ORDER_ROW)) ||
      !good(cusparseSpMM_bufferSize(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, &one,
                                    matrix_, in_, &zero, out_, CUDA_R_64F, algorithm, &bytes)))
    return false;
  workspace_ = DeviceBuffer(static_cast<std::int64_t>(bytes));
  return workspace_.ok() &&
         good(cusparseSpMM_preprocess(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, &one,
                                      matrix_, in_, &zero, out_, CUDA_R_64F, algorithm, workspace_.as()));
}

bool SparseProduct::multiply(const double* in, double* out, int width) const {
  for (int first = 0; first < width; first += panel)
    if (cusparseDnMatSetValues(in_, const_cast<double*>(in) + first) != CUSPARSE_STATUS_SUCCESS ||
        cusparseDnMatSetValues(out_, out + first) != CUSPARSE_STATUS_SUCCESS ||
        cusparseSpMM(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, &one, matrix_, in_,
                     &zero, out_, CUDA_R_64F, algorithm, workspace_.as()) != CUSPARSE_STATUS_SUCCESS)
      return false;
  return true;
}

}  // namespace wattstein::kernels
