# Runs npm out of the source tree: the sources are copied to OUT/build, where node_modules may grow.
file(MAKE_DIRECTORY "${OUT}/build")
file(REMOVE_RECURSE "${OUT}/build/src" "${OUT}/build/dist")  # a source that was deleted must not live on in the copy
file(COPY "${WEB}/" DESTINATION "${OUT}/build" PATTERN node_modules EXCLUDE PATTERN dist EXCLUDE)
file(SHA256 "${WEB}/package-lock.json" lock_hash)
set(stamp "${OUT}/build/node_modules/.costscan-${lock_hash}")
if(NOT EXISTS "${stamp}")
  execute_process(COMMAND "${NPM}" ci --no-audit --no-fund --loglevel=error WORKING_DIRECTORY "${OUT}/build"
                  RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "npm ci failed for reports/web. Check npm's registry access, or configure with -DCOSTSCAN_WEB=OFF.")
  endif()
  file(TOUCH "${stamp}")
endif()
execute_process(COMMAND "${NPM}" run --silent build WORKING_DIRECTORY "${OUT}/build" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "Bundling reports/web failed; see the messages above.")
endif()
file(COPY_FILE "${OUT}/build/dist/index.html" "${OUT}/page.html")
