#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small EVTX files of src/parse/evtx: every type of value, and every kind of damage.

Usage: write_evtx.py FOLDER    (writes basic.in.log, damaged.in.log and the seeds of the fuzz target)
A file ends where its last record does: Windows pads chunks with zeros, which no reader needs.
"""

import os
import struct
import sys
import uuid
import zlib

_CHUNK_HEADER = 512
_WRITTEN = 133_800_000_000_000_000  # 2024-12-28T22:40:00Z


def utf16(text):
    return text.encode("utf-16-le", "surrogatepass")


class Chunk:
    """Bytes of one chunk; names and templates are written where they are used first."""

    def __init__(self):
        self.data = bytearray(_CHUNK_HEADER)
        self.names = {}
        self.templates = {}

    def put(self, form, *values):
        self.data += struct.pack("<" + form, *values)

    def name(self, text):
        at = self.names.get(text)
        if at is not None:
            self.put("I", at)
            return
        self.put("I", len(self.data) + 4)
        self.names[text] = len(self.data)
        self.put("IHH", 0, 0, len(text))
        self.data += utf16(text) + b"\0\0"

    def text(self, text):
        self.put("BBH", 0x05, 0x01, len(utf16(text)) // 2)
        self.data += utf16(text)

    def value(self, index, optional=False):
        self.put("BHB", 0x0E if optional else 0x0D, index, 0x01)

    def element(self, name, attributes, content, has_dependency=True):
        """`content` is None (closed at once), or a list of what to write: text, (index, optional), function."""
        self.put("B", 0x41 if attributes else 0x01)
        if has_dependency:
            self.put("H", 0xFFFF)
        self.put("I", 0)
        self.name(name)
        if attributes:
            self.put("I", 0)
        for number, (key, value) in enumerate(attributes):
            self.put("B", 0x06 if number + 1 == len(attributes) else 0x46)
            self.name(key)
            self.piece(value)
        if content is None:
            self.put("B", 0x03)
            return
        self.put("B", 0x02)
        for item in content:
            self.piece(item)
        self.put("B", 0x04)

    def piece(self, item):
        if callable(item):
            item()
        elif isinstance(item, str):
            self.text(item)
        else:
            self.value(*item)

    def instance(self, key, build, values):
        """An instance of the template that `build` writes; defined at its first use."""
        self.put("BBI", 0x0C, 1, key)
        if key in self.templates:
            self.put("I", self.templates[key])
        else:
            self.put("I", len(self.data) + 4)
            self.templates[key] = len(self.data)
            self.put("I", 0)
            self.data += struct.pack("<I", key) + b"\0" * 12
            size_at = len(self.data)
            self.put("I", 0)
            self.put("BBBB", 0x0F, 1, 1, 0)
            build()
            self.put("B", 0x00)
            self.data[size_at:size_at + 4] = struct.pack("<I", len(self.data) - size_at - 4)
        self.put("I", len(values))
        places = []
        for kind, _ in values:
            places.append(len(self.data))
            self.put("HBB", 0, kind, 0)
        for place, (_, content) in zip(places, values):
            begin = len(self.data)
            if callable(content):
                content()
            else:
                self.data += content
            self.data[place:place + 2] = struct.pack("<H", len(self.data) - begin)

    def record(self, number, build):
        begin = len(self.data)
        self.put("IIQQ", 0x2A2A, 0, number, _WRITTEN + number * 10_000_000)
        self.put("BBBB", 0x0F, 1, 1, 0)
        build()
        self.put("B", 0x00)
        self.data += b"\0" * (-(len(self.data) + 4 - begin) % 8)
        size = len(self.data) + 4 - begin
        self.put("I", size)
        self.data[begin + 4:begin + 8] = struct.pack("<I", size)
        return begin

    def finish(self, first, last, last_begin):
        self.data[:8] = b"ElfChnk\0"
        struct.pack_into("<QQQQIII", self.data, 8, first, last, first, last, 128, last_begin, len(self.data))
        self.sign()
        return self.data

    def sign(self):
        struct.pack_into("<I", self.data, 52, zlib.crc32(self.data[_CHUNK_HEADER:]))
        struct.pack_into("<I", self.data, 124, zlib.crc32(self.data[128:512], zlib.crc32(self.data[:120])))


def file_header(chunks):
    header = bytearray(4096)
    header[:8] = b"ElfFile\0"
    struct.pack_into("<QQQIHHHH", header, 8, 0, chunks - 1, 100, 128, 1, 3, 4096, chunks)
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return header


def system(chunk, event_id, record, channel):
    def build():
        chunk.element("Provider", [("Name", "Vedette-Test"), ("Guid", (3, True))], None)
        chunk.element("EventID", [("Qualifiers", (4, True))], [(0, False)])
        chunk.element("Level", [], ["4"])
        chunk.element("Keywords", [], [(5, False)])
        chunk.element("TimeCreated", [("SystemTime", (1, False))], None)
        chunk.element("EventRecordID", [], [(2, False)])
        chunk.element("Execution", [("ProcessID", (6, False)), ("ThreadID", (7, False))], None)
        chunk.element("Channel", [], [channel])
        chunk.element("Computer", [], ["host.example.org"])
        chunk.element("Security", [("UserID", (8, True))], None)

    sid = struct.pack("<BB6sIII", 1, 3, b"\0\0\0\0\0\5", 21, 1000, 500)
    guid = uuid.UUID("0197231e-8bff-6926-1308-000000000d00").bytes_le
    values = [(0x06, struct.pack("<H", event_id)), (0x11, struct.pack("<Q", _WRITTEN + record * 10_000_001)),
              (0x0A, struct.pack("<Q", record)), (0x0F, guid), (0x00, b""),
              (0x15, struct.pack("<Q", 0x8020000000000000)), (0x08, struct.pack("<I", 4)),
              (0x08, struct.pack("<I", 8)), (0x13, sid)]
    return build, values


def event(chunk, key, event_id, record, data_names, data_values, channel="Security", extra=None):
    """An event with EventData in a value of its own, as Windows writes them."""
    build_system, values = system(chunk, event_id, record, channel)

    def data():
        def build_data():
            chunk.element("EventData", [], [lambda name=name, index=index: chunk.element(
                "Data", [("Name", name)] if name else [], [(index, name == "Absent")])
                for index, name in enumerate(data_names)])
        chunk.put("BBBB", 0x0F, 1, 1, 0)
        chunk.instance(key + 1, build_data, data_values)
        chunk.put("B", 0x00)

    def build():
        chunk.element("Event", [("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")], [
            lambda: chunk.element("System", [], [build_system]), (len(values), True)] + (extra or []))

    chunk.instance(key, build, values + [(0x21, data)])


def all_types():
    text = utf16("C:\\Temp\\<a> & 'b' \u00e9\u4e2d\U0001F600")
    return [
        ("Text", 0x01, text), ("Empty", 0x01, b""), ("Ansi", 0x02, b"caf\xe9\0"), ("Absent", 0x00, b""),
        ("Int8", 0x03, struct.pack("<b", -5)), ("UInt8", 0x04, b"\xff"), ("Int16", 0x05, struct.pack("<h", -300)),
        ("UInt16", 0x06, struct.pack("<H", 65535)), ("Int32", 0x07, struct.pack("<i", -70000)),
        ("UInt32", 0x08, struct.pack("<I", 4294967295)), ("Int64", 0x09, struct.pack("<q", -1 << 40)),
        ("UInt64", 0x0A, struct.pack("<Q", (1 << 64) - 1)), ("Float", 0x0B, struct.pack("<f", 1.5)),
        ("Double", 0x0C, struct.pack("<d", -0.1)), ("True", 0x0D, struct.pack("<I", 1)),
        ("False", 0x0D, struct.pack("<I", 0)), ("Binary", 0x0E, b"\x00\x7f\xff"),
        ("Guid", 0x0F, uuid.UUID("12345678-9abc-def0-1234-56789abcdef0").bytes_le),
        ("Size", 0x10, struct.pack("<Q", 0xABCDEF)), ("FileTime", 0x11, struct.pack("<Q", _WRITTEN)),
        ("FileTimeTooLate", 0x11, b"\xff" * 8), ("SystemTime2", 0x12, struct.pack("<8H", 2024, 2, 4, 29, 1, 2, 3, 4)),
        ("Sid", 0x13, struct.pack("<BB6sI", 1, 1, b"\0\0\0\0\0\5", 18)), ("SidCut", 0x13, b"\x01\x05\0\0"),
        ("Hex32", 0x14, struct.pack("<I", 0x1410)), ("Hex64", 0x15, struct.pack("<Q", 0x3B5E64)),
        ("Texts", 0x81, utf16("one\0two\0\0three\0")), ("Numbers", 0x88, struct.pack("<III", 1, 2, 3)),
        ("Guids", 0x8F, b"\0" * 32), ("Times", 0x91, struct.pack("<QQ", _WRITTEN, _WRITTEN + 1)),
        ("Unknown", 0x7E, b"\x01\x02"), ("With Blanks", 0x01, utf16("x\0")), ("", 0x01, utf16("nameless")),
        ("LoneHalf", 0x01, b"\x3d\xd8a\0"), ("Control", 0x01, utf16("a\x01\tb\0c")),
    ]


def basic():
    chunk = Chunk()
    types = all_types()
    names, values = [item[0] for item in types], [item[1:] for item in types]
    chunk.record(1, lambda: event(chunk, 10, 4688, 1, names, values))
    logon = ["TargetUserName", "TargetDomainName", "IpAddress", "IpPort", "LogonType"]
    texts = ["alice", "EXAMPLE", "192.0.2.7", "50123"]
    for number in (2, 3):
        chunk.record(number, lambda number=number: event(
            chunk, 20, 4624, number, logon,
            [(0x01, utf16(text)) for text in texts] + [(0x08, struct.pack("<I", number))]))

    def user_data():
        build_system, values = system(chunk, 1102, 4, "System")

        def build():
            chunk.element("Event", [], [lambda: chunk.element("System", [], [build_system]),
                                        lambda: chunk.element("UserData", [], [(9, False)])])

        def data():
            chunk.put("BBBB", 0x0F, 1, 1, 0)
            chunk.element("LogFileCleared", [("xmlns", "http://example.org/x")], [
                lambda: chunk.element("SubjectUserName", [], ["bob & co"], False),
                lambda: chunk.element("Reference", [], [
                    "a", lambda: (chunk.put("B", 0x49), chunk.name("amp")), lambda: chunk.put("BH", 0x48, 0x41),
                    lambda: (chunk.put("BH", 0x47, 3), chunk.data.extend(utf16("<c>")))], False)], False)
            chunk.put("B", 0x00)

        chunk.instance(30, build, values + [(0x21, data)])

    last = chunk.record(4, user_data)
    return file_header(1) + chunk.finish(1, 4, last)


def simple_chunk(count=4):
    chunk = Chunk()
    begins = [chunk.record(number, lambda number=number: event(
        chunk, 20, 4624, number, ["TargetUserName"], [(0x01, utf16(f"user{number}"))]))
        for number in range(1, count + 1)]
    chunk.finish(1, count, begins[-1])
    return chunk, begins


def damaged():
    """The header is gone; record 2 has a wrong size, record 3 more values than bytes; the checksum of the content is
    right all the same, as after a write by a broken program; the last record is cut."""
    chunk, begins = simple_chunk()
    struct.pack_into("<I", chunk.data, begins[1] + 4, 0xFFFFFFF0)
    at = chunk.data.index(struct.pack("<I", 10), begins[2])
    struct.pack_into("<I", chunk.data, at, 0x40000000)
    chunk.sign()
    return b"\xee" * 4096 + bytes(chunk.data[:-40])


def seeds():
    found = {"basic": basic()[4096:], "damaged": damaged()[4096:]}
    chunk, begins = simple_chunk(2)
    # The name of the first element lies where the record begins; the template is its own body.
    cyclic = bytearray(chunk.data)
    at = cyclic.index(b"\x0c\x01", begins[0])
    struct.pack_into("<I", cyclic, at + 6, begins[0])
    found["template_in_itself"] = bytes(cyclic)
    huge = bytearray(chunk.data)
    struct.pack_into("<I", huge, at + 10 + 20, 0xFFFFFFFF)
    found["template_of_4_gigabytes"] = bytes(huge)

    # Each value is used eight times by the one around it.
    bomb = Chunk()

    def level(depth):
        def build():
            bomb.element("A", [], [(0, False), "b"] * 8)

        def inner():
            if depth == 0:
                bomb.data.extend(utf16("bomb"))
            else:
                bomb.put("BBBB", 0x0F, 1, 1, 0)
                level(depth - 1)
                bomb.put("B", 0x00)
        bomb.instance(1, build, [(0x21 if depth else 0x01, inner)])

    last = bomb.record(1, lambda: level(7))
    found["bomb"] = bytes(bomb.finish(1, 1, last))
    return found


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "basic.in.log"), "wb") as out:
        out.write(basic())
    with open(os.path.join(folder, "damaged.in.log"), "wb") as out:
        out.write(damaged())
    os.makedirs(os.path.join(folder, "evtx.seeds"), exist_ok=True)
    for name, content in seeds().items():
        with open(os.path.join(folder, "evtx.seeds", name), "wb") as out:
            out.write(content)


if __name__ == "__main__":
    main()
