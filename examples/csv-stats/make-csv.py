"""Writes a CSV of about the given size in bytes (default 5,000,000) to stdout; the same one each time."""

import csv
import random
import sys

wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
chance = random.Random(7)
cities = ["Madrid", "Porto", "Lyon, Rhône", 'The "Hague"', "Zürich", ""]
written = 0


class Counted:
    def write(self, text):
        global written
        written += len(text.encode())
        sys.stdout.buffer.write(text.encode())


out = csv.writer(Counted())
out.writerow(["id", "city", "amount", "day", "note"])
row = 0
while written < wanted:
    row += 1
    day = f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    out.writerow([row, chance.choice(cities), round(chance.gauss(100, 15), 2), day, "x" * chance.randint(0, 20)])
