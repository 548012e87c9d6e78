#include "engine/problem/model_file.hpp"

#include <zlib.h>

#include <algorithm>

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"
#include "engine/problem/batch_file.hpp"

namespace wattstein::engine {
namespace {

// ".mps" of "model.mps.gz", in small letters.
std::string format_of(const std::filesystem::path& file) {
  std::string ending = file.extension() == ".gz" ? file.stem().extension().string() : file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

std::string compress(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error("zlib cannot start");
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw Error("zlib cannot compress {} bytes", text.size());
  return packed;
}

}  // namespace

kernels::Batch read_model_file(const std::filesystem::path& file) {
  const std::string format = format_of(file);
  if (format != ".mps" && format != ".qps" && format != ".cbf")
    throw Error("{}: expected a name ending in .h5, .mps, .qps or .cbf (each of the last three also with .gz)",
                file.string());
  const std::string text = files::read_whole(file);
  return format == ".cbf" ? parse_cbf(text, file) : parse_mps(text, file);
}

void require_model_file_name(const std::filesystem::path& file) {
  const std::string format = format_of(file);
  const bool known =
      format == ".mps" || format == ".qps" || format == ".cbf" || (format == ".h5" && file.extension() == ".h5");
  if (!known) throw Error("{}: expected a name ending in .mps, .qps, .cbf (each also with .gz) or .h5", file.string());
}

void write_model_file(const std::filesystem::path& file, const kernels::Batch& batch) {
  require_model_file_name(file);
  const std::string format = format_of(file);
  if (format == ".h5") {
    write_batch_file(file, batch);
    return;
  }
  if (format == ".mps" && batch.P.pattern.nonzeros() > 0)
    throw Error("{}: '{}' has a quadratic cost; write a .qps file", file.string(), batch.name);
  const std::string text = format == ".cbf" ? cbf_text(batch) : mps_text(batch);
  files::write_whole(file, file.extension() == ".gz" ? compress(text) : text);
}

}  // namespace wattstein::engine
