# SPDX-License-Identifier: Apache-2.0
"""What `masking:` names is nowhere in the folder of data, and still found by its pseudonym."""

import json
import pathlib
import urllib.request

import unittest

from commands import CommandTest, json_lines
from server import wait_until_stored

SECRETS = ["ada.lovelace", "198.51.100.77", "4111111111111111", "Ada Lovel\u00e9ce"]


class Masking(CommandTest):
    def setUp(self):
        super().setUp()
        self.server = self.server_of()
        config = pathlib.Path(self.server.config)
        config.write_text(config.read_text() + """masking:
  - source: bulk
    fields: [user.name, user.full_name, source.ip]
  - patterns: ['\\b\\d{16}\\b']
    method: redact
""")
        self.started(self.server)

    def post(self, documents):
        body = "".join(json.dumps({"create": {"_index": "shop", "_id": f"order/{n}/ada.lovelace"}}) + "\n" +
                       json.dumps(document, ensure_ascii=n % 2 == 0) + "\n" for n, document in enumerate(documents))
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/_bulk", data=body.encode(), method="POST",
                                         headers={"Content-Type": "application/x-ndjson"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def test_leaves_no_value_on_the_disk(self):
        documents = [{"user": {"name": "ada.lovelace", "full_name": SECRETS[3]}, "source": {"ip": SECRETS[1]},
                      "card": int(SECRETS[2]), "n": n, "message": f"{SECRETS[3]} (ada.lovelace) paid with {SECRETS[2]}"}
                     for n in range(40)]
        self.assertFalse(self.post(documents)["errors"])
        again = self.post(documents)
        self.assertEqual({200}, {item["create"]["status"] for item in again["items"]}, "the _ids are known no more")
        self.write("logs/text.log", f"paid with {SECRETS[2]}\n" * 3)
        wait_until_stored(self.server)
        found = self.run_vedette("search", "n:*", "--data", self.server.data, "--format", "json", "--limit", "100")
        self.assert_ends(0, found)
        rows = json_lines(found.stdout)
        self.assertEqual(40, len(rows))
        names = {json.dumps(row).count("ada") for row in rows}
        self.assertEqual({0}, names)
        self.server.stop()
        files = [path for path in pathlib.Path(self.server.data).rglob("*") if path.is_file()]
        self.assertGreater(len(files), 5)
        exported = self.run_vedette("journal", "export", "--data", self.server.data).stdout
        for secret in SECRETS:
            for written in {secret.encode(), json.dumps(secret).strip('"').encode(), secret.upper().encode()}:
                for path in files:
                    self.assertNotIn(written, path.read_bytes(), path)
                self.assertNotIn(written.decode(), exported)
        events = [json.loads(line[6:]) for line in exported.splitlines() if line.startswith("event ")]
        users = {event["user_name"] for event in events if event["user_name"]}
        self.assertEqual(1, len(users), "one person has one pseudonym")
        self.assertEqual({"40"}, {str(sum(event["user_name"] in users for event in events))})

    def test_of_wrong_settings_is_told_with_the_line(self):
        wrong = self.write("wrong.yml", "masking:\n  - {patterns: ['(']}\n")
        done = self.run_vedette("serve", "--config", wrong, "--data", self.folder / "other")
        self.assert_ends(2, done)
        self.assertIn("wrong.yml:2", done.stderr)


if __name__ == "__main__":
    unittest.main()
