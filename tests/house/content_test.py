# SPDX-License-Identifier: Apache-2.0
"""Every rule of content/rules says what it means, shows it on events, and stands on a log source that is placed.

What the rules do with their events is tests/content_rules_test.cpp's; here it is only whether anything is missing.
"""

import re
import unittest

import house

_RULE = r"^content/rules/[a-z0-9]+/[a-z0-9_]+\.yml$"
_TACTICS = {
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
    "exfiltration", "impact"}
_LEVELS = {"informational", "low", "medium", "high", "critical"}
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def documents(text):
    """(first line's number, lines) of each document of a rule file."""
    found, begin, lines = [], 1, []
    for number, line in enumerate(text.splitlines() + ["---"], 1):
        if line != "---":
            lines.append(line)
            continue
        if any(entry and not entry.startswith("#") for entry in lines):
            found.append((begin, lines))
        begin, lines = number + 1, []
    return found


def value(lines, key):
    """The text behind a key at the margin, "" if it holds more lines, None if it is not there."""
    match = next(filter(None, (re.fullmatch(rf"{key}:\s*(.*)", line) for line in lines)), None)
    return match and match.group(1)


def block(lines, key):
    """The indented lines behind a key at the margin."""
    found, inside = [], False
    for line in lines:
        if re.match(r"\S", line):
            inside = line.startswith(f"{key}:")
        elif inside and line.strip() and not line.strip().startswith("#"):
            found.append(line)
    return found


def entries(lines, key):
    return [line.strip()[2:].strip() for line in block(lines, key) if line.strip().startswith("- ")]


def names(lines):
    """(category, product, service) of entries or of a rule's log source."""
    told = dict(re.findall(r"^[ -]*(category|product|service):\s*([\w.-]+)\s*$", "\n".join(lines), re.MULTILINE))
    return tuple(told.get(key, "") for key in ("category", "product", "service"))


def placed_sources(tree):
    """The names of all entries of content/logsources."""
    found = set()
    for path in tree.matching(r"^content/logsources/[a-z0-9_]+\.yml$"):
        lines = tree.text(path).splitlines()
        product = value(lines, "product") or ""
        for entry in re.split(r"^  - ", "\n".join(block(lines, "logsources")), flags=re.MULTILINE)[1:]:
            # Only the entry's own keys: those of its ways stand further in.
            own = [line for line in ("    " + entry).splitlines() if re.match(r"    \S", line)]
            category, named, service = names(own)
            found.add((category, named or product, service))
    return found


def is_placed(source, sources):
    """The same order as LogSourceMap::find: the entry itself, both halves, anything more specific."""
    category, product, service = source
    if source in sources:
        return True
    if category and service:
        return (category, product, "") in sources and ("", product, service) in sources
    return any(all(mine in ("", other) for mine, other in zip(source, entry)) for entry in sources)


def rule_words(tree):
    """What the first document of a file, which is the rule that is shown, lacks."""
    found, ids = [], {}
    for path in tree.matching(_RULE):
        for place, (line, lines) in enumerate(documents(tree.text(path))):
            where = f"{path}:{line}"
            identity = value(lines, "id") or ""
            if not re.fullmatch(_UUID, identity):
                found.append(f"{where}: the id is no random UUID: {identity}")
            elif identity in ids:
                found.append(f"{where}: has the id of {ids[identity]}")
            ids[identity] = path
            if value(lines, "level") not in _LEVELS:
                found.append(f"{where}: no level")
            if place > 0:
                continue
            tags = entries(lines, "tags")
            if not any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in tags):
                found.append(f"{where}: no tag of an ATT&CK technique")
            if not any(tag.removeprefix("attack.") in _TACTICS for tag in tags):
                found.append(f"{where}: no tag of an ATT&CK tactic")
            for key, what in (("falsepositives", "false positives"), ("references", "references")):
                if not entries(lines, key):
                    found.append(f"{where}: no {what}")
            if not block(lines, "description"):
                found.append(f"{where}: no description")
    return found


def rule_events(tree):
    found = []
    for path in tree.matching(_RULE):
        for kind in ("hit", "miss"):
            files = [name for name in (f"{path[:-4]}.{kind}.{ending}" for ending in ("jsonl", "log")) if tree.has(name)]
            if len(files) != 1:
                found.append(f"{path}: {len(files)} files of events that it shall {kind}")
            elif not tree.text(files[0]).strip():
                found.append(f"{files[0]}: holds no event")
    for path in tree.matching(r"^content/rules/.*\.(hit|miss)\.(jsonl|log)$"):
        rule = re.sub(r"\.(hit|miss)\.(jsonl|log)$", ".yml", path)
        if not tree.has(rule):
            found.append(f"{path}: there is no rule {rule}")
    return found


