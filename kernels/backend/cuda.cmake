# wattstein_cuda_sources(kernels_pdhg pdhg_cuda.cu): adds CUDA sources to a room, with the flags and the instruction-set name of the device.
function(wattstein_cuda_sources name)
  target_sources(wattstein_${name} PRIVATE ${ARGN})
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS
    "--expt-relaxed-constexpr;--diag-suppress=20012,20014,20015;-DWATTSTEIN_ISA=cuda_block")
  target_link_libraries(wattstein_${name} PRIVATE CUDA::cudart_static)
endfunction()
