# `cmake --install`: the library, its headers in a folder of their own, the profiles, and a package
# for find_package(payload-cache).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(PCACHE_INSTALL_PROFILES ${CMAKE_INSTALL_DATADIR}/payload-cache/profiles)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/payload-cache)

target_include_directories(
  payload-cache-core INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/payload-cache>
)
install(TARGETS payload-cache payload-cache-core EXPORT payload-cache-targets)
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/payload-cache)
install(DIRECTORY profiles/ DESTINATION ${PCACHE_INSTALL_PROFILES} FILES_MATCHING PATTERN "*.txt")
install(EXPORT payload-cache-targets NAMESPACE payload-cache:: DESTINATION ${package})
configure_package_config_file(
  cmake/payload-cache-config.cmake.in payload-cache-config.cmake INSTALL_DESTINATION ${package}
  PATH_VARS PCACHE_INSTALL_PROFILES
)
write_basic_package_version_file(payload-cache-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/payload-cache-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/payload-cache-config-version.cmake
              cmake/ns3-targets.cmake DESTINATION ${package})
