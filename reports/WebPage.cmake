# The HTML report's page: TypeScript and ECharts, bundled by Vite into one file that is embedded in the library.
set(page_files "")
if(COSTSCAN_WEB)
  find_program(COSTSCAN_NPM npm HINTS "${COSTSCAN_DEPS}/venv/bin")
  if(COSTSCAN_NPM)
    set(page_dir "${CMAKE_CURRENT_BINARY_DIR}/page")
    file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/web/src/*")
    add_custom_command(
      OUTPUT "${page_dir}/page.html"
      COMMAND "${CMAKE_COMMAND}" -DNPM=${COSTSCAN_NPM} -DWEB=${CMAKE_CURRENT_SOURCE_DIR}/web -DOUT=${page_dir}
              -P "${CMAKE_CURRENT_SOURCE_DIR}/BuildPage.cmake"
      DEPENDS ${page_sources} web/package.json web/package-lock.json web/vite.config.ts web/tsconfig.json web/index.html
              BuildPage.cmake
      COMMENT "Bundling the HTML report's page"
      VERBATIM)
    set(page_files page.html)
  else()
    message(WARNING "npm was not found: costscan is built without the HTML page (--report html will say so). "
                    "Install nodejs (20 or newer) and npm, or run scripts/setup, and configure again.")
  endif()
endif()
costscan_embed(costscan_page NAME web_page ROOT "${CMAKE_CURRENT_BINARY_DIR}/page" FILES ${page_files})
if(page_files)
  add_custom_target(costscan_page_bundle DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/page/page.html")
  add_dependencies(costscan_page costscan_page_bundle)
endif()
target_link_libraries(costscan_reports PRIVATE costscan_page)