def rule_sources(tree):
    """A rule whose log source nobody places is never tried."""
    found, sources = [], placed_sources(tree)
    for path in tree.matching(_RULE):
        for line, lines in documents(tree.text(path)):
            if not block(lines, "detection"):
                continue
            source = names(block(lines, "logsource"))
            if not is_placed(source, sources):
                found.append(f"{path}:{line}: no log source {source} in content/logsources")
    return found


def idle_selections(tree):
    """A selection that the condition does not name does nothing."""
    found = []
    for path in tree.matching(_RULE):
        for line, lines in documents(tree.text(path)):
            detection = block(lines, "detection")
            condition = " ".join(re.findall(r"^ {4}condition:(.*)", "\n".join(detection), re.MULTILINE))
            words = set(re.findall(r"[\w*]+", condition))
            patterns = [re.escape(word).replace(r"\*", ".*") for word in words if "*" in word]
            for selection in re.findall(r"^ {4}(\w+):", "\n".join(detection), re.MULTILINE):
                is_named = selection in words or "them" in words or any(re.fullmatch(p, selection) for p in patterns)
                if selection != "condition" and not is_named:
                    found.append(f"{path}:{line}: the condition does not name {selection}")
    return found


_SOURCES = "product: linux\nlogsources:\n  - service: sshd\n    any:\n      - match: {dataset: x}\n        fields: {service: y}\n  - category: process_creation\n    match: {}\n"
_GOOD = """title: T
id: 0b7b6c52-6d8f-4a35-8d8b-1f0a5d8f2c11
description: |
    D
references:
    - https://example.org/
tags:
    - attack.execution
    - attack.t1059.004
logsource:
    product: linux
    service: sshd
detection:
    one:
        a: b
    condition: one
falsepositives:
    - None known
level: low
"""


class Rules(house.HouseTest):
    def planted(self, *changes, events=("hit", "miss"), more=""):
        text = _GOOD
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        files = {"content/rules/linux/a.yml": text + more, "content/logsources/linux.yml": _SOURCES}
        files.update({f"content/rules/linux/a.{kind}.log": "x\n" for kind in events})
        return files

    def test_say_what_they_mean(self):
        self.assert_clean(rule_words)

    def test_that_say_too_little_are_found(self):
        self.assert_finds(rule_words, self.planted(), [])
        self.assert_finds(rule_words, self.planted(("    - attack.t1059.004\n", "")), ["no tag of an ATT&CK technique"])
        self.assert_finds(rule_words, self.planted(("attack.execution", "attack.shells")), ["no tag of an ATT&CK tactic"])
        self.assert_finds(rule_words, self.planted(("    - None known\n", "")), ["no false positives"])
        self.assert_finds(rule_words, self.planted(("0b7b6c52-6d8f-4a35", "0b7b6c52-6d8f-1a35")), ["no random UUID"])
        self.assert_finds(rule_words, self.planted(more="---\n" + _GOOD), ["has the id of"])
        self.assert_finds(rule_words, self.planted(("level: low", "level: lowest")), ["no level"])

    def test_show_it_on_events(self):
        self.assert_clean(rule_events)

    def test_without_events_are_found(self):
        self.assert_finds(rule_events, self.planted(), [])
        self.assert_finds(rule_events, self.planted(events=["hit"]), ["0 files of events that it shall miss"])
        self.assert_finds(rule_events, {"content/rules/linux/b.hit.log": "x\n"}, ["there is no rule content/rules/linux/b.yml"])

    def test_stand_on_a_log_source_that_is_placed(self):
        self.assert_clean(rule_sources)

    def test_that_nobody_would_try_are_found(self):
        self.assert_finds(rule_sources, self.planted(), [])
        self.assert_finds(rule_sources, self.planted(("    service: sshd\n", "")), [])
        self.assert_finds(rule_sources, self.planted(("service: sshd", "service: y")), ["no log source ('', 'linux', 'y')"])
        self.assert_finds(rule_sources, self.planted(("service: sshd", "service: sshd\n    category: process_creation")), [])
        self.assert_finds(rule_sources, self.planted(more="---\n" + _GOOD.replace("linux", "macos")), ["('', 'macos', 'sshd')"])

    def test_use_every_selection_they_have(self):
        self.assert_clean(idle_selections)

    def test_with_an_idle_selection_are_found(self):
        self.assert_finds(idle_selections, self.planted(), [])
        self.assert_finds(idle_selections, self.planted(("    one:", "    two:\n        a: c\n    one:")), ["does not name two"])
        self.assert_finds(
            idle_selections, self.planted(("    one:", "    two:\n        a: c\n    one:"), ("condition: one", "condition: 1 of t*")),
            ["does not name one"])


if __name__ == "__main__":
    unittest.main()
