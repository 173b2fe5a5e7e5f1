# SPDX-License-Identifier: Apache-2.0
"""YARA: `vedette yara`, and what `vedette scan` says of the files themselves."""

import os
import pathlib
import shutil
import subprocess
import unittest
import zipfile

from commands import LOGSOURCES, ROOT, RULE, CommandTest, json_lines

OURS = ROOT / "content/yara"
SHELL = "<?php @eval($_POST['x']);\n"


class Yara(CommandTest):
    def yara(self, *arguments, **options):
        return self.run_vedette("yara", *arguments, **options)

    def test_check_names_place_and_meaning_of_what_is_wrong(self):
        path = self.write("r/wrong.yar", 'include "other.yar"\nimport "has"\n'
                          'rule good { strings: $a = "abc" condition: $a }\n'
                          'rule typo { strings: $one = "abc" condition: $oen }\n')
        done = self.yara("check", "--format", "json", path.parent)
        self.assert_ends(1, done)
        lines = {line["where"]: line for line in json_lines(done.stdout)}
        self.assertEqual("did you mean '$one'?", lines["wrong.yar:4:46"]["hint"])
        self.assertEqual("typo", lines["wrong.yar:4:46"]["rule"])
        self.assertEqual("did you mean 'hash'?", lines["wrong.yar:2:8"]["hint"])
        self.assertIn("include is refused", lines["wrong.yar:1:9"]["text"])
        self.assertIn("1 rules in force, 3 problems", self.yara("check", path).stdout)
        self.assert_ends(2, self.yara("check", self.folder / "none"))

    def test_ours_load_and_do_what_they_should(self):
        self.assert_ends(0, self.yara("check", OURS))
        done = self.yara("test", "--strict", OURS)
        self.assert_ends(0, done)
        self.assertRegex(done.stdout, r"^30 rules on \d+ files, 0 wrong, 0 not tested")
        rules = json_lines(self.yara("list", "--format", "json").stdout)
        self.assertEqual(30, len(rules))
        for rule in rules:
            self.assertTrue(rule["description"], rule["rule"])
            self.assertTrue(rule["attack"] or rule["rule"] == "tools.yar:eicar_test_file", rule["rule"])

    def test_test_finds_a_rule_that_does_not_do_what_it_should(self):
        path = self.write("r.yar", 'rule a { strings: $a = "abc" condition: $a }\nrule b { condition: false }\n')
        self.write("r.tests.yml", "a:\n  hit:\n    - {name: x, text: abd}\n  miss:\n    - {name: y, base64: YWJj}\n")
        done = self.yara("test", "--format", "json", path)
        self.assert_ends(1, done)
        self.assertEqual([("hit", "x", "it does not match"), ("miss", "y", "it matches")],
                         [(line["wanted"], line["file"], line["text"]) for line in json_lines(done.stdout)])
        self.assertIn("b is not tested", done.stderr)

    def test_scan_says_which_file_matches(self):
        page = self.write("www/a.php", SHELL)
        self.write("www/b.php", "<?php echo 1;\n")
        done = self.yara("scan", "--format", "json", page.parent)
        self.assert_ends(0, done)
        found = json_lines(done.stdout)
        self.assertEqual(["webshells.yar:php_runs_request"], [finding["rule_id"] for finding in found])
        self.assert_ends(1, self.yara("scan", page.parent / "b.php"))
        os.mkfifo(self.folder / "www/pipe")
        self.assert_ends(0, self.yara("scan", page.parent, timeout_s=30))

    def test_says_what_the_command_yara_says_of_real_files(self):
        if shutil.which("yara") is None:
            self.skipTest("the command yara is not here: install the package yara")
        files = sorted(path for folder in ("/usr/bin", "/usr/sbin", "/usr/lib/python3/dist-packages", "/usr/share/perl5")
                       for path in pathlib.Path(folder).glob("**/*")
                       if path.is_file() and not path.is_symlink() and path.stat().st_size < 2_000_000)[::4][:400]
        self.assertGreater(len(files), 100)
        rules = self.write("many.yar", """import "elf"
import "math"
import "hash"
rule elf_dynamic { condition: elf.type == elf.ET_DYN and elf.number_of_sections > 20 }
rule perl { strings: $a = /^#!.{0,20}perl/ $b = "use strict" condition: $a at 0 and $b }
rule python { strings: $a = "import " $b = /def [a-z_]{3,20}\\(self/ condition: #a > 2 and #b > 1 }
rule hex { strings: $a = { 48 89 ?? 48 [2-6] ( E8 | E9 ) } condition: #a > 5 }
rule microsoft { strings: $a = "Microsoft" wide ascii nocase condition: $a }
rule entropy { condition: math.entropy(0, filesize) > 6.5 }
rule digest { condition: hash.md5(0, 16) == "none" or filesize % 7 == 0 }
rule late { strings: $a = "GLIBC_2" $b = "main" fullword condition: $a in (filesize \\ 2..filesize) and not $b }
rule loop { strings: $a = "error" condition: for any i in (1..#a) : ( @a[i] > 20000 and @a[i] < 40000 ) }
""")
        listed = self.write("files.txt", "".join(f"{path}\n" for path in files))
        theirs = subprocess.run(["yara", "-w", "--scan-list", rules, listed], capture_output=True, text=True, check=True)
        expected = {tuple(line.split(" ", 1)) for line in theirs.stdout.splitlines()}
        done = self.yara("scan", "--format", "json", "--rules", rules, *files)
        self.assert_ends(0, done)
        ours = {(finding["rule_id"].split(":")[1], finding["source"]) for finding in json_lines(done.stdout)}
        self.assertGreater(len(expected), 100)
        self.assertEqual(expected, ours)


