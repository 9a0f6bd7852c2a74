# A relocatable command, and a library that find_package(costscan) finds.
install(TARGETS costscan_lib EXPORT costscanTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS costscan RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY analyzer/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/costscan FILES_MATCHING PATTERN "*.hpp"
        PATTERN "cli" EXCLUDE PATTERN "source/clang" EXCLUDE)
install(FILES reports/report.hpp reports/pieces.hpp reports/source_report.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/costscan/reports)
install(EXPORT costscanTargets NAMESPACE costscan:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/costscan)
configure_package_config_file(cmake/costscanConfig.cmake.in "${CMAKE_BINARY_DIR}/costscanConfig.cmake"
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/costscan)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/costscanConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/costscanConfig.cmake" "${CMAKE_BINARY_DIR}/costscanConfigVersion.cmake"
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/costscan)
# The runtime that setup fetched travels along where there is one; a user's own is found by COSTSCAN_ORT_LIB.
file(GLOB bundled_runtime "${COSTSCAN_DEPS}/onnxruntime/lib/libonnxruntime.so*")
install(FILES ${bundled_runtime} DESTINATION ${CMAKE_INSTALL_LIBDIR}/costscan OPTIONAL)
