# SPDX-License-Identifier: Apache-2.0
"""Includes go only where src/rooms.txt allows; components of a registered room never include each other."""

import unittest

import house


def place(path):
    """(room, component or None) of a path below src/, given with or without that prefix."""
    parts = path.removeprefix("src/").split("/")
    return parts[0], parts[1] if len(parts) > 2 else None


def wrong_includes(tree):
    rooms = house.rooms(tree)
    found = []
    for path in tree.matching(r"^src/.*\.(h|cpp)$"):
        # Tests may include every room.
        if house.is_test(path):
            continue
        room_name, component = place(path)
        room = rooms.get(room_name)
        if room is None:
            found.append(f"{path}:1: {room_name} is no room of src/rooms.txt")
            continue
        for line, included in house.includes(tree.text(path)):
            top = included.split("/")[0]
            if "/" in included and top in ("apps", "bench", "tests", "fuzz"):
                found.append(f"{path}:{line}: no room includes {top}/: {included}")
            elif included.startswith("."):
                found.append(f"{path}:{line}: includes are written from src/: {included}")
            elif "/" in included and top in rooms:
                wrong = what_is_wrong(room, component, included)
                if wrong:
                    found.append(f"{path}:{line}: {wrong}: {included}")
    return found


def what_is_wrong(room, component, included):
    other_room, other_component = place(included)
    if other_room != room.name:
        return None if other_room in room.allowed else f"{room.name} may not include {other_room}"
    if not room.registers or other_component is None or other_component == component:
        return None
    if component is None:
        return f"files that lie flat in {room.name} may not include a component"
    return f"component {component} may not include component {other_component}"


class Includes(house.HouseTest):
    def test_go_only_where_the_list_of_rooms_allows(self):
        self.assert_clean(wrong_includes)

    def test_upwards_are_found(self):
        self.assert_finds(
            wrong_includes,
            {"src/event/a.cpp": '#include "base/result.h"\n#include "parse/decoder.h"\n'},
            ["src/event/a.cpp:2: event may not include parse"])

    def test_between_components_are_found_in_both_spellings(self):
        self.assert_finds(
            wrong_includes,
            {"src/parse/syslog/a.cpp": '#include "parse/json.h"\n#include "parse/syslog/b.h"\n#include "parse/sshd/sshd.h"\n',
             "src/parse/sshd/a.h": "#include <parse/syslog/b.h>\n"},
            ["component syslog may not include component sshd", "component sshd may not include component syslog"])

    def test_from_a_flat_file_into_a_component_are_found(self):
        self.assert_finds(
            wrong_includes, {"src/parse/json.h": '#include "parse/syslog/b.h"\n'}, ["may not include a component"])

    def test_of_programs_and_tests_are_found(self):
        self.assert_finds(
            wrong_includes,
            {"src/event/a.h": '#include "tests/shared_data.h"\n#include "../base/result.h"\n'},
            ["no room includes tests/", "written from src/"])

    def test_in_comments_do_not_count_and_tests_may_include_all(self):
        self.assert_finds(
            wrong_includes,
            {"src/event/a.cpp": '// #include "parse/decoder.h"\n', "src/event/a_test.cpp": '#include "parse/decoder.h"\n',
             "src/event/test_help.h": '#include "tests/shared_data.h"\n'},
            [])

    def test_of_a_folder_that_is_no_room_are_found(self):
        self.assert_finds(wrong_includes, {"src/attic/a.cpp": ""}, ["attic is no room"])


if __name__ == "__main__":
    unittest.main()
