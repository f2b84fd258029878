"""Help, man pages and completion are made from the tables of commands and options: they say what
there is, in forms that man, bash, zsh and fish take."""

import re
import unittest

import harness
from harness import DNDPROF, Case, execute, require


def said(*arguments):
    done = execute([DNDPROF, *arguments])
    assert done.status == 0, done
    return done.stdout.decode()


def names():
    part = said("help").partition("Commands:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in re.findall(r"^  (\S+(?: \S+)?)(?: {2,}\S|$)", part, re.M)]


def options(name):
    return re.findall(r"^  (?:-\w, )?(--[\w-]+)", said("help", *name.split()), re.M)


class Help(Case):
    def test_every_command_has_its_page(self):
        self.assertIn("run", names())
        self.assertIn("--format", options("report"))
        for name in names():
            self.assertTrue(said("help", *name.split()).startswith(f"Usage: dndprof {name}"))
            self.assertEqual(said("help", *name.split()),
                             execute([DNDPROF, *name.split(), "--help"]).stdout.decode())

    def test_pages_fit_a_terminal(self):
        topics = re.findall(r"^    (\w+) {2,}\w", said("help").partition("Topics")[2], re.M)
        self.assertIn("reading", topics)
        for page in [[]] + [name.split() for name in names()] + [[topic] for topic in topics]:
            with self.subTest(page=page):
                text = said("help", *page)
                self.assertEqual([line for line in text.splitlines() if len(line) > 80 and
                                  not re.match(r"(Usage|    \$|  [a-z-]+ +[\d.]+)", line)], [])

    def test_first_words_have_a_page(self):
        """Of `history add` and others, history alone is no command, but somebody may ask for it."""
        for first in sorted({name.split()[0] for name in names() if " " in name}):
            with self.subTest(first=first):
                text = said("help", first)
                self.assertTrue(text.startswith(f"Usage: dndprof {first} COMMAND"), text)
                self.assertEqual(re.findall(rf"^  ({first} \w+)", text, re.M),
                                 [name for name in names() if name.split()[0] == first])
                self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
                self.assertEqual(text, said(first, "--help"))

    def test_errors_say_what_to_type(self):
        for words, expected in ((["reprot"], "`dndprof report`"), (["sh"], "`dndprof run -- sh`"),
                                ([], "`dndprof run -- COMMAND`"),
                                (["help", "nothing"], "`dndprof help`"),
                                (["history"], "`dndprof help history`"),
                                (["history", "ad"], "`dndprof history add`"),
                                (["report", "--bogus"], "`dndprof help report`"),
                                (["qqqqqqqqq"], "`dndprof help`")):
            with self.subTest(words=words):
                done = execute([DNDPROF, *words])
                self.assertEqual(done.status, 2)
                self.assertIn(expected, done.stderr.decode())
                self.assertEqual(done.stderr.count(b"\n"), 1)


class Man(Case):
    def pages(self):
        return [["--man"], ["--man", "format"]] + [["--man", *name.split()] for name in names()]

    def test_man_has_no_complaint(self):
        require("man")
        for page in self.pages():
            with self.subTest(page=page):
                path = self.write("page.1", said("help", *page))
                done = execute(["man", "--warnings=all", "-E", "UTF-8", "-l", path],
                               harness.environment(MANWIDTH="80", MAN_KEEP_FORMATTING=None))
                self.assertEqual((done.status, done.stderr), (0, b""))
                self.assertIn("NAME", done.stdout.decode())

    def test_all_options_are_there(self):
        for name in names():
            page = said("help", "--man", *name.split()).replace("\\-", "-")
            for option in options(name):
                self.assertIn(f"\\fB{option}\\fR", page)

    def test_format_page_has_the_fields(self):
        page = said("help", "--man", "format")
        self.assertRegex(page, r"0, 8: \\fBmagic\\fR")
        self.assertRegex(page, r"0, 8: \\fBseq\\fR")


class Completion(Case):
    def bash(self, *words):
        """What bash offers for the last of the words."""
        script = self.write("bash", said("help", "--completion", "bash"))
        line = " ".join(words)
        done = execute(["bash", "-c", f"source {script}; COMP_WORDS=({line}); "
                        f"[ -n '{words[-1]}' ] || COMP_WORDS+=(''); "
                        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _dndprof; "
                        "printf '%s\\n' \"${COMPREPLY[@]}\""], cwd=self.directory)
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().split()

    def test_bash(self):
        require("bash")
        self.assertIn("run", self.bash("dndprof", ""))
        self.assertEqual(self.bash("dndprof", "rep"), ["report"])
        self.assertEqual(sorted(self.bash("dndprof", "report", "--")),
                         sorted(options("report") + ["--help"]))
        self.assertIn("json", self.bash("dndprof", "report", "--format", ""))
        self.assertEqual(self.bash("dndprof", "report", "-f", "js"), ["json"])
        self.assertIn("reading", self.bash("dndprof", "help", ""))
        self.assertIn("true", self.bash("dndprof", "run", "--", "tru"))

    def test_bash_is_clean(self):
        require("shellcheck")
        script = self.write("dndprof.bash", said("help", "--completion", "bash"))
        done = execute(["shellcheck", "-s", "bash", script])
        self.assertEqual(done.stdout, b"")

    def test_fish(self):
        require("fish")
        script = self.write("dndprof.fish", said("help", "--completion", "fish"))

        def offered(line):
            done = execute(["fish", "-c", f"source {script}; complete -C '{line}'"],
                           harness.environment(HOME=self.directory), cwd=self.directory)
            self.assertEqual((done.status, done.stderr), (0, b""))
            return [line.split("\t")[0] for line in done.stdout.decode().splitlines()]

        self.assertIn("run", offered("dndprof "))
        self.assertIn("json", offered("dndprof report --format "))
        self.assertLessEqual(set(options("report")), set(offered("dndprof report --")))

    def test_zsh(self):
        """In a real zsh on a terminal of its own, as its completion works nowhere else."""
        require("zsh")
        self.write("_dndprof", said("help", "--completion", "zsh"))
        script = self.write("driver", ZSH_DRIVER)
        for line, expected in (("dndprof ", ["validate", "report"]),
                               ("dndprof report --format ", ["markdown"]),
                               ("dndprof report --", options("report"))):
            done = execute(["zsh", "-f", script, self.directory, line, expected[-1]],
                           harness.environment(HOME=self.directory), cwd=self.directory)
            text = done.stdout.decode(errors="replace")
            for word in expected:
                self.assertIn(word, text)


# Types a line and a tab into an interactive zsh; prints what came, up to a word or ten seconds.
ZSH_DRIVER = r"""
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PS1=; fpath=($1 \$fpath); LISTMAX=1000; autoload -U compinit; compinit -u -d $1/dump; print rea''dy"
all=
wait_for() {
    repeat 100; do
        while zpty -r -t inner part; do all+=$part; done
        [[ $all != *$1* ]] || return
        sleep 0.1
    done
}
wait_for ready
all=
zpty -w -n inner "$2"$'\t'
wait_for $3
print -r -- "$all"
zpty -d inner
"""


if __name__ == "__main__":
    unittest.main()
