#pragma once
// Whole files: read at once, written beside and then renamed.

#include <filesystem>
#include <string>
#include <string_view>

namespace wattstein::files {

/// The file's bytes; gzip is unpacked when the name ends in .gz. Error when it cannot be read.
std::string read_whole(const std::filesystem::path& file);

/// Writes `name.part`, flushes it to disk, renames it to `file`. Error (folder not writable, disk full) leaves no
/// partial file.
void write_whole(const std::filesystem::path& file, std::string_view bytes);

/// Creates the folder (and parents) and proves that a file can be written there; Error otherwise.
void make_writable_folder(const std::filesystem::path& folder);

/// SHA-256 as 64 hexadecimal digits.
std::string sha256(std::string_view bytes);
/// The same without the processor's own instructions for it (for tests).
std::string sha256_portable(std::string_view bytes);

/// The same of a file's bytes as they stand on disk, without holding them in memory.
std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace wattstein::files
