# SPDX-License-Identifier: MIT
"""Proves that a panic's call chain says file and line on the host, and names inlined functions.

suite: test
cpus: 2
"""

import os
import re
import sys
from dataclasses import replace

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import Checks, ROOT  # noqa: E402

from mglib import build, bundle, config, qemu, source, symbols  # noqa: E402

CHAIN = re.compile(r"\]   ([\w.]+)(?:\+0x[0-9a-f]+)? +(\S+):(\d+)( \(inlined\))?$", re.MULTILINE)

INLINED = ["zap_pte", "zap_table", "zap", "zap_range"]  # each in the next


def report_of(setting: config.Config) -> str:
    """The kernel's log when the address sanitizer has stopped it."""
    boot = qemu.Boot(setting.out / "kernel.elf", bundle.boot_bundle(setting.out, ["bin/true"]),
                     "scanner=none kasan=overrun")
    return qemu.run(boot, len, len).log


def check_chain(checks: Checks, setting: config.Config) -> None:
    """Each function of the chain stands where the source says that it does."""
    log = report_of(setting)
    rows = CHAIN.findall(log)
    checks.equal("the functions of the chain", [row[0] for row in rows],
                 ["report_access", "kasan_trial", "boot_thread", "thread_entry",
                  "x86_thread_start"])
    for name, path, line, _ in rows[:-1]:
        spans = [range(f.first, f.last + 1) for f in source.functions((ROOT / path).read_text())
                 if f.name == name]
        checks.equal(f"{path}:{line} is in {name}()", [int(line) in span for span in spans], [True])
    checks.equal("the sentence ends with a place",
                 bool(re.search(r"kernel panic: .* \(kernel/sched/kasan_test\.c:\d+\)$", log,
                                re.MULTILINE)), True)


def check_inlined(checks: Checks, setting: config.Config) -> None:
    """Of an address in zap_range() that is zap_pte()'s the log says both, the inner one first."""
    kernel = setting.out / "kernel.elf"
    functions = symbols.function_addresses(kernel)
    start = functions["zap_range"]
    end = min(address for address in functions.values() if address > start)
    at = symbols.lookup(kernel, [hex(address) for address in range(start, end)])
    found = next((int(address, 16) - start for address, frames in at.items()
                  if [frame.function for frame in frames][-4:] == INLINED), 0)
    said = symbols.annotate(f"[   1.000000]   zap_range+0x{found:x}\n", kernel)
    rows = CHAIN.findall(said)
    checks.equal("frames of one address", [row[0] for row in rows][-4:], INLINED)
    checks.equal("marked as inlined", [bool(row[3]) for row in rows][-4:],
                 [True, True, True, False])
    checks.equal("a log without addresses", symbols.annotate("a+b\nc", kernel), "a+b\nc")


def main() -> None:
    """Both variants that it needs are those of the suite."""
    checks = Checks()
    setting = replace(config.from_environment(), kasan=1)
    build.build_all(setting, quiet=True)
    check_chain(checks, setting)
    check_inlined(checks, setting)
    checks.finish()


if __name__ == "__main__":
    main()
