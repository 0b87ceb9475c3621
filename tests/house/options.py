#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each option of each command stands in --help and in the manual page, and nothing else does.

    options.py PROGRAM MANPAGE
"""
import os
import re
import subprocess
import sys


def help_of(program, *words):
    env = dict(os.environ, LC_ALL="C", LANGUAGE="")
    result = subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True, env=env)
    return result.stdout


def options_of(text):
    """{"--protocol": "-p", "--raw": None, ...}"""
    found = re.findall(r"^  (?:(-\w), )?(--[a-z][a-z-]*)", text, flags=re.M)
    return {name: letter or None for letter, name in found}


def commands_of(text):
    block = text.split("Commands:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  ([a-z]+) ", block, flags=re.M)


def manual(path):
    """(options of the whole page, {command: its options}).  A heading names the commands it is for."""
    everywhere, by_command, current = {}, {}, []
    for line in open(path, encoding="utf-8"):
        heading = re.match(r"\.S[hs] (.*)", line)
        if heading:
            current = re.findall(r"\b[a-z]+\b", heading.group(1)) if heading.group(1).startswith("Options of") else []
        item = re.match(r"\.It (?:Fl (\w) , )?Fl -([a-z][a-z-]*)", line)
        if item:
            letter = f"-{item.group(1)}" if item.group(1) else None
            everywhere[f"--{item.group(2)}"] = letter
            for command in current:
                by_command.setdefault(command, {})[f"--{item.group(2)}"] = letter
    return everywhere, by_command


def compare(what, told, written):
    for name in sorted(told.keys() - written.keys()):
        yield f"{what}: {name} is missing in the manual page"
    for name in sorted(written.keys() - told.keys()):
        yield f"{what}: {name} is in the manual page only"
    for name in sorted(told.keys() & written.keys()):
        if told[name] != written[name]:
            yield f"{what}: {name} has the short form {told[name]} but the manual page says {written[name]}"


def main():
    program, page = sys.argv[1:3]
    top = help_of(program)
    everywhere, by_command = manual(page)
    general = options_of(top)
    bad = list(compare("letterlock", general, by_command.get("every", {})))
    text = open(page, encoding="utf-8").read()
    commands = commands_of(top)
    for command in commands:
        special = {k: v for k, v in options_of(help_of(program, command)).items() if k not in general}
        bad += compare(command, special, by_command.get(command, {}))
        if not re.search(rf"^\.It Cm {command}\b", text, flags=re.M):
            bad.append(f"{command} is not described")
    print("\n".join(bad))
    return int(bool(bad) or len(commands) < 5 or len(everywhere) < 20)


sys.exit(main())
