# Finds LibTorch: Torch_FOUND, and the target wattstein_torch to link.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # cli and tests link against it too
set(torch_prefix "")
if(Torch_DIR)
  get_filename_component(torch_prefix "${Torch_DIR}/../../.." ABSOLUTE)
  # Torch's configuration looks for its Caffe2 in the system's folders first: Debian's would be mixed with another Torch.
  if(EXISTS "${torch_prefix}/share/cmake/Caffe2/Caffe2Config.cmake")
    set(Caffe2_DIR "${torch_prefix}/share/cmake/Caffe2" CACHE PATH "Caffe2 of the Torch in Torch_DIR" FORCE)
  endif()
endif()

# A Torch may bring an fmt of its own among its headers; the project's is to be found first.
add_library(wattstein_torch INTERFACE)
if(torch_prefix AND EXISTS "${torch_prefix}/include/fmt")
  get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  find_path(WATTSTEIN_FMT_INCLUDE fmt/format.h HINTS ${fmt_include} NO_CMAKE_FIND_ROOT_PATH)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/own_fmt")
  file(CREATE_LINK "${WATTSTEIN_FMT_INCLUDE}/fmt" "${CMAKE_BINARY_DIR}/own_fmt/fmt" SYMBOLIC)
  target_include_directories(wattstein_torch SYSTEM INTERFACE "${CMAKE_BINARY_DIR}/own_fmt")
endif()

# PyPI's Torch for Linux is built with CUDA, and its configuration asks for the whole CUDA toolkit. Its libraries are
# linked by name instead, which needs no toolkit: the CPU half, and the CUDA half where it is wanted.
option(WATTSTEIN_TORCH_CUDA "Link the CUDA half of a Torch that has one: surrogates are then trained on a GPU" ${WATTSTEIN_CUDA})
if(torch_prefix AND EXISTS "${torch_prefix}/lib/libtorch_cuda.so")
  include("${Torch_DIR}/TorchConfigVersion.cmake")
  set(Torch_FOUND TRUE)
  set(parts torch_cpu c10)
  if(WATTSTEIN_TORCH_CUDA)
    list(APPEND parts torch_cuda c10_cuda)
    # nothing here calls into it: it registers itself when it is loaded; its own libraries are found by its own paths
    target_link_options(wattstein_torch INTERFACE -Wl,--no-as-needed,--allow-shlib-undefined)
  endif()
  foreach(part ${parts})
    add_library(wattstein_${part} SHARED IMPORTED GLOBAL)
    set_target_properties(wattstein_${part} PROPERTIES IMPORTED_LOCATION "${torch_prefix}/lib/lib${part}.so")
    target_link_libraries(wattstein_torch INTERFACE wattstein_${part})
  endforeach()
  target_include_directories(wattstein_torch SYSTEM INTERFACE "${torch_prefix}/include"
                             "${torch_prefix}/include/torch/csrc/api/include")
  list(JOIN parts ", " parts)
  message(STATUS "learning: LibTorch ${PACKAGE_VERSION} at ${torch_prefix} (${parts})")
  return()
endif()

find_package(Torch QUIET)
if(Torch_FOUND)
  message(STATUS "learning: LibTorch ${Torch_VERSION} at ${TORCH_INSTALL_PREFIX}")
  target_link_libraries(wattstein_torch INTERFACE ${TORCH_LIBRARIES})
  target_include_directories(wattstein_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
