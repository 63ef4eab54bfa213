"""Importing all of the product, once in each process."""

import gc
import importlib


def load(*modules: str) -> None:
    """Set Django up, and import these modules too.

    What is imported stays, so it is not looked at for garbage: neither meanwhile, which takes a third of the
    time, nor later, which in a forked process would copy all of it.
    """
    gc.disable()
    try:
        import django

        django.setup()
        for module in modules:
            importlib.import_module(module)
        gc.freeze()
    finally:
        gc.enable()
