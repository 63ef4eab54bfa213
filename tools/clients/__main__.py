"""Generates the clients into build/clients. ``make clients`` calls it."""

import shutil

from tools.clients import BUILD, DOCUMENT, python, typescript
from tools.docs import ROOT

shutil.rmtree(BUILD, ignore_errors=True)  # an operation that is gone has no file any more
python(DOCUMENT, BUILD / "python")
typescript(DOCUMENT, BUILD / "typescript")
print(f"The clients are in {BUILD.relative_to(ROOT)}, in python and typescript.")
