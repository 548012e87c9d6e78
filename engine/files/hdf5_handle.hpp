#pragma once
// One HDF5 identifier with its closing function. Included by engine/files only.

#include <hdf5.h>

#include <utility>

namespace wattstein::files {

class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&&) = delete;
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// Turns off the library's printing of its error stack, for this thread, and its clean-up at the end of the program: a
/// file that could not be closed because the disk is full would make it crash there. To be called before anything else
/// of HDF5.
inline void silence_hdf5() {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace wattstein::files
