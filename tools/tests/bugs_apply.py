# SPDX-License-Identifier: MIT
"""Every defect of the gallery still applies to the tree as it stands.

suite: test
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from support import ROOT  # noqa: E402

sys.exit(subprocess.run([str(ROOT / "tools/bugs/prove"), "--check"], check=False).returncode)
