"""Reading into declared types from several threads at once."""

from __future__ import annotations

import subprocess
import sys

MANY_FIRST_READINGS = """
import sys
import threading
import types
from agentdesk.decoding import convert, decode_json

sys.setswitchinterval(1e-6)
SOURCE = '''
from __future__ import annotations
from typing import Annotated
import msgspec

class Leaf(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(pattern='^[a-z]{1,%d}$')]
    below: list[Branch] | None = None

class Branch(msgspec.Struct):
    count: int = 0
    leaf: Leaf | None = None

class Tree(msgspec.Struct):
    branches: list[Branch]
    leaves: dict[str, Leaf]
'''
READ = []
for number in range(300):
    module = types.ModuleType(f"grown{number}")
    sys.modules[module.__name__] = module
    exec(SOURCE % (number + 1), module.__dict__)
    together = threading.Barrier(4)

    def read(kind=module.Tree, part=module.Branch):
        together.wait()
        text = b'{"branches":[{"leaf":{"name":"a"}}],"leaves":{"x":{"name":"b"}}}'
        READ.append(decode_json(text, kind).leaves["x"].name)
        READ.append(convert({"count": 2}, part).count)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
print(len(READ))
"""


def test_types_may_be_read_first_by_several_threads_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_FIRST_READINGS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "2400"), done.stderr[-2_000:]
