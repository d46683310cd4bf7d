"""Files of labels: CSV as people and ``weathervane simulate`` write it, and JSON Lines.

All of a file or nothing: a problem in one line leaves no label of the others.
"""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from streams.alerts.label import Label, decode_label, encode_label
from streams.analysis.labels.rows import ALERT_COLUMNS, WINDOW_COLUMNS, Rows, UnusableRow, quoted
from streams.analysis.labels.windows import Placed, contradictory, repeated, standing
from streams.archive.atomic_files import output_file


class LabelsUnreadable(Exception):
    """A file of labels cannot be read at all."""


class LabelProblems(ValueError):
    """A file holds records that are not labels; `problems` has a line for each, with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LabelFile:
    """What a file holds, in its order.

    Attributes
    ----------
    labels
        All of them.
    notes
        What a user must know of how it was read.
    places
        Where each label stands, by its id: ``labels.csv:3``.
    """

    labels: tuple[Label, ...]
    notes: tuple[str, ...]
    places: Mapping[str, str]


def read_labels(path: Path, *, timezone: str, at: dt.datetime, by: str | None = None) -> LabelFile:
    """Read a file of labels: JSON Lines where its first character is ``{``, else CSV.

    CSV has the columns ``alert_id,label`` and maybe ``note``, or ``entity,start,end`` and maybe
    ``signal,label,kind,note``. A date is that day, from midnight to midnight in `timezone`: as
    an end, too, so that a window of days ends with its last. A window without a label is true;
    one of kind ``campaign`` that names no signal is expected.

    JSON Lines are labels as the topic holds them, a log: a later one replaces an earlier one.
    Where windows of a log contradict each other a note says so, since each was right when it was
    written; a table of CSV is edited as a whole, and there it is a problem.

    Parameters
    ----------
    path
        The file.
    timezone
        Of times without a zone.
    at, by
        Time and author for the rows of a CSV file; JSON Lines hold their own.

    Raises
    ------
    LabelsUnreadable
        Where it cannot be opened.
    LabelProblems
        Where anything in it is wrong, with every problem.
    """
    try:
        with path.open("rb") as file:
            if file.peek(1)[:1] == b"{":
                return _read_json(path, file)
            return _read_csv(path, file, Rows(timezone, at, by))
    except OSError as error:
        raise LabelsUnreadable(f"{path}: must be a file to read; {error.strerror}") from None


def append_labels(path: Path, labels: Iterable[Label]) -> None:
    """Add labels to a file of JSON Lines: all of them or, whatever happens meanwhile, none.

    Raises
    ------
    LabelProblems
        Where the file is there and holds anything but labels.
    OSError
        Where it cannot be written.
    """
    lines = b"".join(encode_label(label) + b"\n" for label in labels)
    with _alone_in(path.resolve().parent):
        before = b""
        if path.exists():
            before = path.read_bytes()
            _read_json(path, BytesIO(before))
        # The last line may have lost its end in an editor.
        lead = b"" if before.endswith(b"\n") or not before else b"\n"
        with output_file(path) as file:
            file.write(before + lead + lines)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other commands that add labels waiting: each writes the whole file anew."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read_json(path: Path, file: BinaryIO) -> LabelFile:
    problems: list[tuple[int, str]] = []
    placed: dict[str, Placed] = {}
    for line, raw in enumerate(file, 1):
        if not raw.strip():
            continue
        try:
            label = decode_label(raw)
        except ValueError as error:
            problems.append((line, f"must be a label; {error}"))
        else:
            placed.setdefault(label.label_id, (line, label))
    labels = [label for _, label in placed.values()]
    _refuse(path, problems)
    notes = [
        f"{path.name}: lines {first} and {second} say different things of {words}"
        " at one time; true goes before false, false before expected"
        for first, second, words in contradictory(
            placed[label.label_id] for label in standing(labels)
        )
    ]
    return LabelFile(tuple(labels), tuple(notes), _places(path, placed.values()))


def _read_csv(path: Path, file: BinaryIO, rows: Rows) -> LabelFile:
    problems: list[tuple[int, str]] = []
    placed: list[Placed] = []
    # Bytes that are not UTF-8 are kept as they are, so that their line can be named.
    with TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = _records(text)
        _, header = next(lines, (1, []))
        if isinstance(header, str):
            raise LabelProblems([f"{path.name}:1: {header}"])
        columns = [column.strip() for column in header]
        problems += ((1, problem) for problem in _of_header(columns))
        _refuse(path, problems)
        for line, fields in lines:
            row = fields if isinstance(fields, str) else _row(columns, fields)
            if isinstance(row, str):
                problems.append((line, row))
                continue
            try:
                placed.append((line, rows.label(row)))
            except UnusableRow as error:
                problems += ((line, problem) for problem in error.problems)
    problems += repeated(placed)
    problems += (
        (
            second,
            "start and end must not overlap a window of the same entity and signal with another"
            f" label; got {words} in line {first} too",
        )
        for first, second, words in contradictory(placed)
    )
    _refuse(path, problems)
    labels = tuple(label for _, label in placed)
    notes = tuple(f"{path.name}: {note}" for note in rows.notes())
    return LabelFile(labels, notes, _places(path, placed))


def _records(file: TextIO) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record with the line in which it begins, or what is wrong with it."""
    reader, line = csv.reader(file, strict=True), 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            # After a wrong quote it is not known where the next record begins.
            yield line, f"must be CSV; {error}"
            return
        if fields is None:
            return
        if fields:
            yield line, fields
        line = reader.line_num + 1


def _of_header(columns: list[str]) -> Iterator[str]:
    known = ALERT_COLUMNS if "alert_id" in columns else WINDOW_COLUMNS
    if not any(column in {**ALERT_COLUMNS, **WINDOW_COLUMNS} for column in columns):
        yield (
            "header must name the columns alert_id and label, or entity, start and end, separated"
            f" by commas; got {quoted(','.join(columns))}"
        )
        return
    for column, needed in known.items():
        if needed and column not in columns:
            yield f"header must name a column {column}; got {quoted(','.join(columns))}"
        if columns.count(column) > 1:
            yield f"header must name {column} once; got it {columns.count(column)} times"
    for column in dict.fromkeys(columns):
        if column not in known:
            yield f"header must name no other columns than {', '.join(known)}; got {quoted(column)}"


def _row(columns: list[str], fields: list[str]) -> Mapping[str, str] | str:
    if len(fields) != len(columns):
        return f"row must have {len(columns)} fields, as the header; got {len(fields)}"
    if any("\udc80" <= character <= "\udcff" for field in fields for character in field):
        return "row must be UTF-8; got other bytes"
    return dict(zip(columns, (field.strip() for field in fields), strict=True))


def _places(path: Path, placed: Iterable[Placed]) -> dict[str, str]:
    return {label.label_id: f"{path.name}:{line}" for line, label in placed}


def _refuse(path: Path, problems: list[tuple[int, str]]) -> None:
    if problems:
        raise LabelProblems([f"{path.name}:{line}: {said}" for line, said in sorted(problems)])
