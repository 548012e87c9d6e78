#include "bench/gpu/raw_batch.hpp"

#include <cstring>
#include <fstream>

namespace wattstein::bench {

namespace {

constexpr char magic[8] = {'W', 'S', 'B', 'A', 'T', 'C', 'H', '1'};

/// One description of the file for both directions: `Stream` reads into the fields or writes them.
struct Reader {
  std::ifstream stream;
  template <class T>
  void scalar(T& value) {
    stream.read(reinterpret_cast<char*>(&value), sizeof(T));
  }
  template <class T>
  void array(std::vector<T>& values) {
    std::int64_t count = 0;
    scalar(count);
    if (!stream || count < 0 || count > (std::int64_t{1} << 36)) {
      stream.setstate(std::ios::failbit);
      return;
    }
    values.resize(static_cast<std::size_t>(count));
    stream.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  }
  bool good() const { return static_cast<bool>(stream); }
};

struct Writer {
  std::ofstream stream;
  template <class T>
  void scalar(T& value) {
    stream.write(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  template <class T>
  void array(std::vector<T>& values) {
    auto count = static_cast<std::int64_t>(values.size());
    scalar(count);
    stream.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  }
  bool good() const { return static_cast<bool>(stream); }
};

template <class File>
void exchange_matrix(File& file, kernels::Matrix& matrix) {
  file.scalar(matrix.pattern.rows);
  file.scalar(matrix.pattern.columns);
  file.array(matrix.pattern.indptr);
  file.array(matrix.pattern.indices);
  file.array(matrix.data);
  file.scalar(matrix.per_problem);
  file.array(matrix.delta_indptr);
  file.array(matrix.delta_position);
  file.array(matrix.delta_value);
}

template <class File>
void exchange_field(File& file, kernels::Field& field) {
  file.scalar(field.width);
  file.scalar(field.per_problem);
  file.array(field.data);
}

template <class File>
void exchange(File& file, ReferencedBatch& all) {
  kernels::Batch& batch = all.batch;
  file.scalar(batch.problems);
  file.scalar(batch.variables);
  file.scalar(batch.rows);
  for (kernels::Matrix* matrix : {&batch.A, &batch.P, &batch.G}) exchange_matrix(file, *matrix);
  file.array(batch.cones);
  for (kernels::Field* field : {&batch.q, &batch.r, &batch.l, &batch.u, &batch.lb, &batch.ub, &batch.g, &batch.start_x,
                                &batch.start_y, &batch.start_w})
    exchange_field(file, *field);
  file.array(all.objective);
  file.array(all.status);
}

}  // namespace

ReferencedBatch read_raw_batch(const std::string& path, std::string& error) {
  ReferencedBatch all;
  Reader file{std::ifstream(path, std::ios::binary)};
  char start[8] = {};
  file.stream.read(start, sizeof(start));
  if (!file.good() || std::memcmp(start, magic, sizeof(magic)) != 0) {
    error = path + ": not a raw batch";
    all.batch.problems = 0;
    return all;
  }
  exchange(file, all);
  if (!file.good()) {
    error = path + ": ends early";
    all.batch.problems = 0;
  }
  return all;
}

bool write_raw_batch(const std::string& path, const ReferencedBatch& from) {
  Writer file{std::ofstream(path, std::ios::binary)};
  file.stream.write(magic, sizeof(magic));
  ReferencedBatch copy = from;
  exchange(file, copy);
  file.stream.flush();
  return file.good();
}

}  // namespace wattstein::bench
