# SPDX-License-Identifier: Apache-2.0
# Sources of one folder are compiled together, a few to a compiler run, because most of a run's time goes into
# headers that all of them read: a clean build takes less than half as long (docs/decisions/0019). What it asks of
# the code: names of a folder are its own, also those in anonymous namespaces. VEDETTE_JOINED=OFF compiles every
# file by itself; the fuzz and tidy presets do.
option(VEDETTE_JOINED "compile the sources of a folder together" OFF)
set(VEDETTE_JOINED_FILES_MAX 8)

if(VEDETTE_JOINED)
    # A type of the .cpp file itself is no header's, though it is read like one.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

function(vedette_join_sources target)
    if(NOT VEDETTE_JOINED)
        return()
    endif()
    get_target_property(sources ${target} SOURCES)
    list(SORT sources)
    foreach(source IN LISTS sources)
        if(NOT source MATCHES "\\.cpp$")
            continue()
        endif()
        file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${source})
        get_filename_component(folder ${folder} DIRECTORY)
        string(REGEX REPLACE "[^A-Za-z0-9]" "_" folder "${folder}")
        if(NOT DEFINED joined_${folder})
            set(joined_${folder} 0)
        endif()
        math(EXPR group "${joined_${folder}} / ${VEDETTE_JOINED_FILES_MAX}")
        math(EXPR joined_${folder} "${joined_${folder}} + 1")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
