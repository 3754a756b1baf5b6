"""Loads a module that was compiled in place of its source."""

import importlib
import importlib.machinery
import importlib.util
import operator
import os
import sys

MODULE = @module@
SOURCE = @source@
EXTENSION = @extension@
FOLDER = @folder@
CALLABLE = @callable@


class Loader(importlib.machinery.ExtensionFileLoader):
    def exec_module(self, module):
        # Where code looks for files that lie beside it.
        module.__file__ = SOURCE
        super().exec_module(module)


def beside(name):
    """An extension beside that of the module: a package whose modules are elsewhere finds none of its parts here."""
    folder = os.path.dirname(EXTENSION)
    return os.path.join(folder, next(file for file in os.listdir(folder) if file.startswith(name + ".")))


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == MODULE:
            return importlib.util.spec_from_file_location(name, EXTENSION, loader=Loader(name, EXTENSION))
        if name == MODULE + "__mypyc":
            return importlib.util.spec_from_file_location(name, beside(name.rpartition(".")[2]))
        return None


sys.meta_path.insert(0, Finder)
# What extensions of a package share lies at the top.
sys.path.append(FOLDER)
call = operator.attrgetter(CALLABLE)(importlib.import_module(MODULE))
