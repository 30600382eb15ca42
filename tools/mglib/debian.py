# SPDX-License-Identifier: MIT
"""Sources of Debian packages: fetched by a private apt, unpacked as their authors published them.

apt gets a configuration, lists and a cache of its own below build/debian, with the machine's own
mirrors turned from `deb` into `deb-src`; nothing of the system changes. What was fetched once is
used again.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
from pathlib import Path
from typing import Sequence

from mglib.config import MgError, ROOT

FOLDER = ROOT / "build/debian"
ETC = Path("/etc/apt")


def codename() -> str:
    """The name of the release, "bookworm" for instance."""
    match = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M)
    if not match:
        raise MgError("this is neither Debian nor one of its children: no VERSION_CODENAME")
    return match[1]


def stanzas() -> list[str]:
    """The machine's own sources in deb822 form, as they are."""
    found = []
    for path in sorted([*ETC.glob("*.sources"), *ETC.glob("sources.list.d/*.sources")]):
        plain = re.sub(r"^#.*\n", "", path.read_text(), flags=re.M)
        found += [stanza for stanza in re.split(r"\n\s*\n", plain) if stanza.strip()]
    pattern = re.compile(r"^deb(?:-src)?\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.+)$", re.M)
    for path in sorted([*ETC.glob("sources.list"), *ETC.glob("sources.list.d/*.list")]):
        for options, uri, suite, components in pattern.findall(path.read_text()):
            signed = re.search(r"signed-by=(\S+)", options)
            key = f"Signed-By: {signed[1]}\n" if signed else ""
            found.append(f"Types: deb\nURIs: {uri}\nSuites: {suite}\n"
                         f"Components: {components.split('#')[0]}\n{key}")
    return found


def source_list(kind: str) -> str:
    """The stanzas of the release itself, for sources ("deb-src") or packages ("deb")."""
    suite = re.compile(rf"^Suites:.*\b{codename()}(-\w+)*(\s|$)", re.M)
    own = [re.sub(r"^Types:.*$", f"Types: {kind}", stanza.strip(), flags=re.M)
           for stanza in stanzas()
           if suite.search(stanza) and re.search(r"^Components:.*\bmain\b", stanza, re.M)]
    own = [stanza for stanza in own if not re.search(rf"^Suites:.*-{codename()}\b", stanza, re.M)]
    return "\n\n".join(dict.fromkeys(own)) + "\n"


def apt_get(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs the private apt in its folder."""
    options = {"Dir::Etc::SourceList": FOLDER / "sources.sources", "Dir::Etc::SourceParts": "-",
               "Dir::State": FOLDER / "state", "Dir::Cache": FOLDER / "cache",
               "APT::Sandbox::User": "root"}
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return subprocess.run(["apt-get", "-q", *settings, *words], cwd=FOLDER, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def update(kind: str) -> str:
    """Makes apt know what there is of this kind; what it said."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    (FOLDER / "sources.sources").write_text(source_list(kind))
    return apt_get("update").stdout


def fetch(package: str, version: str) -> Path:
    """Downloads the source package; its .dsc file."""
    said = update("deb-src")
    wanted = f"{package}={version}" if version else package
    done = apt_get("source", "--download-only", wanted)
    found = sorted(FOLDER.glob(f"{package}_*.dsc"))
    if done.returncode or not found:
        raise MgError(f"apt-get source {wanted} failed:\n{said}{done.stdout}")
    return found[-1]


def source(package: str, version: str = "") -> Path:
    """The folder with the sources of a package, without Debian's own patches."""
    for tool in ("apt-get", "dpkg-source"):
        if not shutil.which(tool):
            raise MgError(f"{tool} is missing: run tools/setup (on Debian or Ubuntu)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / f"{package}{f'-{version}' if version else ''}"
    with open(FOLDER / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            unfinished = FOLDER / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            done = subprocess.run(["dpkg-source", "--skip-patches", "--no-check", "-x",
                                   str(fetch(package, version)), str(unfinished)], text=True,
                                  capture_output=True, check=False)
            if done.returncode:
                raise MgError(f"dpkg-source failed:\n{done.stdout}{done.stderr}")
            unfinished.rename(folder)
    return folder


def linux_sources(version: str, wanted: Sequence[str]) -> Path:
    """The folder with some files of Linux, out of the package of its sources (large)."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    package = f"linux-source-{version}"
    folder = FOLDER / package
    with open(FOLDER / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all((folder / name).exists() for name in wanted):
            said = update("deb") + apt_get("download", package).stdout
            names = " ".join(f"'{package}/{name}'" for name in wanted)
            command = (f"dpkg-deb --fsys-tarfile {package}_*.deb |"
                       f" tar -xOf - ./usr/src/{package}.tar.xz | tar -xJf - {names}")
            done = subprocess.run(command, shell=True, cwd=FOLDER, text=True,
                                  capture_output=True, check=False)
            for archive in FOLDER.glob(f"{package}_*.deb"):
                archive.unlink()
            if done.returncode:
                raise MgError(f"{package} could not be fetched and unpacked:\n{said}{done.stderr}")
    return folder


def installed(package: str) -> str:
    """The version of the source package from which an installed package was made."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${source:Version}", package],
                          capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        raise MgError(f"{package} is not installed: run tools/setup")
    return done.stdout
