"""Reading a stranger's Excel file in a process of its own, with little memory and little time.

A file of 1 KB may claim a cell in its last row and column; the reader then asks for more memory than there is, and ends
its process. That must not be the server's.
"""

import io
import resource
import subprocess
import sys

import msgspec
import python_calamine

from server.foundation.refusal import Refusal

MEMORY = 1024 * 1024 * 1024
SECONDS = 20
MOST_SHEETS = 2
Table = list[list[str]]


def tables(content: bytes, most_rows: int) -> list[Table]:
    """The first two sheets as text, at most `most_rows` rows each. Refusal: input.invalid at "file"."""
    command = [sys.executable, "-m", "server.facilities.excel", str(most_rows)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=2 * SECONDS, check=True)
        return msgspec.json.decode(done.stdout, type=list[Table])
    except (subprocess.SubprocessError, msgspec.DecodeError) as error:
        raise Refusal("input.invalid", reason="Excel").at("file") from error


def text(cell: object) -> str:
    """A cell as somebody would type it: 80.0 is 80."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell if cell is not None else "").strip()


def _read(most_rows: int) -> list[Table]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = [book.get_sheet_by_index(place) for place in range(min(MOST_SHEETS, len(book.sheet_names)))]
    return [[[text(cell) for cell in row] for row in sheet.to_python(nrows=most_rows)] for sheet in sheets]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(msgspec.json.encode(_read(int(sys.argv[1]))))
