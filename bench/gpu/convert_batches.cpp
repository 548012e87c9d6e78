// wattstein_convert_batches OUT_FOLDER BATCH.h5...: writes each batch as OUT_FOLDER/NAME.raw (raw_batch.hpp).
#include <cstdio>
#include <exception>
#include <filesystem>

#include "bench/gpu/raw_batch.hpp"
#include "engine/problem/batch_file.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s OUT_FOLDER BATCH.h5...\n", argv[0]);
    return 2;
  }
  try {
    for (int i = 2; i < argc; ++i) {
      const wattstein::engine::BatchFile file = wattstein::engine::read_batch_file(argv[i]);
      wattstein::bench::ReferencedBatch raw{file.batch, file.reference.objective, {}};
      for (const auto status : file.reference.status) raw.status.push_back(static_cast<std::int8_t>(status));
      const auto path = std::filesystem::path(argv[1]) / (std::filesystem::path(argv[i]).stem().string() + ".raw");
      if (!wattstein::bench::write_raw_batch(path.string(), raw)) {
        std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
        return 1;
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
