# SPDX-License-Identifier: Apache-2.0
"""A real server with the sources that take what collectors' clients send: HEC with and without acks, OTLP, journals, metrics."""
import collections, re

from server import Server, free_port


class CollectorServer(Server):
    def __init__(self, program, folder):
        self.hec, self.hec_ack, self.otlp, self.journal, self.metrics = (free_port() for _ in range(5))
        super().__init__(program, folder, [
            f'kind: hec, name: hec, listen: "127.0.0.1:{self.hec}"',
            f'kind: hec, name: hec_ack, listen: "127.0.0.1:{self.hec_ack}", indexer_ack: true',
            f'kind: otlp, name: otlp, listen: "127.0.0.1:{self.otlp}"',
            f'kind: journal_upload, name: journal, listen: "127.0.0.1:{self.journal}"',
            f'kind: remote_write, name: metrics, listen: "127.0.0.1:{self.metrics}"'])


def count_names(lines, prefixes):
    """How often each name PREFIX-NUMBER is in the events of an export; a name counts once a row."""
    name = re.compile(rf"\b(?:{'|'.join(prefixes)})-\d+\b")
    found = collections.Counter()
    for line in lines:
        if line.startswith("event "):
            found.update(set(name.findall(line)))
    return found
