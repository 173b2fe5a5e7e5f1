# SPDX-License-Identifier: Apache-2.0
# Rooms become libraries, folders register themselves, tests and fuzz targets are found beside the code.
include(${CMAKE_CURRENT_LIST_DIR}/joined.cmake)

# Reads src/rooms.txt: VEDETTE_ROOMS in order, VEDETTE_ALLOWED_<room>, VEDETTE_REGISTERS_<room>.
macro(vedette_read_rooms)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/rooms.txt)
    file(STRINGS ${CMAKE_SOURCE_DIR}/src/rooms.txt room_lines REGEX "^[a-z]+\\*?:")
    set(VEDETTE_ROOMS "")
    foreach(room_line IN LISTS room_lines)
        string(REGEX MATCH "^([a-z]+)(\\*?):(.*)$" unused "${room_line}")
        set(room ${CMAKE_MATCH_1})
        set(VEDETTE_REGISTERS_${room} "${CMAKE_MATCH_2}")
        separate_arguments(VEDETTE_ALLOWED_${room} UNIX_COMMAND "${CMAKE_MATCH_3}")
        list(APPEND VEDETTE_ROOMS ${room})
    endforeach()
endmacro()

# Writes build/generated/<room>_all.cpp, which calls register_<folder> of every component folder,
# and stops the configuration when a folder does not define its function.
function(vedette_generate_registry room out_file)
    file(GLOB entries CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/src/${room}/*)
    set(declarations "")
    set(calls "")
    foreach(entry IN LISTS entries)
        if(NOT IS_DIRECTORY ${entry})
            continue()
        endif()
        get_filename_component(component ${entry} NAME)
        file(GLOB component_sources CONFIGURE_DEPENDS ${entry}/*.cpp)
        set(found FALSE)
        foreach(component_source IN LISTS component_sources)
            file(STRINGS ${component_source} hits REGEX "void register_${component}\\(Registry& ")
            if(hits)
                set(found TRUE)
            endif()
        endforeach()
        if(NOT found)
            message(FATAL_ERROR "src/${room}/${component} does not define "
                "`void register_${component}(Registry& ...)` in namespace vedette::${room}")
        endif()
        string(APPEND declarations "void register_${component}(Registry& registry);\n")
        string(APPEND calls "    register_${component}(registry);\n")
    endforeach()
    set(generated ${CMAKE_BINARY_DIR}/generated/${room}_all.cpp)
    file(CONFIGURE OUTPUT ${generated} CONTENT
"// Generated from the folders of src/${room}: add a folder, not a line.
#include \"${room}/registry.h\"
namespace vedette::${room} {
${declarations}
void register_all([[maybe_unused]] Registry& registry) {
${calls}}
}  // namespace vedette::${room}
")
    set(${out_file} ${generated} PARENT_SCOPE)
endfunction()

function(vedette_add_rooms)
    vedette_read_rooms()
    set(built "")
    foreach(room IN LISTS VEDETTE_ROOMS)
        file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cpp)
        list(FILTER sources EXCLUDE REGEX "_(test|fuzz|child_main)\\.cpp$")
        if(NOT sources)
            continue()
        endif()
        if(VEDETTE_REGISTERS_${room})
            vedette_generate_registry(${room} generated)
            list(APPEND sources ${generated})
        endif()
        add_library(vedette_${room} STATIC ${sources})
        target_link_libraries(vedette_${room} PUBLIC vedette_options ${VEDETTE_LIBRARIES_${room}})
        vedette_join_sources(vedette_${room})
        foreach(allowed IN LISTS VEDETTE_ALLOWED_${room})
            if(TARGET vedette_${allowed})
                target_link_libraries(vedette_${room} PUBLIC vedette_${allowed})
            endif()
        endforeach()
        list(APPEND built vedette_${room})
    endforeach()
    set(VEDETTE_BUILT_ROOMS ${built} PARENT_SCOPE)
endfunction()

# Writes build/generated/<name>_commands.cpp, which calls add_<command>_command of every
# apps/<name>/<command>_command.cpp: a new sub-command is one new file.
function(vedette_generate_commands name out_file)
    file(GLOB command_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/apps/${name}/*_command.cpp)
    set(declarations "")
    set(calls "")
    foreach(command_source IN LISTS command_sources)
        get_filename_component(function_stem ${command_source} NAME_WE)
        string(APPEND declarations
            "void add_${function_stem}(CLI::App& app, std::function<int()>& chosen);\n")
        string(APPEND calls "    add_${function_stem}(app, chosen);\n")
    endforeach()
    set(generated ${CMAKE_BINARY_DIR}/generated/${name}_commands.cpp)
    file(CONFIGURE OUTPUT ${generated} CONTENT
"// Generated from apps/${name}/*_command.cpp: add a file, not a line.
#include \"apps/${name}/commands.h\"
namespace vedette::apps {
${declarations}
void add_commands([[maybe_unused]] CLI::App& app, [[maybe_unused]] std::function<int()>& chosen) {
${calls}}
}  // namespace vedette::apps
")
    set(${out_file} ${generated} PARENT_SCOPE)
endfunction()

# build/<preset>/vedette-store-host: never with a sanitizer, because the engine it loads brings an
# allocator of its own and dies under one; where there is one, base is compiled apart for it.
function(vedette_add_store_host)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/store/host/*.cpp)
    file(GLOB base_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.cpp)
    list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
    list(FILTER base_sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
    add_executable(vedette-store-host ${sources})
    if(VEDETTE_SANITIZE OR VEDETTE_FUZZ)
        target_sources(vedette-store-host PRIVATE ${base_sources})
    else()
        target_link_libraries(vedette-store-host PRIVATE vedette_base)
    endif()
    vedette_join_sources(vedette-store-host)
    target_link_libraries(vedette-store-host PRIVATE
        vedette_plain_options ${VEDETTE_LIBRARIES_base} ${VEDETTE_LIBRARIES_store})
    target_compile_options(vedette-store-host PRIVATE -O2)
endfunction()

# apps/<name>/*.cpp becomes the program <name> with dashes; bench/ belongs to vedette-bench.
function(vedette_add_programs)
    find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
    file(GLOB program_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/apps/*)
    foreach(folder IN LISTS program_folders)
        if(NOT IS_DIRECTORY ${folder})
            continue()
        endif()
        get_filename_component(name ${folder} NAME)
        file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
        if(name STREQUAL "vedette_bench")
            file(GLOB_RECURSE bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cpp)
            list(APPEND sources ${bench_sources})
        endif()
        list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
        if(EXISTS ${folder}/commands.h)
            vedette_generate_commands(${name} generated)
            list(APPEND sources ${generated})
        endif()
        string(REPLACE "_" "-" program ${name})
        add_executable(${program} ${sources})
        vedette_join_sources(${program})
        target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR})
        if(program STREQUAL "vedette-worker")
            # What is not in it cannot be turned against anybody, and tests need it early.
            target_link_libraries(${program} PRIVATE vedette_source vedette_parse vedette_rule)
            target_link_options(${program} PRIVATE LINKER:--as-needed)
        else()
            target_link_libraries(${program} PRIVATE ${VEDETTE_BUILT_ROOMS})
            # Not linked but started, so that building a program is enough to run it.
            add_dependencies(${program} vedette-store-host vedette-worker)
            if(VEDETTE_SANITIZE AND NOT VEDETTE_TIDY)
                # Tests start the release's; with a sanitizer whoever wants one builds it by name.
                set_target_properties(${program} PROPERTIES EXCLUDE_FROM_ALL ON)
            endif()
        endif()
    endforeach()
endfunction()

# One test program per room (files *_test.cpp beside the code) and one for tests/*.cpp.
function(vedette_add_tests)
    find_package(GTest REQUIRED)
    find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
    set(places tests)
    foreach(room IN LISTS VEDETTE_BUILT_ROOMS)
        string(REPLACE "vedette_" "src/" place ${room})
        list(APPEND places ${place})
    endforeach()
    foreach(place IN LISTS places)
        file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${place}/*_test.cpp)
        if(NOT sources)
            continue()
        endif()
        string(REPLACE "src/" "" name ${place})
        add_executable(vedette_${name}_test ${sources})
        vedette_join_sources(vedette_${name}_test)
        target_include_directories(vedette_${name}_test PRIVATE ${CMAKE_SOURCE_DIR})
        target_compile_definitions(vedette_${name}_test PRIVATE
            VEDETTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VEDETTE_BINARY_DIR="${CMAKE_BINARY_DIR}")
        # A room's tests need that room and what it stands on, so that they build without the rest.
        set(needed vedette_${name})
        if(place STREQUAL "tests")
            set(needed ${VEDETTE_BUILT_ROOMS})
        endif()
        target_link_libraries(vedette_${name}_test PRIVATE
            ${needed} GTest::gtest GTest::gtest_main ${RAPIDCHECK_LIBRARY})
        if(name MATCHES "^(rule|source|parse|detect|engine|serve|tests)$" AND TARGET vedette-worker)
            add_dependencies(vedette_${name}_test vedette-worker)
        endif()
        if(name MATCHES "^(store|engine|serve|tests)$" AND TARGET vedette-store-host)
            add_dependencies(vedette_${name}_test vedette-store-host)
        endif()
        add_test(NAME ${name} COMMAND vedette_${name}_test)
        set_tests_properties(${name} PROPERTIES TIMEOUT 900)
    endforeach()
endfunction()

# Every *_fuzz.cpp defines LLVMFuzzerTestOneInput. With VEDETTE_FUZZ it becomes a libFuzzer program,
# without it a program that runs the seeds of `<name>.seeds/` beside it, as an ordinary test.
function(vedette_add_fuzz_targets)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/src/*_fuzz.cpp ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp)
    if(NOT VEDETTE_FUZZ)
        add_library(vedette_fuzz_driver OBJECT ${CMAKE_SOURCE_DIR}/fuzz/standalone_driver.cpp)
        target_link_libraries(vedette_fuzz_driver PRIVATE vedette_options)
    endif()
    foreach(source IN LISTS sources)
        get_filename_component(name ${source} NAME_WE)
        get_filename_component(folder ${source} DIRECTORY)
        string(REGEX REPLACE "_fuzz$" "" subject ${name})
        add_executable(${name} ${source})
        target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
        target_compile_definitions(${name} PRIVATE VEDETTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        set(needed ${VEDETTE_BUILT_ROOMS})
        if(source MATCHES "${CMAKE_SOURCE_DIR}/src/([a-z]+)/")
            set(needed vedette_${CMAKE_MATCH_1})
        endif()
        target_link_libraries(${name} PRIVATE ${needed})
        if(VEDETTE_FUZZ)
            target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        else()
            target_link_libraries(${name} PRIVATE vedette_fuzz_driver)
            add_test(NAME fuzz_${subject} COMMAND ${name} ${folder}/${subject}.seeds)
        endif()
    endforeach()
endfunction()
