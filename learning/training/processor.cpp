#include "learning/training/processor.hpp"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>

#include <thread>

namespace wattstein::learning {

void prepare_processor(std::int64_t threads) {
  const int count = threads > 0 ? static_cast<int>(threads) : static_cast<int>(std::thread::hardware_concurrency());
  at::set_num_threads(count);
  // at::set_num_threads reaches OpenMP and MKL, not the threads of Debian's libopenblas0-pthread. Its function is
  // looked up at run time because another BLAS may stand there.
  if (void* found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) reinterpret_cast<void (*)(int)>(found)(count);
  // Activations of some megabytes are made and freed in every step. With glibc's defaults each goes back to the system
  // and every page faults anew: a sixth of the time.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

}  // namespace wattstein::learning
