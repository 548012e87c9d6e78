#include "kernels/wide/wide_product_cuda.hpp"

#include "kernels/wide/wide.hpp"

#if __has_include(<cusparse.h>)
#include <cusparse.h>
#include <dlfcn.h>

#include <string>

#include "kernels/backend/buffer_cuda.hpp"

namespace wattstein::kernels {

namespace {

/// The functions that are used, from the shared library; `loaded` says whether all are there.
struct CuSparse {
  void* library = nullptr;
  bool loaded = false;
  decltype(&cusparseCreate) create = nullptr;
  decltype(&cusparseDestroy) destroy = nullptr;
  decltype(&cusparseSetStream) set_stream = nullptr;
  decltype(&cusparseCreateCsr) create_csr = nullptr;
  decltype(&cusparseDestroySpMat) destroy_matrix = nullptr;
  decltype(&cusparseCreateDnMat) create_dense = nullptr;
  decltype(&cusparseDestroyDnMat) destroy_dense = nullptr;
  decltype(&cusparseDnMatSetValues) set_values = nullptr;
  decltype(&cusparseSpMM_bufferSize) buffer_size = nullptr;
  decltype(&cusparseSpMM_preprocess) preprocess = nullptr;
  decltype(&cusparseSpMM) multiply = nullptr;

  CuSparse() {
    const std::string name = "libcusparse.so";
    library = dlopen((name + "." + std::to_string(CUSPARSE_VER_MAJOR)).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    const auto find = [this](auto& function, const char* symbol) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
      return function != nullptr;
    };
    loaded = find(create, "cusparseCreate") && find(destroy, "cusparseDestroy") &&
             find(set_stream, "cusparseSetStream") && find(create_csr, "cusparseCreateCsr") &&
             find(destroy_matrix, "cusparseDestroySpMat") && find(create_dense, "cusparseCreateDnMat") &&
             find(destroy_dense, "cusparseDestroyDnMat") && find(set_values, "cusparseDnMatSetValues") &&
             find(buffer_size, "cusparseSpMM_bufferSize") && find(preprocess, "cusparseSpMM_preprocess") &&
             find(multiply, "cusparseSpMM");
  }
  CuSparse(const CuSparse&) = delete;
  ~CuSparse() {
    if (library) dlclose(library);
  }
};

// The one CSR algorithm that promises the same bits in every run.
constexpr cusparseSpMMAlg_t algorithm = CUSPARSE_SPMM_CSR_ALG3;
constexpr cusparseOperation_t plain = CUSPARSE_OPERATION_NON_TRANSPOSE;
constexpr double one = 1.0, zero = 0.0;

bool good(cusparseStatus_t status) {
  return status == CUSPARSE_STATUS_SUCCESS;
}

}  // namespace

struct SparseProduct::State {
  CuSparse api;
  cusparseHandle_t handle = nullptr;
  cusparseSpMatDescr_t matrix = nullptr;
  cusparseDnMatDescr_t in = nullptr, out = nullptr;
  DeviceBuffer workspace;
  ~State() {
    if (in) api.destroy_dense(in);
    if (out) api.destroy_dense(out);
    if (matrix) api.destroy_matrix(matrix);
    if (handle) api.destroy(handle);
  }
};

bool cusparse_found() {
  return CuSparse().loaded;
}

SparseProduct::SparseProduct() = default;
SparseProduct::~SparseProduct() = default;

bool SparseProduct::prepare(int rows, int columns, int nnz, const int* start, const int* index, const double* values,
                            double* in, double* out, std::int64_t ld, cudaStream_t stream) {
  state_ = std::make_unique<State>();
  State& s = *state_;
  const CuSparse& api = s.api;
  std::size_t bytes = 0;
  if (!api.loaded || !good(api.create(&s.handle)) || !good(api.set_stream(s.handle, stream)) ||
      !good(api.create_csr(&s.matrix, rows, columns, nnz, const_cast<int*>(start), const_cast<int*>(index),
                           const_cast<double*>(values), CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                           CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F)) ||
      !good(api.create_dense(&s.in, columns, panel, ld, in, CUDA_R_64F, CUSPARSE_ORDER_ROW)) ||
      !good(api.create_dense(&s.out, rows, panel, ld, out, CUDA_R_64F, CUSPARSE_ORDER_ROW)) ||
      !good(api.buffer_size(s.handle, plain, plain, &one, s.matrix, s.in, &zero, s.out, CUDA_R_64F, algorithm, &bytes)))
    return false;
  s.workspace = DeviceBuffer(static_cast<std::int64_t>(bytes));
  return s.workspace.ok() && good(api.preprocess(s.handle, plain, plain, &one, s.matrix, s.in, &zero, s.out, CUDA_R_64F,
                                                 algorithm, s.workspace.as()));
}

bool SparseProduct::set_stream(cudaStream_t stream) const {
  return good(state_->api.set_stream(state_->handle, stream));
}

bool SparseProduct::multiply(const double* in, double* out, int width) const {
  const State& s = *state_;
  for (int first = 0; first < width; first += panel)
    if (!good(s.api.set_values(s.in, const_cast<double*>(in) + first)) || !good(s.api.set_values(s.out, out + first)) ||
        !good(s.api.multiply(s.handle, plain, plain, &one, s.matrix, s.in, &zero, s.out, CUDA_R_64F, algorithm,
                             s.workspace.as())))
      return false;
  return true;
}

}  // namespace wattstein::kernels

#else  // compiled without cuSPARSE's header: the fused kernels do it

namespace wattstein::kernels {

struct SparseProduct::State {};
bool cusparse_found() {
  return false;
}
SparseProduct::SparseProduct() = default;
SparseProduct::~SparseProduct() = default;
bool SparseProduct::prepare(int, int, int, const int*, const int*, const double*, double*, double*, std::int64_t,
                            cudaStream_t) {
  return false;
}
bool SparseProduct::set_stream(cudaStream_t) const {
  return false;
}
bool SparseProduct::multiply(const double*, double*, int) const {
  return false;
}

}  // namespace wattstein::kernels
#endif
