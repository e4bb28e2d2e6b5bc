"""Statistics of a posted CSV, one object a column. Standard library only."""

import csv
import io
import math
from collections import Counter

DISTINCT_MOST = 10_000
DELIMITERS = ",;\t|"


def handler(event, ctx):
    text = text_of(event)
    if text is None or not text.strip():
        return {"error": "post a CSV with a header line, as content-type text/csv"}, 400
    csv.field_size_limit(len(text) + 1)
    delimiter = delimiter_of(text)
    # newline="" leaves line ends inside quoted fields as they are.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [Column(name) for name in unique_names(next(rows))]
    count = ragged = 0
    for row in rows:
        if not row:
            continue
        count += 1
        ragged += len(row) != len(columns)
        for column, cell in zip(columns, row):
            column.add(cell.strip())
    ctx.log.info("csv read", {"rows": count, "columns": len(columns), "ragged": ragged})
    return {
        "rows": count,
        "raggedRows": ragged,
        "delimiter": delimiter,
        "columns": [column.summary(count) for column in columns],
    }


def text_of(event):
    """The platform hands over text as str and what is not UTF-8 as bytes; spreadsheets write the latter in Windows-1252."""
    if isinstance(event, (bytes, bytearray)):
        event = bytes(event).decode("cp1252", errors="replace")
    return event.removeprefix("\ufeff").lstrip("\r\n") if isinstance(event, str) else None


def delimiter_of(text):
    """The delimiter that the header line has most of; quoted parts do not count."""
    header = "".join(text.split("\n", 1)[0].split('"')[::2])
    return max(DELIMITERS, key=header.count)


def unique_names(header):
    """Column names, with empty and repeated ones numbered."""
    seen = Counter()
    names = []
    for position, raw in enumerate(header, start=1):
        name = raw.strip() or f"column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


class Column:
    """What is known of one column after each cell: numbers by Welford's method, so that large sums lose no digits."""

    def __init__(self, name):
        self.name = name
        self.filled = 0
        self.numbers = []
        self.mean = 0.0
        self.squares = 0.0
        self.longest = 0
        self.values = Counter()
        self.overflowed = False

    def add(self, cell):
        if cell == "":
            return
        self.filled += 1
        self.longest = max(self.longest, len(cell))
        if cell in self.values or len(self.values) < DISTINCT_MOST:
            self.values[cell] += 1
        else:
            self.overflowed = True
        number = number_of(cell)
        if number is None:
            return
        self.numbers.append(number)
        delta = number - self.mean
        self.mean += delta / len(self.numbers)
        self.squares += delta * (number - self.mean)

    def summary(self, rows):
        shown = {
            "name": self.name,
            "type": self.type(),
            "filled": self.filled,
            "empty": rows - self.filled,
            "distinct": len(self.values),
            "distinctIsAtLeast": self.overflowed,
        }
        if shown["type"] == "number":
            return {**shown, **self.number_summary()}
        top = [{"value": value, "count": count} for value, count in self.values.most_common(5)]
        return {**shown, "longest": self.longest, "top": top}

    def type(self):
        if self.filled == 0:
            return "empty"
        return "number" if len(self.numbers) == self.filled else "text"

    def number_summary(self):
        numbers = sorted(self.numbers)
        middle = len(numbers) // 2
        median = numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
        deviation = math.sqrt(self.squares / (len(numbers) - 1)) if len(numbers) > 1 else 0.0
        found = {"min": numbers[0], "max": numbers[-1], "mean": self.mean, "median": median, "deviation": deviation}
        # Sums of numbers near the end of the range overflow; infinity is not JSON.
        return {key: value if math.isfinite(value) else None for key, value in found.items()}


def number_of(cell):
    """The number a cell holds, or None. `nan`, `inf` and Python's `1_000` are texts here."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in cell else None
