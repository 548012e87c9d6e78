# `cmake --install` puts the program, the libraries, the headers and the bundled studies in place;
# find_package(wattstein) then offers wattstein::solver and the other rooms.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY WATTSTEIN_ROOMS)
foreach(room ${rooms})
  string(REPLACE "wattstein_" "" name ${room})
  set_target_properties(${room} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS ${rooms} EXPORT wattsteinTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/wattstein)
install(EXPORT wattsteinTargets NAMESPACE wattstein:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wattstein)
install(DIRECTORY kernels engine DESTINATION include/wattstein FILES_MATCHING PATTERN "*.hpp" PATTERN "bundled" EXCLUDE
        PATTERN "public" EXCLUDE)
install(DIRECTORY engine/solver/public/wattstein DESTINATION include)
install(DIRECTORY engine/studies/bundled/ DESTINATION ${CMAKE_INSTALL_DATADIR}/wattstein/studies)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET wattstein)
  install(TARGETS wattstein RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/wattsteinConfig.cmake.in ${CMAKE_BINARY_DIR}/wattsteinConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wattstein)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/wattsteinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/wattsteinConfig.cmake ${CMAKE_BINARY_DIR}/wattsteinConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wattstein)
