"""Sums over what the commands write, to hold behaviour fixed while the code is redesigned.

    python -m tests.pinned            # all; status 1 where a sum differs from the stored one
    python -m tests.pinned --quick    # without the FTC's half year, which takes a minute
    python -m tests.pinned --write    # store what there is now

Each item has two sums. ``data`` leaves out sentences and the hash of the configuration;
``all`` leaves out nothing but how long a run took. Where a value is renamed on purpose,
`tests.pinned.sums.RENAMED` takes the new one back to the old before the sums are made.
"""
