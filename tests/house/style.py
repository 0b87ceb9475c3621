#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Licence line in every source file, functions of at most 80 lines, files of at most 600,
no banned functions, and no voice of its own in the library (models.md, "House style")."""
import pathlib
import re
import sys

SUFFIXES = {".c", ".h", ".py", ".sh", ".rs", ".build", ".1", ".5"}
TOPS = ["core", "keystore", "ui-bridge", "plugins", "tests", "po"]
LONGEST_FUNCTION = 80
LONGEST_FILE = 600
BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "gets", "popen", "tmpnam", "mktemp", "alloca", "goto"]
# main programs of core speak for themselves: the gpg guard has no storey above it
VOICE = ["printf", "fprintf", "puts", "fputs", "g_print", "g_printerr", "exit", "setlocale", "gettext"]
PROGRAMS = {"core/engine/openpgp/ll-guard.c"}


def files(root):
    for top in TOPS:
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and (path.suffix in SUFFIXES or path.name.startswith("meson")):
                yield path


def strip(text):
    """Comments and strings away, line ends kept."""
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, lambda m: '""' + "\n" * m.group().count("\n"), text, flags=re.S)


def functions(lines):
    """GNU style: a body is what stands between braces in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            yield start, number - start + 1
            start = None


def check_c(name, text):
    code = strip(text)
    lines = code.splitlines()
    for start, length in functions(lines):
        if length > LONGEST_FUNCTION:
            yield f"{name}:{start}: function of {length} lines"
    if len(lines) > LONGEST_FILE:
        yield f"{name}: {len(lines)} lines"
    words = list(BANNED)
    if name.startswith("core/") and name not in PROGRAMS:
        words += VOICE
    for word in words:
        if re.search(rf"(?<![\w.>]){word}\b(?=\s*\(|\s+\w+;)", code):
            yield f"{name}: uses {word}"
    if name.endswith(".h") and "#pragma once" not in text:
        yield f"{name}: no #pragma once"


def check(root, path):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    if "SPDX-License-Identifier: " not in "\n".join(text.splitlines()[:2]):
        yield f"{name}: no SPDX line"
    if path.suffix in {".c", ".h"} and not name.startswith("tests/"):
        yield from check_c(name, text)


def main():
    root = pathlib.Path(sys.argv[1])
    n, bad = 0, []
    for path in files(root):
        n += 1
        bad += check(root, path)
    print("\n".join(bad))
    print(f"{n} files")
    return int(bool(bad) or n < 50)


sys.exit(main())
