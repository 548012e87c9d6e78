// Stands in for powerflow_cuda.cu where the CUDA side is not compiled.

#include "kernels/powerflow/powerflow_cuda.hpp"

namespace wattstein::kernels {

std::string solve_on_cuda(const NewtonView&, const int*, const SweepView*, const PowerFlowTask&, int) {
  return "this program was built without its CUDA side (WATTSTEIN_CUDA=ON)";
}

}  // namespace wattstein::kernels
