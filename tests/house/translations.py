#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every file with words for people is listed, and every language has all of them.

    translations.py ROOT XGETTEXT-OPTION...
"""
import pathlib
import re
import subprocess
import sys
import tempfile

CALL = re.compile(
    r"(?<![\w])(?:_|N_|ll_error_set|ll_text_new|ll_verdict_warn|ll_tell_format|ngettext)\s*\(\s*[^;]*?\"", re.S)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def entries(path):
    """(msgid, msgstr, fuzzy) of a PO file, joined into one line each."""
    text = run("msgcat", "--no-wrap", "--no-location", path).stdout
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        body = "\n".join(line for line in lines if not line.startswith("#"))
        match = re.search(r'^msgid (.*?)^msgstr (.*)', body, flags=re.M | re.S)
        if match:
            msgid, msgstr = ("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', part)) for part in match.groups())
            yield msgid, msgstr, fuzzy


def listed(root):
    lines = (root / "po/POTFILES").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def check_potfiles(root):
    names = listed(root)
    if names != sorted(set(names)):
        yield "po/POTFILES is not sorted, or names a file twice"
    for top in ["core", "keystore", "ui-bridge", "plugins"]:
        for path in sorted((root / top).rglob("*.c")):
            name = path.relative_to(root).as_posix()
            text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
            if CALL.search(text) and name not in names:
                yield f"{name} has words for people and is not in po/POTFILES"
    for name in names:
        if not (root / name).exists():
            yield f"{name} is in po/POTFILES and does not exist"


def extract(root, options, target):
    result = run("xgettext", "--from-code=UTF-8", f"--directory={root}", f"--files-from={root}/po/POTFILES",
                 f"--output={target}", *options)
    return result.returncode == 0


def conversions(text):
    return sorted(re.sub(r"\d\$", "", c) for c in re.findall(r"%(?:\d\$)?[a-z%]", text))


def check_language(root, template, language):
    path = root / f"po/{language}.po"
    result = run("msgfmt", "--check", "--output-file=/dev/null", path)
    if result.returncode != 0:
        yield f"msgfmt: {result.stderr.strip()}"
    have = {msgid: (msgstr, fuzzy) for msgid, msgstr, fuzzy in entries(path)}
    want = {msgid for msgid, _, _ in entries(template)} - {""}
    for msgid in sorted(want):
        msgstr, fuzzy = have.get(msgid, ("", False))
        if msgstr == "" or fuzzy:
            yield f"{language}: not translated: {msgid}"
        elif conversions(msgid) != conversions(msgstr):
            yield f"{language}: other arguments: {msgid}"
    for msgid in sorted(have.keys() - want - {""}):
        yield f"{language}: no longer used: {msgid}"
    if len(want) < 100:
        yield "hardly any sentence found: the test itself is broken"


def main():
    root, options = pathlib.Path(sys.argv[1]), sys.argv[2:]
    bad = list(check_potfiles(root))
    with tempfile.TemporaryDirectory() as directory:
        template = pathlib.Path(directory) / "letterlock.pot"
        if not extract(root, options, template):
            bad.append("xgettext failed")
        else:
            for language in (root / "po/LINGUAS").read_text().split():
                bad += check_language(root, template, language)
    print("\n".join(bad))
    return int(bool(bad))


sys.exit(main())
