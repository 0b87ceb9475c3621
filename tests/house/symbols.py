#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shared library exports exactly what the installed headers declare, and the
version script says the same.

    symbols.py LIBRARY MAP HEADER...        checks
    symbols.py --print-map HEADER...        prints the version script as it should be
"""
import re
import subprocess
import sys


def declared(path):
    text = open(path, encoding="utf-8").read()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"(?:[^\n]*\\\n)*[^\n]*", lambda m: "" if m.group().lstrip().startswith("#") else m.group(), text)
    return set(re.findall(r"\b(ll_[a-z0-9_]+)\s*\(", text))


def exported(library):
    output = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    names = [line.split()[-1] for line in output.stdout.splitlines()]
    return {name.split("@")[0] for name in names} - {"LETTERLOCK_0"}


def listed(path):
    text = re.sub(r"/\*.*?\*/", " ", open(path, encoding="utf-8").read(), flags=re.S)
    return set(re.findall(r"\b(ll_[a-z0-9_]+);", text))


def print_map(names):
    print("/* SPDX-License-Identifier: LGPL-2.1-or-later */")
    print("/* Made by tests/house/symbols.py --print-map from the installed headers. */")
    print("LETTERLOCK_0 {\n  global:")
    for name in sorted(names):
        print(f"    {name};")
    print("  local:\n    *;\n};")


def complain(what, names):
    for name in sorted(names):
        print(f"{what}: {name}")
    return bool(names)


def main():
    if sys.argv[1] == "--print-map":
        print_map(set().union(*map(declared, sys.argv[2:])))
        return 0
    library, version_script, *headers = sys.argv[1:]
    wanted = set().union(*map(declared, headers))
    if len(wanted) < 20:
        print("hardly any function found in the headers: the test itself is broken")
        return 1
    bad = complain("declared but not in the version script", wanted - listed(version_script))
    bad |= complain("in the version script but not declared", listed(version_script) - wanted)
    bad |= complain("declared but not exported", wanted - exported(library))
    bad |= complain("exported but not declared", exported(library) - wanted)
    return int(bad)


sys.exit(main())
