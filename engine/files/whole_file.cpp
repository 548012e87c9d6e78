#include "engine/files/whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/error/error.hpp"

namespace wattstein::files {
namespace {

std::string read_gzip(const std::filesystem::path& file) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (stream == nullptr) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  int got = 0;
  while ((got = gzread(stream, buffer.data(), buffer.size())) > 0)
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  int code = 0;
  const std::string reason = gzerror(stream, &code);
  gzclose(stream);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
    throw Error("{}: damaged gzip data ({})", file.string(), reason);
  return bytes;
}

}  // namespace

std::string read_whole(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) throw Error("{}: no such file", file.string());
  if (std::filesystem::is_directory(file, ignored)) throw Error("{}: is a folder, expected a file", file.string());
  if (file.extension() == ".gz") return read_gzip(file);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error("{}: cannot be opened ({})", file.string(), std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0)
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  const int failure = errno;
  ::close(descriptor);
  if (got < 0) throw Error("{}: cannot be read ({})", file.string(), std::strerror(failure));
  return bytes;
}

void write_whole(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path beside = file.string() + ".part";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw Error("{}: cannot be written ({})", file.string(), std::strerror(errno));
  int failure = 0;
  for (std::size_t done = 0; done < bytes.size() && failure == 0;) {
    const ssize_t wrote = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
    else if (wrote < 0 && errno != EINTR) failure = errno;
  }
  if (failure == 0 && ::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) failure = errno;
  if (::close(descriptor) != 0 && failure == 0) failure = errno;
  if (failure == 0 && ::rename(beside.c_str(), file.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(beside.c_str());
    throw Error("{}: cannot be written ({})", file.string(), std::strerror(failure));
  }
}

void make_writable_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure || !std::filesystem::is_directory(folder))
    throw Error("{}: the folder cannot be made ({})", folder.string(),
                failure ? failure.message() : "a file is in the way");
  const auto probe = folder / ".probe";
  write_whole(probe, "writable\n");
  std::filesystem::remove(probe, failure);
}

}  // namespace wattstein::files
