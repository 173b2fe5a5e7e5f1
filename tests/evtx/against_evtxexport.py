#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every record that Debian's evtxexport (package libevtx-utils) decodes must be decoded by us, with equal fields.

Usage: against_evtxexport.py ROWS_COMMAND FOLDER
ROWS_COMMAND prints the rows of a folder as JSON lines: "build/release/vedette-bench rows".
Compared are the XML that evtxexport prints and the raw text of our rows, element by element, attribute by attribute.
What is the same value in another spelling counts as equal and is counted by kind: src/parse/evtx/README.md says why.
"""

import collections
import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

_EVENT = re.compile(r"<Event[ >].*?</Event>", re.DOTALL)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|&#x?[0-9A-Fa-f]+;")
_HEX = re.compile(r"0x0*([0-9a-fA-F]+)")


def elements(text):
    """(path, attributes, text) of every element; nothing if it is no XML even after mending."""
    text = _FORBIDDEN.sub(" ", text)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    found = []

    def walk(element, path):
        name = element.tag.split("}")[-1]
        path = path + "/" + name
        attributes = {key.split("}")[-1]: value for key, value in element.attrib.items()}
        has_children = len(element) > 0
        found.append((path, attributes, "" if has_children else element.text or ""))
        for child in element:
            walk(child, path)

    walk(root, "")
    return found


def record_id(items):
    return next((text for path, _, text in items if path == "/Event/System/EventRecordID"), None)


def spelling(theirs, ours):
    """Why two values are one, or None."""
    if theirs == ours:
        return "equal"
    hexadecimal = [_HEX.fullmatch(value) for value in (theirs, ours)]
    if all(hexadecimal) and int(theirs, 16) == int(ours, 16):
        return "leading zeros of a hexadecimal number"
    if " ".join(theirs.split()) == " ".join(ours.split()):
        return "blanks and line ends"
    return None


def compare(theirs, ours, kinds):
    """The differences of two events."""
    differences = []
    if [path for path, _, _ in theirs] != [path for path, _, _ in ours]:
        their_paths, our_paths = ([item[0] for item in items] for items in (theirs, ours))
        return [("elements", str([p for p in their_paths if p not in our_paths][:5]) + str(len(their_paths)),
                 str([p for p in our_paths if p not in their_paths][:5]) + str(len(our_paths)))]
    for (path, their_attributes, their_text), (_, our_attributes, our_text) in zip(theirs, ours):
        pairs = [(path, their_text, our_text)]
        for key in sorted(set(their_attributes) | set(our_attributes)):
            pairs.append((path + "@" + key, their_attributes.get(key, "(none)"), our_attributes.get(key, "(none)")))
        for where, their_value, our_value in pairs:
            kind = spelling(their_value, our_value)
            if kind is None:
                differences.append((where, their_value, our_value))
            else:
                kinds[kind] += 1
    return differences


def our_events(command, folder):
    """Per file, the events of our rows in order."""
    files = collections.defaultdict(list)
    damaged = collections.Counter()
    with subprocess.Popen(shlex.split(command) + [folder], stdout=subprocess.PIPE, encoding="utf-8") as rows:
        for line in rows.stdout:
            item = json.loads(line)
            if "not_decoded" in item["row"].get("flags", []):
                damaged[item["row"]["fields"].get("error.message", "?")] += 1
            else:
                files[item["file"]].append(item["row"]["raw"])
    return files, damaged


def main():
    command, folder = sys.argv[1:3]
    ours, damaged = our_events(command, folder)
    kinds, reasons = collections.Counter(), collections.Counter()
    events = missing = unreadable = extra = 0
    shown = collections.Counter()
    paths = sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
    for path in paths:
        printed = subprocess.run(["evtxexport", "-f", "xml", path], capture_output=True, check=False)
        by_id = collections.defaultdict(list)
        for text in ours.get(path, []):
            items = elements(text)
            if items is None:
                print(f"{path}: our XML is none: {text[:300]}")
                reasons["our XML is none"] += 1
                continue
            by_id[record_id(items)].append(items)
        total = sum(len(items) for items in by_id.values())
        matched = 0
        for text in _EVENT.findall(printed.stdout.decode("utf-8", "replace")):
            events += 1
            theirs = elements(text)
            if theirs is None:
                unreadable += 1
                continue
            same = by_id.get(record_id(theirs), [])
            if not same:
                missing += 1
                print(f"{path}: record {record_id(theirs)} is not among our rows")
                continue
            matched += 1
            best = min((compare(theirs, mine, collections.Counter()) for mine in same), key=len)
            compare(theirs, same[0], kinds)
            for where, their_value, our_value in best:
                reasons[where] += 1
                shown[where] += 1
                if shown[where] <= 3:
                    print(f"{os.path.basename(path)} {record_id(theirs)} {where}: "
                          f"theirs {their_value[:160]!r} ours {our_value[:160]!r}")
        extra += total - matched
    print(f"evtxexport: {events} events ({unreadable} of them no XML); missing here: {missing}; "
          f"decoded here alone: {extra}")
    print("same value, other spelling:", dict(kinds))
    print("not decoded here:", dict(damaged))
    print("differences:", dict(reasons.most_common(60)))
    return 1 if missing or reasons else 0


if __name__ == "__main__":
    sys.exit(main())
