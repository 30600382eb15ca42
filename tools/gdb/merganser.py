# SPDX-License-Identifier: MIT
"""The GDB package of Merganser: commands that speak of pages, areas and merges.

    make gdb                                              attaches to what `make debug` started
    gdb -q -batch -x tools/gdb/merganser.py -ex check …   works too, after `target remote`

`help merganser` lists the commands; each has its own help. The work is in mg/.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mg import commands  # noqa: E402

commands.register()
if sys.stdin.isatty():
    print("Merganser: `merganser` lists the commands of this package, `help NAME` tells of one")
