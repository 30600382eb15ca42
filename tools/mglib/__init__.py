# SPDX-License-Identifier: MIT
"""The parts of tools/mg, one file for each idea. Python 3.9 or later, standard library only."""
