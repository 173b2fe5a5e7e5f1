#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes log export requests with Google's own protobuf library, in both of OTLP's encodings.

Usage: write_otlp.py FOLDER            writes NAME.protobuf and NAME.json pairs (/usr/bin/python3 has python3-protobuf)
       write_otlp.py FOLDER COUNT      writes COUNT requests as an SDK sends them, for measures: FOLDER/protobuf/N, FOLDER/json
The test of src/parse/otlp holds the rows of each pair against each other, so our reader of the wire is checked
against an encoder that is not ours. The schema is that of opentelemetry-proto 1.7, logs.proto, written down here.
"""

import base64
import json
import os
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

_T = descriptor_pb2.FieldDescriptorProto
_KINDS = {"string": _T.TYPE_STRING, "bytes": _T.TYPE_BYTES, "bool": _T.TYPE_BOOL, "int64": _T.TYPE_INT64,
          "double": _T.TYPE_DOUBLE, "uint32": _T.TYPE_UINT32, "fixed32": _T.TYPE_FIXED32, "fixed64": _T.TYPE_FIXED64,
          "int32": _T.TYPE_INT32}
_SCHEMA = {
    "ExportLogsServiceRequest": [(1, "*ResourceLogs", "resource_logs")],
    "ResourceLogs": [(1, "Resource", "resource"), (2, "*ScopeLogs", "scope_logs"), (3, "string", "schema_url")],
    "ScopeLogs": [(1, "InstrumentationScope", "scope"), (2, "*LogRecord", "log_records"), (3, "string", "schema_url")],
    "Resource": [(1, "*KeyValue", "attributes"), (2, "uint32", "dropped_attributes_count"), (3, "*EntityRef", "entity_refs")],
    "EntityRef": [(1, "string", "schema_url"), (2, "string", "type")],
    "InstrumentationScope": [(1, "string", "name"), (2, "string", "version"), (3, "*KeyValue", "attributes"),
                             (4, "uint32", "dropped_attributes_count")],
    # The severity is an enum: on the wire an int32, which OTLP's JSON writes as a number too.
    "LogRecord": [(1, "fixed64", "time_unix_nano"), (11, "fixed64", "observed_time_unix_nano"), (2, "int32", "severity_number"),
                  (3, "string", "severity_text"), (5, "AnyValue", "body"), (6, "*KeyValue", "attributes"),
                  (7, "uint32", "dropped_attributes_count"), (8, "fixed32", "flags"), (9, "bytes", "trace_id"),
                  (10, "bytes", "span_id"), (12, "string", "event_name")],
    "KeyValue": [(1, "string", "key"), (2, "AnyValue", "value")],
    "AnyValue": [(1, "|string", "string_value"), (2, "|bool", "bool_value"), (3, "|int64", "int_value"),
                 (4, "|double", "double_value"), (5, "|ArrayValue", "array_value"), (6, "|KeyValueList", "kvlist_value"),
                 (7, "|bytes", "bytes_value")],
    "ArrayValue": [(1, "*AnyValue", "values")],
    "KeyValueList": [(1, "*KeyValue", "values")],
}


def make_classes():
    file = descriptor_pb2.FileDescriptorProto(name="logs.proto", package="otlp", syntax="proto3")
    for message_name, fields in _SCHEMA.items():
        message = file.message_type.add(name=message_name)
        for number, kind, name in fields:
            field = message.field.add(name=name, number=number)
            field.label = _T.LABEL_REPEATED if kind.startswith("*") else _T.LABEL_OPTIONAL
            if kind.startswith("|"):
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                field.oneof_index = 0
            kind = kind.lstrip("*|")
            if kind in _KINDS:
                field.type = _KINDS[kind]
            else:
                field.type, field.type_name = _T.TYPE_MESSAGE, f".otlp.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"otlp.{name}")) for name in _SCHEMA}


CLASSES = make_classes()


def any_value(value):
    out = CLASSES["AnyValue"]()
    if value is None:
        return out
    if isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int):
        out.int_value = value
    elif isinstance(value, float):
        out.double_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, bytes):
        out.bytes_value = value
    elif isinstance(value, list):
        out.array_value.SetInParent()
        out.array_value.values.extend(any_value(each) for each in value)
    else:
        out.kvlist_value.SetInParent()
        out.kvlist_value.values.extend(pairs(value))
    return out


def pairs(values):
    return [CLASSES["KeyValue"](key=key, value=any_value(value)) for key, value in values.items()]


def request(*resources):
    out = CLASSES["ExportLogsServiceRequest"]()
    for attributes, scopes in resources:
        resource_logs = out.resource_logs.add(schema_url="https://opentelemetry.io/schemas/1.34.0")
        if attributes is not None:
            resource_logs.resource.attributes.extend(pairs(attributes))
            resource_logs.resource.entity_refs.add(type="service")
        for name, records in scopes:
            scope_logs = resource_logs.scope_logs.add()
            if name:
                scope_logs.scope.name, scope_logs.scope.version = name, "1.2.3"
                scope_logs.scope.attributes.extend(pairs({"short": True}))
            for record in records:
                body, attributes = record.pop("body", None), record.pop("attributes", {})
                log = scope_logs.log_records.add(**record)
                if body is not None:
                    log.body.CopyFrom(any_value(body))
                log.attributes.extend(pairs(attributes))
    return out


TIME = 1_795_000_000_123_456_789
CASES = {
    "values": request(({"service.name": "shop", "host.name": "web1"}, [("app", [
        {"time_unix_nano": TIME, "observed_time_unix_nano": TIME + 5, "severity_number": 17, "severity_text": "ERROR",
         "body": "Grüße \"quoted\" \\ \t\n", "trace_id": bytes(range(16)), "span_id": bytes(range(8)), "flags": 1,
         "dropped_attributes_count": 3, "event_name": "order.failed",
         "attributes": {"text": "", "yes": True, "no": False, "small": -(2**63), "large": 2**63 - 1, "zero": 0, "tenth": 0.1,
                        "huge": 1e300, "nan": float("nan"), "infinite": float("inf"), "minus": float("-inf"),
                        "nothing": None, "bytes": b"\x00\xff\x10", "list": ["a", 1, True, None, [1, {"x": "y"}]],
                        "empty_list": [], "empty_map": {}, "map": {"a": {"b": {"c": [1, 2]}}, "d": "e"}}},
        {"observed_time_unix_nano": TIME, "severity_number": 9, "body": {"user": {"name": "ada"}, "ids": [1, 2]}},
        {"body": ["a", {"b": 1}]}, {"body": b"plain bytes"}, {"body": 7}, {"body": False}, {}])])),
    "crowd": request(*[({"host.name": f"h{r}"} if r else None,
                        [(f"scope{s}" if s else "", [{"time_unix_nano": TIME + n, "body": f"{r}.{s}.{n}"} for n in range(20)])
                         for s in range(3)]) for r in range(3)]),
}


def as_otlp_json(message):
    """Protobuf's JSON with the exception that OTLP makes: ids are hexadecimal."""
    def walk(value):
        if isinstance(value, list):
            return [walk(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {key: base64.b64decode(each).hex() if key in ("traceId", "spanId") else walk(each)
                for key, each in value.items()}
    return json.dumps(walk(json_format.MessageToDict(message)), ensure_ascii=False)


def sdk_request(number):
    """512 log records, an SDK's batch: lines of a web shop with some attributes each."""
    resource = {"service.name": "shop", "service.version": "2.1.0", "host.name": "web1", "process.pid": 812,
                "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.language": "nodejs"}
    records = [{"time_unix_nano": TIME + n, "observed_time_unix_nano": TIME + n, "severity_number": 9, "severity_text": "INFO",
                "body": f"order {number * 512 + n} of customer {n % 97} was paid", "trace_id": bytes(range(16)),
                "span_id": bytes(range(8)), "flags": 1,
                "attributes": {"order.id": number * 512 + n, "order.total": n * 1.25, "http.request.method": "POST",
                               "url.full": f"https://shop.example/orders/{n}", "enduser.id": f"customer{n % 97}"}}
               for n in range(512)]
    return request((resource, [("orders", records)]))


def write_measures(folder, count):
    os.makedirs(os.path.join(folder, "protobuf"))
    with open(os.path.join(folder, "json"), "w", encoding="utf-8") as lines:
        for number in range(count):
            message = sdk_request(number)
            with open(os.path.join(folder, "protobuf", str(number)), "wb") as file:
                file.write(message.SerializeToString())
            lines.write(as_otlp_json(message) + "\n")


def main():
    if len(sys.argv) > 2:
        return write_measures(sys.argv[1], int(sys.argv[2]))
    for name, message in CASES.items():
        with open(os.path.join(sys.argv[1], name + ".protobuf"), "wb") as file:
            file.write(message.SerializeToString())
        with open(os.path.join(sys.argv[1], name + ".json"), "w", encoding="utf-8") as file:
            file.write(as_otlp_json(message))


if __name__ == "__main__":
    main()
