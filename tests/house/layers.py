#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes only go down, and each foreign library has one home (design.md, "The house")."""
import pathlib
import re
import sys

CORE = ["core/base", "core/mime", "core/engine"]
ENGINES = ["core/engine/openpgp", "core/engine/smime"]

# A folder may include from these and from itself.  What is not named here is not allowed.
MAY_KNOW = {
    "core": CORE + ENGINES + ["core/message"],
    "core/base": [],
    "core/mime": ["core/base"],
    "core/engine": ["core/base", "core/mime"],
    "core/engine/openpgp": CORE,
    "core/engine/smime": CORE,
    "core/message": CORE,
    "core/sender": ["core/base", "core/mime"],
    "core/submit": ["core/base", "core/mime"],
    "keystore": CORE + ["core/engine/smime"],
    "ui-bridge": CORE + ENGINES + ["core/message", "keystore"],
    "plugins": ["core/base", "ui-bridge"],
}

HOMES = [
    (r"gpgme\.h", ["core/engine/openpgp"]),
    (r"gmime/", ["core/mime"]),
    (r"openssl/cms\.h", ["core/engine/smime"]),
    (r"openssl/", ["core", "keystore"]),
    (r"json-glib/", ["ui-bridge"]),
    (r"libsecret/", ["keystore"]),
    (r"curl/", ["core/submit", "keystore", "ui-bridge"]),
    (r"(locale|libintl|termios)\.h", ["ui-bridge"]),
]

# A library whose calls shall be in one file only, whichever it is.
ONE_FILE = [r"libsecret/", r"curl/"]


def sources(root):
    for top in ["core", "keystore", "ui-bridge", "plugins"]:
        yield from sorted(p for p in (root / top).rglob("*.[ch]"))


def folder_rule(folder):
    while folder not in MAY_KNOW:
        if "/" not in folder:
            return None
        folder = folder.rsplit("/", 1)[0]
    return MAY_KNOW[folder]


def is_private(name):
    return name.endswith("-private.h")


class Check:
    def __init__(self, root):
        self.root = root
        self.files = list(sources(root))
        self.homes = {}
        self.used = {}
        self.bad = []
        for path in self.files:
            if path.suffix == ".h":
                self.homes.setdefault(path.name, []).append(self.folder(path))

    def folder(self, path):
        return path.relative_to(self.root).parent.as_posix()

    def complain(self, path, text):
        self.bad.append(f"{path.relative_to(self.root)}: {text}")

    def own(self, path, name):
        here = self.folder(path)
        homes = self.homes.get(name)
        if homes is None:
            return self.complain(path, f'"{name}" is nowhere in the project')
        if len(homes) > 1:
            return self.complain(path, f'"{name}" exists in several folders: {homes}')
        if homes[0] == here:
            return None
        if is_private(name):
            return self.complain(path, f'"{name}" is private to {homes[0]}')
        rule = folder_rule(here)
        if rule is None or homes[0] not in rule:
            return self.complain(path, f'{here} must not know {homes[0]} ("{name}")')
        return None

    def foreign(self, path, name):
        here = self.folder(path)
        for pattern, homes in HOMES:
            if not re.match(pattern, name):
                continue
            if not any(here == home or here.startswith(home + "/") for home in homes):
                self.complain(path, f"<{name}> belongs to {homes}")
            for single in ONE_FILE:
                if re.match(single, name):
                    self.used.setdefault(single, set()).add(path)
            break

    def run(self):
        for path in self.files:
            for line in path.read_text(encoding="utf-8").splitlines():
                match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
                if match and match.group(1):
                    self.own(path, match.group(1))
                elif match:
                    self.foreign(path, match.group(2))
        for single, paths in self.used.items():
            if len(paths) > 1:
                self.bad.append(f"<{single}> is used in more than one file: {sorted(map(str, paths))}")
        return self.bad


def main():
    check = Check(pathlib.Path(sys.argv[1]))
    bad = check.run()
    print("\n".join(bad))
    print(f"{len(check.files)} files")
    return int(bool(bad) or len(check.files) < 20)


sys.exit(main())
