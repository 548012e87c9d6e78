#include "kernels/batch/large_pages.hpp"

#include <cstdint>
#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace wattstein::kernels {

namespace {

constexpr std::size_t line = 64, small_page = 4096, large_page = std::size_t{2} << 20;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

void advise_large_pages(void* begin, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < large_page) return;
  auto* bytes_begin = static_cast<char*>(begin);
  const std::size_t offset = round_up(reinterpret_cast<std::uintptr_t>(begin), small_page) -
                             static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(begin));
  const std::size_t whole = (bytes - offset) / small_page * small_page;
  (void)madvise(bytes_begin + offset, whole, MADV_HUGEPAGE);
#else
  (void)begin, (void)bytes;
#endif
}

LargeMemory allocate_large(std::size_t bytes) {
  // From half a large page on, a whole one is taken.
  const std::size_t alignment = 2 * bytes >= large_page ? large_page : line;
  const std::size_t size = round_up(bytes > 0 ? bytes : 1, alignment);
  LargeMemory memory(static_cast<char*>(std::aligned_alloc(alignment, size)));
  if (!memory) return memory;
  if (alignment == large_page) advise_large_pages(memory.get(), size);
  std::memset(memory.get(), 0, bytes);
  return memory;
}

}  // namespace wattstein::kernels
