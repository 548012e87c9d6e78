#pragma once
// Owning buffers of the CUDA side. Nothing throws: ok() says whether the memory is there.

#include <cuda_runtime.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace wattstein::kernels {

class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(std::int64_t bytes) {
    if (cudaMalloc(&data_, static_cast<std::size_t>(bytes > 0 ? bytes : 1)) != cudaSuccess) data_ = nullptr;
  }
  ~DeviceBuffer() { cudaFree(data_); }
  DeviceBuffer(DeviceBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  bool ok() const { return data_ != nullptr; }
  template <class T = char>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
};

/// Page-locked host memory, for copies that run beside the kernels.
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  explicit PinnedBuffer(std::int64_t bytes, unsigned flags = cudaHostAllocDefault) {
    if (cudaHostAlloc(&data_, static_cast<std::size_t>(bytes > 0 ? bytes : 1), flags) != cudaSuccess) data_ = nullptr;
  }
  ~PinnedBuffer() { cudaFreeHost(data_); }
  PinnedBuffer(PinnedBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  bool ok() const { return data_ != nullptr; }
  template <class T = char>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
};

/// Constant arrays that live on the device as long as this object.
class DeviceArrays {
 public:
  /// A device copy of `count` values; null when the memory is not there (ok() turns false).
  template <class T>
  const T* put(const T* host, std::int64_t count) {
    if (!host) return nullptr;
    const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
    buffers_.emplace_back(bytes);
    if (!buffers_.back().ok() || cudaMemcpy(buffers_.back().as(), host, static_cast<std::size_t>(bytes),
                                            cudaMemcpyHostToDevice) != cudaSuccess) {
      ok_ = false;
      return nullptr;
    }
    return buffers_.back().as<T>();
  }
  bool ok() const { return ok_; }

 private:
  std::vector<DeviceBuffer> buffers_;
  bool ok_ = true;
};

}  // namespace wattstein::kernels
