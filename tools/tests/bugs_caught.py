# SPDX-License-Identifier: MIT
"""Every defect of the gallery, put back, makes one of the tests fail that it names.

suite: all
timeout: 3600
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import ROOT  # noqa: E402

sys.exit(subprocess.run([str(ROOT / "tools/bugs/prove")], check=False).returncode)
