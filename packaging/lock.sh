#!/bin/sh
# Locks the dependencies of pyproject.toml, with hashes, for all supported platforms and Pythons.
# Usage: packaging/lock.sh VENV
set -eu

"$1/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$1/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-annotate --no-header --extra central --group dev \
    pyproject.toml --output-file requirements/lock.txt
