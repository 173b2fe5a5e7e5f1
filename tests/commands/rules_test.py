# SPDX-License-Identifier: Apache-2.0
"""`vedette rules`: check, list, test, explain, coverage and diff, by their output and exit codes."""

import datetime
import json
import re
import signal
import time
import unittest

from commands import LOGSOURCES, ROOT, RULE, CommandTest, json_lines

RULES = ROOT / "content/rules"
SSH_ROOT = "linux/ssh_root_login_by_password"


class Rules(CommandTest):
    def rules(self, *arguments, **options):
        return self.run_vedette("rules", arguments[0], "--data", self.folder / "data", *arguments[1:], **options)

    def test_check_names_place_and_meaning_of_what_is_wrong(self):
        self.write("r/modifier.yml", RULE.replace("keywords:\n        - marked-by-the-test", "k:\n        Image|contians: x"))
        self.write("r/name.yml", RULE.replace("condition: keywords", "condition: keyword"))
        self.write("r/source.yml", RULE.replace("product: test", "product: widnows"))
        done = self.rules("check", "--format", "json", self.folder / "r")
        self.assert_ends(1, done)
        lines = {(line["where"].split("/")[-1], line["kind"]): line for line in json_lines(done.stdout)}
        self.assertEqual("did you mean 'contains'?", lines["modifier.yml:10:9", "wrong"]["hint"])
        self.assertEqual("did you mean 'keywords'?", lines["name.yml:11:16", "wrong"]["hint"])
        source = lines["source.yml:7:14", "unplaced_log_source"]
        self.assertEqual(("warning", "did you mean 'windows'?"), (source["weight"], source["hint"]))
        text = self.rules("check", self.folder / "r")
        self.assertIn("modifier.yml:10:9: wrong: unknown modifier 'contians'", text.stdout)
        self.assertIn("1 rules in 3 files, 2 wrong,", text.stdout)

    def test_check_warns_and_is_content_unless_strict(self):
        path = self.write("r/a.yml", RULE.replace("product: test", "product: windows"))
        self.write("r/b.yml", RULE.replace("product: test", "product: windows"))
        done = self.rules("check", "--format", "json", self.folder / "r")
        self.assert_ends(0, done)
        kinds = {line["kind"] for line in json_lines(done.stdout)}
        self.assertIn("no_attack_tag", kinds)
        self.assertIn("repeated_id", kinds)
        self.assert_ends(1, self.rules("check", "--strict", path))
        self.assert_ends(2, self.rules("check", self.folder / "none"))
        ours = self.rules("check", "--strict", RULES)
        self.assert_ends(0, ours)

    def test_test_runs_the_events_beside_rules(self):
        done = self.rules("test", "--strict", RULES / "linux")
        self.assert_ends(0, done)
        self.assertRegex(done.stdout, r"^\d+ rules on \d+ events, 0 wrong, 0 not tested")
        rule = (RULES / f"{SSH_ROOT}.yml").read_text()
        self.write("r/a.yml", rule)
        self.write("r/a.hit.log", (RULES / f"{SSH_ROOT}.miss.log").read_text())
        self.write("r/b.yml", rule.replace("id: ", "id: 1"))
        wrong = self.rules("test", "--format", "json", self.folder / "r")
        self.assert_ends(1, wrong)
        failures = json_lines(wrong.stdout)
        self.assertTrue(failures)
        self.assertEqual({"hit"}, {failure["wanted"] for failure in failures})
        self.assertIn("b.yml: not tested: no events lie beside it", wrong.stderr)

    def test_list_shows_filters_and_where_rules_come_from(self):
        done = self.rules("list", "--format", "json", "--rules", RULES)
        self.assert_ends(0, done)
        every = json_lines(done.stdout)
        self.assertGreater(len(every), 30)
        self.assertEqual({"can_fire"}, {rule["state"] for rule in every}, "correlations among them")
        self.assertTrue([rule for rule in every if rule["logsource"].startswith("correlation of ")])
        high = json_lines(self.rules("list", "--format", "json", "--rules", RULES, "--min-level", "high").stdout)
        self.assertEqual({"high", "critical"}, {rule["level"] for rule in high} | {"critical"})
        shells = json_lines(self.rules("list", "--format", "json", "--rules", RULES, "--technique", "t1059",
                                       "--logsource", "linux").stdout)
        self.assertTrue(shells)
        for rule in shells:
            self.assertTrue(any(technique.startswith("T1059") for technique in rule["attack"]))
        self.assert_ends(1, self.rules("list", "--rules", RULES, "no such words"))
        self.write("r/bad.yml", "title: Bad\nlogsource: {}\n")
        bad = json_lines(self.rules("list", "--format", "json", "--rules", self.folder / "r").stdout)
        self.assertEqual([("refused", "bad.yml:2:12")], [(rule["state"], rule["where"]) for rule in bad])

    def test_explain_says_which_part_is_true_and_how_near_others_came(self):
        rule = self.write("r.yml", RULE.replace("keywords:\n        - marked-by-the-test\n    condition: keywords",
                                                "s:\n        user.name: root\n        n|gte: 5\n    condition: s"))
        sources = self.write("l.yml", LOGSOURCES)
        event = '{"@timestamp":"2026-05-17T10:00:00Z","user.name":"root","n":3}'
        done = self.rules("explain", "--format", "json", "--logsources", sources, rule, event)
        self.assert_ends(1, done)
        tree = json.loads(done.stdout)
        self.assertFalse(tree["is_true"])
        selection = tree["parts"][1]["parts"][0]
        self.assertEqual([(True, "user.name", ["root"], None), (False, "n", ["3"], "is 2 away")],
                         [(part["is_true"], part["field"], part["observed"], part.get("near"))
                          for part in selection["parts"]])
        good = self.write("event.json", event.replace(":3", ":5") + "\n")
        self.assert_ends(0, self.rules("explain", "--logsources", sources, rule, good))
        raw = (RULES / f"{SSH_ROOT}.hit.log").read_text().splitlines()[0]
        name = [line for line in (RULES / f"{SSH_ROOT}.yml").read_text().splitlines() if line.startswith("title: ")][0]
        by_title = self.rules("explain", "--rules", RULES, name.removeprefix("title: "), raw)
        self.assert_ends(0, by_title)
        self.assertIn("true   ", by_title.stdout)
        correlation = self.write("c.yml", "title: Many\nid: c\ncorrelation:\n    type: event_count\n    rules: [x]\n"
                                          "    timespan: 5m\n    condition: {gte: 3}\n")
        refused = self.rules("explain", correlation, raw)
        self.assert_ends(2, refused)
        self.assertIn("'Many' is a correlation, which looks at many events", refused.stderr)
        unknown = self.rules("explain", "--rules", RULES, "Nothing of this name", raw)
        self.assert_ends(2, unknown)
        self.assertIn("there is no rule", unknown.stderr)

    def test_coverage_counts_by_technique_and_by_rule(self):
        done = self.rules("coverage", "--format", "json", "--rules", RULES)
        self.assert_ends(0, done)
        techniques = {line["technique"]: line for line in json_lines(done.stdout)}
        self.assertGreater(techniques["T1059.004"]["rules"], 0)
        self.assertEqual(0, techniques["T1059.004"]["firing"])
        self.assertIn("techniques,", self.rules("coverage", "--rules", RULES).stdout)

    def test_diff_tells_what_differs_in_meaning(self):
        self.write("a/r.yml", RULE)
        self.write("b/r.yml", RULE.replace("level: medium", "level: high").replace("Finds the", "It finds the"))
        self.write("b/new.yml", RULE.replace("0b1f9f0a", "1b1f9f0a").replace("A marked", "Another marked"))
        done = self.rules("diff", "--format", "json", self.folder / "a", self.folder / "b")
        self.assert_ends(1, done)
        lines = json_lines(done.stdout)
        self.assertEqual([("changed", "A marked line"), ("added", "Another marked line")],
                         [(line["change"], line["title"]) for line in lines])
        self.assertEqual([{"what": "level", "before": "medium", "after": "high", "changes_hits": False}],
                         lines[0]["changes"])
        self.assert_ends(0, self.rules("diff", self.folder / "a", self.folder / "a"))


