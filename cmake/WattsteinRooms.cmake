# One room = one folder = one static library `wattstein_<name>`; its arrows are its DEPENDS.
#   wattstein_add_room(engine_grid DEPENDS engine_error engine_files)
# takes every *.cpp of the calling folder (not of its subfolders).
include(CheckCXXCompilerFlag)

# -Wno-restrict: GCC 12 warns inside std::string (its bug 105651).
add_library(wattstein_flags INTERFACE)
target_compile_options(wattstein_flags INTERFACE
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wno-sign-conversion;-Wno-restrict;-ffp-contract=off;$<$<BOOL:${WATTSTEIN_WERROR}>:-Werror>>>)
target_compile_features(wattstein_flags INTERFACE cxx_std_20)
set_property(GLOBAL APPEND PROPERTY WATTSTEIN_ROOMS wattstein_flags)
target_include_directories(wattstein_flags INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/engine/solver/public>
  $<INSTALL_INTERFACE:include/wattstein> $<INSTALL_INTERFACE:include>)
if(WATTSTEIN_SANITIZE STREQUAL "address")
  target_compile_options(wattstein_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(wattstein_flags INTERFACE -fsanitize=address,undefined)
elseif(WATTSTEIN_SANITIZE STREQUAL "thread")
  target_compile_options(wattstein_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(wattstein_flags INTERFACE -fsanitize=thread)
elseif(WATTSTEIN_SANITIZE)
  message(FATAL_ERROR "WATTSTEIN_SANITIZE is '${WATTSTEIN_SANITIZE}'; expected address, thread or nothing")
endif()

function(wattstein_add_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(NOT ROOM_SOURCES)
    file(GLOB ROOM_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  list(TRANSFORM ROOM_DEPENDS PREPEND wattstein_)
  if(ROOM_SOURCES)
    add_library(wattstein_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(wattstein_${name} PUBLIC wattstein_flags ${ROOM_DEPENDS} ${ROOM_LINK})
  else()
    add_library(wattstein_${name} INTERFACE)
    target_link_libraries(wattstein_${name} INTERFACE wattstein_flags ${ROOM_DEPENDS} ${ROOM_LINK})
  endif()
  add_library(wattstein::${name} ALIAS wattstein_${name})
  if(NOT WATTSTEIN_ROOMS_STAY)  # learning is part of the program, not of the installed package
    set_property(GLOBAL APPEND PROPERTY WATTSTEIN_ROOMS wattstein_${name})
  endif()
endfunction()

# Kernel sources are compiled once per instruction set and chosen when the program starts:
#   wattstein_isa_sources(kernels_ipm ipm_isa.cpp)
# compiles ipm_isa.cpp three times with WATTSTEIN_ISA = portable, avx2, avx512. Such a file must keep every
# symbol inside the inline namespace WATTSTEIN_ISA (kernels/backend/pack.hpp) and call no out-of-line library code.
function(wattstein_isa_sources name)
  set(flags_portable "")
  set(flags_avx2 "-mavx2;-mfma;-ffp-contract=fast")
  set(flags_avx512 "-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mfma;-mprefer-vector-width=512;-ffp-contract=fast")
  set(isas portable)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT WATTSTEIN_PORTABLE)
    list(APPEND isas avx2 avx512)
  endif()
  foreach(isa ${isas})
    add_library(wattstein_${name}_${isa} OBJECT ${ARGN})
    target_link_libraries(wattstein_${name}_${isa} PRIVATE wattstein_flags)
    target_compile_definitions(wattstein_${name}_${isa} PRIVATE WATTSTEIN_ISA=${isa})
    target_compile_options(wattstein_${name}_${isa} PRIVATE ${flags_${isa}} -O3 -fno-math-errno)
    if(WATTSTEIN_SANITIZE STREQUAL "address")
      # Everything in a body is inlined: with the undefined-behaviour checks as well, one such file compiles for minutes.
      # Options of the source come behind those of wattstein_flags, which would switch the checks on again.
      target_compile_options(wattstein_${name}_${isa} PRIVATE -O1)
      set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
    endif()
    target_sources(wattstein_${name} PRIVATE $<TARGET_OBJECTS:wattstein_${name}_${isa}>)
  endforeach()
endfunction()