class Scan(CommandTest):
    def scan(self, *arguments, **options):
        return self.run_vedette("scan", "--format", "json", *arguments, **options)

    def found(self, done):
        self.assert_ends(0, done)
        return [(finding["rule_id"], finding["source"]) for finding in json_lines(done.stdout)
                if finding["detector"] == "yara"]

    def test_holds_files_and_members_of_archives_against_our_rules(self):
        page = self.write("www/a.php", SHELL)
        program = self.folder / "www/k"
        program.write_bytes(b"\x7fELF" + bytes(60)
                            + b"stratum+tcp:// randomx donate-level")
        archive = self.folder / "www/z.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("deep/shell.php", SHELL)
            out.write(program, "program")
        done = self.scan(self.folder / "www")
        self.assertEqual([("webshells.yar:php_runs_request", str(page)),
                          ("miners.yar:miner_program", str(program)),
                          ("webshells.yar:php_runs_request", f"{archive}!deep/shell.php"),
                          ("miners.yar:miner_program", f"{archive}!program")], self.found(done))
        self.assertNotIn("neither", done.stderr, "a program that was judged was read")
        again = self.scan(self.folder / "www")
        self.assertEqual(done.stdout, again.stdout)

    def test_says_why(self):
        page = self.write("a.php", SHELL)
        finding = json_lines(self.scan(page).stdout)[0]
        reasons = {reason["feature"]: reason for reason in finding["reasons"]}
        self.assertEqual('"eval($_POST" at byte 7', reasons["string $run"]["observed"])
        self.assertEqual(64, len(reasons["file.hash.sha256"]["observed"]))
        self.assertEqual("high", finding["level"])
        self.assertEqual(["T1505.003"], finding["attack"])

    def test_takes_other_rules_or_none(self):
        page = self.write("a.php", SHELL)
        rules = self.write("mine/r.yara", 'rule mine { strings: $a = "php" condition: $a and extension == ".php" }\n')
        self.assertEqual([("r.yara:mine", str(page))], self.found(self.scan("--yara", rules.parent, page)))
        self.assertEqual([], self.found(self.scan("--no-yara", page)))
        sigma = self.write("rules/marked.yml", RULE)
        logsources = self.write("logsources.yml", LOGSOURCES)
        self.assertEqual([], self.found(self.scan("--rules", sigma.parent, "--logsources", logsources, page)))
        wrong = self.write("wrong.yar", "rule wrong { condition: nothing }\n")
        done = self.scan("--yara", wrong, page)
        self.assertIn('wrong.yar:1:25: wrong: undefined identifier "nothing"', done.stderr)

    def test_a_file_that_is_too_large_is_told(self):
        large = self.folder / "large.php"
        with open(large, "wb") as out:
            out.write(SHELL.encode())
            out.truncate(65 << 20)
        done = self.scan(large)
        self.assertEqual([], self.found(done))
        self.assertIn("not held against the YARA rules: larger than the 64 MB", done.stderr)


if __name__ == "__main__":
    unittest.main()
