"""All rules on names and layout together."""

from __future__ import annotations

from tests.rules import first_reads, layout, names, waits
from tests.rules.offence import Offence
from tests.rules.source import FOLDERS, modules

RULES = (
    names.module_names,
    names.lasting_names,
    names.repeated_classes,
    names.idle_bases,
    layout.long_modules,
    layout.full_folders,
    layout.loose_modules,
    layout.silent_modules,
    layout.strayed_tests,
    layout.untested_packages,
    waits.wall_clock_limits,
    first_reads.structs_read_in_functions,
)


def offences() -> list[Offence]:
    """Find all offences of the tree, in the order of their places."""
    everything = modules(*FOLDERS)
    return sorted(offence for rule in RULES for offence in rule(everything))
