# SPDX-License-Identifier: Apache-2.0
"""librdkafka's mock cluster as a program of its own, which outlives the server that a test kills.

  mock_kafka.py TOPIC:PARTITIONS ...

Prints the brokers' addresses, then answers lines on standard input:
`down`, `up` (the broker); `committed GROUP TOPIC PARTITION` (an offset, -1001 for none). Ends with its input.
"""
import ctypes
import sys

CONSUMER, PRODUCER = 1, 0


def library():
    lib = ctypes.CDLL("librdkafka.so.1")
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new",
                 "rd_kafka_topic_partition_list_new", "rd_kafka_topic_partition_list_add"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return lib


class Partition(ctypes.Structure):
    """rd_kafka_topic_partition_t as far as it is read here."""
    _fields_ = [("topic", ctypes.c_char_p), ("partition", ctypes.c_int32), ("offset", ctypes.c_int64)]


def handle(lib, kind, **settings):
    conf = ctypes.c_void_p(lib.rd_kafka_conf_new())
    text = ctypes.create_string_buffer(512)
    for name, value in settings.items():
        if lib.rd_kafka_conf_set(conf, name.replace("_", ".").encode(), value.encode(), text, 512) != 0:
            raise SystemExit(text.value.decode())
    made = lib.rd_kafka_new(kind, conf, text, 512)
    if not made:
        raise SystemExit(text.value.decode())
    return ctypes.c_void_p(made)


def committed(lib, brokers, group, topic, partition):
    asker = handle(lib, CONSUMER, bootstrap_servers=brokers, group_id=group)
    partitions = ctypes.c_void_p(lib.rd_kafka_topic_partition_list_new(1))
    one = lib.rd_kafka_topic_partition_list_add(partitions, topic.encode(), ctypes.c_int32(int(partition)))
    error = lib.rd_kafka_committed(asker, partitions, 30_000)
    offset = ctypes.cast(one, ctypes.POINTER(Partition)).contents.offset
    lib.rd_kafka_topic_partition_list_destroy(partitions)
    lib.rd_kafka_destroy(asker)
    return f"error {error}" if error else str(offset)


def main():
    lib = library()
    owner = handle(lib, PRODUCER)
    cluster = ctypes.c_void_p(lib.rd_kafka_mock_cluster_new(owner, 1))
    for topic in sys.argv[1:]:
        name, _, count = topic.partition(":")
        lib.rd_kafka_mock_topic_create(cluster, name.encode(), int(count), 1)
    brokers = lib.rd_kafka_mock_cluster_bootstraps(cluster).decode()
    print(brokers, flush=True)
    for line in sys.stdin:
        words = line.split()
        if words == ["down"]:
            lib.rd_kafka_mock_broker_set_down(cluster, 1)
            print("done", flush=True)
        elif words == ["up"]:
            lib.rd_kafka_mock_broker_set_up(cluster, 1)
            print("done", flush=True)
        elif words and words[0] == "committed":
            print(committed(lib, brokers, *words[1:]), flush=True)


if __name__ == "__main__":
    main()