class RulesOfAServer(CommandTest):
    def test_replay_tells_what_a_rule_would_have_raised_and_diff_what_a_change_would(self):
        from search_pipes_test import send
        from server import wait_until_stored
        events = [{"@timestamp": f"2026-05-{day:02}T10:00:{n:02}Z", "user.name": "root" if n % 4 == 0 else "ada",
                   "note": "null" if n % 2 else None, "n": n} for day in (3, 4, 6) for n in range(20)]
        server = self.server_of()
        rule = RULE.replace("keywords:\n        - marked-by-the-test\n    condition: keywords",
                            "s:\n        user.name: root\n        note: null\n    condition: s")
        path = self.write("new.yml", rule)
        wider = self.write("wider.yml", rule.replace("user.name: root", "user.name|contains: [root, ada]"))
        self.write("rules/marked.yml", RULE)
        self.write("logsources.yml", LOGSOURCES)
        self.started(server)
        send(server, events)
        wait_until_stored(server)
        span = ("--from", "2026-05-01", "--to", "2026-05-10")
        done = self.run_vedette("rules", "replay", "--format", "json", "--data", server.data, *span, path)
        self.assert_ends(0, done)
        result = json.loads(done.stdout)
        self.assertEqual((60, 15, 0, True),
                         (result["events"], result["hits"], result["undecided"], result["is_complete"]))
        self.assertEqual([("2026-05-03", 5), ("2026-05-04", 5), ("2026-05-06", 5)],
                         [(day["day"], day["hits"]) for day in result["days"]])
        values = {field["field"]: field["values"] for field in result["values"]}
        self.assertEqual([{"value": "root", "hits": 15}], values["user.name"])
        table = self.run_vedette("rules", "replay", "--data", server.data, *span, wider)
        self.assert_ends(0, table)
        self.assertIn('"A marked line" would have hit 30 of 60 events', table.stdout)
        self.assertIn("2026-05-06        10  ", table.stdout)
        sample = result["samples"][0]["id"].split(":")
        found = self.run_vedette("search", "--data", server.data, f"offset:{sample[0]} and row:{sample[1]}")
        self.assert_ends(0, found)
        years = self.run_vedette("rules", "replay", "--format", "json", "--data", server.data, "--last", "520w", path)
        self.assert_ends(0, years)
        self.assertEqual((3, 60), (lambda told: (told["days_read"], told["events"]))(json.loads(years.stdout)),
                         "days without events are not asked for")
        nothing = self.run_vedette("rules", "replay", "--data", server.data, "--last", "1d", path)
        self.assert_ends(1, nothing)
        compared = self.run_vedette("rules", "diff", "--format", "json", "--data", server.data, "--last", "520w", path, wider)
        self.assert_ends(1, compared)
        self.assertEqual((15, 30), (lambda line: (line["hits_before"], line["hits_after"]))(json_lines(compared.stdout)[-1]))
        hit = ".".join(sample)
        miss = json_lines(self.run_vedette("search", "--format", "json", "--data", server.data, "user.name:ada").stdout)[0]["id"]
        for is_running in (True, False):
            if not is_running:
                server.stop()
            for event, code in ((hit, 0), (f"1/{sample[0]}/{sample[1]}", 0), (miss, 1)):
                explained = self.run_vedette("rules", "explain", "--data", server.data, path, event)
                self.assert_ends(code, explained)
                self.assertEqual("", explained.stderr, "the record gives what the store has")
            unknown = self.run_vedette("rules", "explain", "--data", server.data, path, "999999.0")
            self.assert_ends(2, unknown)
            self.assertIn("the store has no such event", unknown.stderr)
        away = self.run_vedette("rules", "replay", "--data", server.data, *span, path)
        self.assert_ends(2, away)
        self.assertIn("no server runs on this folder", away.stderr)

    def test_a_new_rule_is_replayed_by_itself_once(self):
        from search_pipes_test import send
        from server import export, wait_until_stored
        now = datetime.datetime.now(datetime.timezone.utc)
        events = [{"@timestamp": (now - datetime.timedelta(hours=n)).strftime("%Y-%m-%dT%H:%M:%SZ"), "host.name": "web-1",
                   "user.name": "root" if n % 4 == 0 else "ada"} for n in range(1, 41)]
        server = self.server_of()
        self.write("rules/marked.yml", RULE)
        self.write("logsources.yml", LOGSOURCES)
        self.started(server)
        send(server, events)
        wait_until_stored(server)
        nothing = self.rules_of(server, "replays")
        self.assert_ends(1, nothing)
        self.assertEqual("0 replays\n", nothing.stdout)
        new = RULE.replace("keywords:\n        - marked-by-the-test\n    condition: keywords",
                           "s:\n        user.name: root\n    condition: s").replace("title: A marked line", "title: Root was here")
        new = re.sub("(?m)^id: .*$", "id: 3f3c1b0e-8d5a-4a53-9f43-2a4f0c7f9d10", new)
        self.write("rules/root.yml", new)
        for _ in range(2):  # the second time nothing is new
            server.process.send_signal(signal.SIGHUP)
            for _ in range(300):
                done = self.rules_of(server, "replays", "--format", "json")
                if any(line["state"] == "done" for line in json_lines(done.stdout)):
                    break
                time.sleep(0.1)
            self.assert_ends(0, done)
            replays = json_lines(done.stdout)
            self.assertEqual([("3f3c1b0e-8d5a-4a53-9f43-2a4f0c7f9d10", "done", 40, 10, 10)],
                             [(one["rule"], one["state"], one["events"], one["hits"], one["findings"]) for one in replays])
        self.assertIn(": 10 findings in 40 events", self.rules_of(server, "replays").stdout)
        shown = self.run_vedette("doctor", "--format", "json", "--config", server.config)
        checks = {line["check"]: line for line in json_lines(shown.stdout)}
        self.assertEqual(("ok", "1 new rule for the history, 0 of them not yet done, 0 failed"),
                         (checks["rule_replays"]["health"], checks["rule_replays"]["text"]))
        server.stop()
        self.assertEqual(replays, json_lines(self.rules_of(server, "replays", "--format", "json").stdout))
        found = [json.loads(line.split(" ", 1)[1]) for line in export(server) if line.startswith('state {"table":"findings"')]
        self.assertEqual(10, len(found))

    def rules_of(self, server, *arguments):
        return self.run_vedette("rules", arguments[0], "--data", server.data, *arguments[1:])

    def test_coverage_knows_what_fired_and_what_never_can(self):
        from server import wait_until_stored
        server = self.server_of("a line that is marked-by-the-test", *(f"line {n}" for n in range(1_200)))
        self.write("rules/marked.yml", RULE)
        self.write("rules/never.yml", RULE.replace("0b1f9f0a", "1b1f9f0a").replace(
            "keywords:\n        - marked-by-the-test\n    condition: keywords",
            "s:\n        Image: x\n    condition: s"))
        self.write("logsources.yml", LOGSOURCES)
        self.started(server)
        wait_until_stored(server)
        server.stop()
        done = self.run_vedette("rules", "coverage", "--by-rule", "--format", "json", "--data", server.data)
        self.assert_ends(0, done)
        rules = {rule["where"].split(":")[0]: rule for rule in json_lines(done.stdout)}
        self.assertEqual(("fires", 1), (rules["marked.yml"]["state"], rules["marked.yml"]["findings"]))
        self.assertEqual("cannot_fire", rules["never.yml"]["state"])
        self.assertEqual("Image never came in 1201 events of text", rules["never.yml"]["why"])
        checked = self.run_vedette("rules", "check", "--format", "json", "--data", server.data,
                                   self.folder / "rules/never.yml")
        self.assertIn("cannot_fire", {line["kind"] for line in json_lines(checked.stdout)})


if __name__ == "__main__":
    unittest.main()
