# SPDX-License-Identifier: Apache-2.0
# Every header must compile alone. One whose source file includes it first (a house test demands that) has been;
# for the others a source file is generated that includes nothing else.
function(vedette_add_header_checks)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/apps/*.h ${CMAKE_SOURCE_DIR}/bench/*.h
        ${CMAKE_SOURCE_DIR}/tests/*.h ${CMAKE_SOURCE_DIR}/fuzz/*.h)
    set(sources "")
    foreach(header IN LISTS headers)
        string(REGEX REPLACE "\\.h$" ".cpp" source ${header})
        if(EXISTS ${source})
            continue()
        endif()
        file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${header})
        string(REGEX REPLACE "[/.]" "_" flat_name ${name})
        set(generated ${CMAKE_BINARY_DIR}/generated/alone/${flat_name}.cpp)
        # Twice: the guard must hold too.
        file(CONFIGURE OUTPUT ${generated} CONTENT "#include \"${name}\"\n#include \"${name}\"\n")
        list(APPEND sources ${generated})
    endforeach()
    if(sources)
        add_library(vedette_headers OBJECT ${sources})
        target_include_directories(vedette_headers PRIVATE ${CMAKE_SOURCE_DIR})
        target_link_libraries(vedette_headers PRIVATE ${VEDETTE_BUILT_ROOMS} GTest::gtest)
        target_compile_definitions(vedette_headers PRIVATE
            VEDETTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VEDETTE_BINARY_DIR="${CMAKE_BINARY_DIR}")
        # Only the reading of the headers matters.
        target_compile_options(vedette_headers PRIVATE -O0 -g0)
    endif()
endfunction()
