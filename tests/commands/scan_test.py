# SPDX-License-Identifier: Apache-2.0
"""`vedette scan` tells by its exit status what it found."""

import unittest

from commands import LOGSOURCES, RULE, CommandTest, json_lines


class Scan(CommandTest):
    def setUp(self):
        super().setUp()
        self.rules = self.write("rules/marked.yml", RULE)
        self.logsources = self.write("logsources.yml", LOGSOURCES)
        self.quiet = self.write("quiet.log", "one\ntwo\n")
        self.marked = self.write("marked.log", "one\na line marked-by-the-test\n")

    def scan(self, *arguments):
        return self.run_vedette("scan", "--rules", self.rules.parent, "--logsources", self.logsources,
                                "--input-format", "text", *arguments)

    def test_is_0_without_findings_whatever_it_should_fail_on(self):
        self.assert_ends(0, self.scan(self.quiet))
        self.assert_ends(0, self.scan("--fail-on", "informational", self.quiet))

    def test_is_0_with_findings_when_it_should_not_fail(self):
        done = self.scan("--format", "json", self.marked)
        self.assert_ends(0, done)
        self.assertEqual(1, len(json_lines(done.stdout)))

    def test_is_1_from_the_level_on_that_it_should_fail_on(self):
        for level, status in (("informational", 1), ("low", 1), ("medium", 1), ("high", 0), ("critical", 0)):
            for form in ("table", "json", "html"):
                with self.subTest(level=level, form=form):
                    self.assert_ends(status, self.scan("--fail-on", level, "--format", form, self.marked))

    def test_is_1_when_one_of_several_files_has_a_finding(self):
        self.assert_ends(1, self.scan("--fail-on", "medium", self.quiet, self.marked))

    def test_reads_what_placeholders_stand_for(self):
        keywords = "    keywords:\n        - marked-by-the-test\n    condition: keywords"
        self.assertIn(keywords, RULE)
        self.write("rules/marked.yml", RULE.replace(
            keywords, "    selection:\n        message|contains|expand: '%mark%'\n    condition: selection"))
        self.assert_ends(0, self.scan("--fail-on", "low", self.marked))
        values = self.write("values.yml", "mark: [other, marked-by-the-test]\n")
        self.assert_ends(1, self.scan("--fail-on", "low", "--placeholders", values, self.marked))
        wrong = self.scan("--placeholders", self.write("wrong.yml", "mark: {a: b}\n"), self.marked)
        self.assert_ends(2, wrong)
        self.assertIn("wrong.yml:1:7", wrong.stderr)

    def test_is_2_for_what_cannot_be_done(self):
        for arguments in (["--fail-on", "terrible", self.marked], ["--min-level", "terrible", self.marked],
                          [self.folder / "nothing.log"]):
            with self.subTest(arguments=arguments):
                done = self.scan(*arguments)
                self.assert_ends(2, done)
                self.assertTrue(done.stderr.startswith("vedette: "), done.stderr)


class Clock(CommandTest):
    def test_is_told_by_options_and_holds_for_every_file(self):
        log = self.write("old.log", "Jul  1 10:00:00 web sshd[1]: Accepted password for root from 198.51.100.9 port 40000 ssh2\n"
                                    "Jan  1 10:00:00 web sshd[1]: Accepted password for root from 198.51.100.9 port 40000 ssh2\n")
        done = self.run_vedette("scan", "--zone", "+02:00", "--year", "2015", "--clock-ahead", "60", "--format", "json", "-q",
                                log)
        self.assert_ends(0, done)
        self.assertEqual({"2015-07-01T07:59:00.000000000Z", "2015-01-01T07:59:00.000000000Z"},
                         {finding["time"] for finding in json_lines(done.stdout)})
        unknown = self.run_vedette("scan", "--zone", "Mars/Phobos", log)
        self.assert_ends(2, unknown)
        self.assertIn("this machine knows no time zone 'Mars/Phobos'", unknown.stderr)


if __name__ == "__main__":
    unittest.main()
