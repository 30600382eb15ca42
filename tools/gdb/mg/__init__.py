# SPDX-License-Identifier: MIT
"""The parts of the GDB package, one file for each idea.

    kernel      constants, memory and containers of the stopped kernel
    table       columns of text
    process     processes, and what the CPUs run
    space       address spaces: areas, page tables, the entries in words
    pages       struct page, in words
    rmap        the reverse map: from a page to its entries
    merging     stable nodes, candidates, the scanner's lists
    check       the invariants, re-derived
    events      counters, stops at events
    walk        merge-walk: one merge, step by step
    commands    what can be typed
"""
