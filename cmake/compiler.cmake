# SPDX-License-Identifier: Apache-2.0
# Warnings, sanitizers, ccache and the linker: one target that every other links.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT VEDETTE_TIDY)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# What every target has; on its own for the one program that must not have a sanitizer.
add_library(vedette_plain_options INTERFACE)
target_compile_options(vedette_plain_options INTERFACE
    -Wall -Wextra -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Werror
    # The engine library below us needs SSE 4.2 anyway; wider units are chosen at run time.
    -march=x86-64-v2)
target_include_directories(vedette_plain_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(vedette_plain_options INTERFACE
    VEDETTE_VERSION="${PROJECT_VERSION}" BOOST_ASIO_NO_DEPRECATED)

add_library(vedette_options INTERFACE)
target_link_libraries(vedette_options INTERFACE vedette_plain_options)
if(VEDETTE_SANITIZE)
    target_compile_options(vedette_options INTERFACE
        -fsanitize=${VEDETTE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(vedette_options INTERFACE -fsanitize=${VEDETTE_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND VEDETTE_SANITIZE MATCHES "undefined")
        # These four cost more than a third of the time of a build and find what the address
        # sanitizer finds as well, or nothing on this processor; the fuzz preset has them.
        target_compile_options(vedette_options INTERFACE -fno-sanitize=null,alignment,object-size,vptr)
    endif()
    # g++ 12 warns about its own standard library when it is instrumented.
    target_compile_options(vedette_options INTERFACE
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow>)
endif()
if(VEDETTE_FUZZ)
    target_compile_options(vedette_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(VEDETTE_TIDY)
    find_program(CLANG_TIDY_PROGRAM NAMES clang-tidy-14 clang-tidy REQUIRED)
    set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY_PROGRAM})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    find_program(MOLD_PROGRAM mold)
    if(MOLD_PROGRAM)
        target_link_options(vedette_plain_options INTERFACE -fuse-ld=mold)
    endif()
    # g++ 12 reports false positives of this family inside std::string at -O2.
    target_compile_options(vedette_plain_options INTERFACE -Wno-restrict -Wno-dangling-pointer)
endif()
