"""By which names modules are imported, and from which folders."""

import os

from folders import above, name, parent
from testing import is_test


class Names:
    """Folders for `sys.path`, and the module that each file is."""

    def __init__(self, tree, sources, declared):
        self.files, self.declared = set(tree.files), declared
        self.packages = {parent(path) for path in tree.files if name(path) == "__init__.py"}
        self.imported = {}
        for source in sources.values():
            for one in source.imported:
                self.imported[one] = self.imported.get(one, 0) + 1
        self.roots = {}
        self.modules = {}
        self.collisions = {}
        named = {path: (root, module) for path in tree.files if (module := module_of(path, root := self.root_of(path))) is not None}
        winners = self.winners(named)
        for path, (root, module) in named.items():
            top = module.partition(".")[0]
            winner = winners.get(top, root)
            if is_test(path) or winner == root or self.is_namespace(root, top):
                self.modules[path] = (root, module)
            else:
                self.collisions.setdefault(top, (winner, root))

    def winners(self, named):
        """Of several folders with modules of one name the one whose modules are found: a declared one rather than any, then the nearest."""
        found = {}
        for path, (root, module) in named.items():
            if not is_test(path):
                found.setdefault(module.partition(".")[0], {})[root] = None
        rank = lambda root: (root not in self.declared.roots, is_aside_root(root), root.count("/"), root)
        return {top: min(roots, key=rank) for top, roots in found.items()}

    def is_namespace(self, root, top):
        """Whether a folder holds a part of a namespace package, which has other parts elsewhere."""
        folder = f"{root}/{top}" if root else top
        return folder not in self.packages and f"{folder}.py" not in self.files

    def root_of(self, path):
        folder = parent(path)
        # Of regular packages the outermost.
        while folder in self.packages and folder:
            folder = parent(folder)
        first = path[len(folder) :].strip("/").partition("/")[0].removesuffix(".py")
        if (folder, first) not in self.roots:
            self.roots[folder, first] = self.choose(folder, first)
        return self.roots[folder, first]

    def choose(self, folder, first):
        """The folder that Python finds a module or package in `folder` from: itself, or one above, whose part of a namespace it is."""
        up = [folder, *above(folder)]
        project = next((one for one in up if one in self.declared.projects), "")
        up = up[: up.index(project) + 1]
        up = [one for one in up if all(part.isidentifier() for part in folder[len(one) :].split("/") if part)]
        for one in up:
            # That packages are in the project's own folder doesn't say that the folders in it are parts of namespaces.
            if one in self.declared.roots and (one == folder or one != project):
                return one
        for one in up:
            if name(one) == "src":
                return one
        scores = [(self.evidence(one, folder, first), one) for one in up]
        best = max(score for score, _ in scores)
        if best:
            return next(one for score, one in scores if score == best)
        return folder

    def evidence(self, root, folder, first):
        """How often others import what is in a folder by the name that it has from `root`."""
        parts = [part for part in folder[len(root) :].split("/") if part]
        prefix = ".".join([*parts, first] if first != "__init__" else parts)
        if prefix in self.declared.dotted:
            return 1 << 30
        inner = ".".join(parts) + "." if parts else ""
        siblings = (one for one in self.imported if one == prefix or one.startswith(prefix + ".") or (inner and one.startswith(inner)))
        return sum(self.imported[one] for one in siblings)


# Folders of files that are there to be read by people, or run by themselves.
ASIDE = {"asv_bench", "benchmark", "benchmarks", "doc", "docs", "example", "examples", "samples", "script", "scripts", "tools"}


def is_aside_root(root):
    return any(part in ASIDE for part in root.split("/"))


def module_of(path, root):
    """The dotted name of a file from a root; None where Python has none."""
    parts = path[len(root) :].strip("/").removesuffix(".py").split("/")
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts) if all(part.isidentifier() for part in parts) and parts not in (["__init__"], ["__main__"]) else None


class Functions:
    """Functions by their absolute names, also those that packages only pass on."""

    def __init__(self, sources, modules):
        self.sources = {module: sources[path] for path, (_, module) in modules.items() if path in sources}
        self.files = {module: path for path, (_, module) in modules.items()}
        self.defined = {module: {one["name"] for one in source.functions} for module, source in self.sources.items()}

    def resolve(self, dotted, depth=8):
        """`module:function` of an absolute name; None where it's nothing of the project's, or can't be told."""
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module, rest = ".".join(parts[:cut]), ".".join(parts[cut:])
            if module not in self.sources:
                continue
            if rest in self.defined[module]:
                return f"{module}:{rest}"
            if not depth:
                return None
            source, first = self.sources[module], parts[cut]
            behind = "".join(f".{part}" for part in parts[cut + 1 :])
            candidates = [source.aliases[first]] if first in source.aliases else [f"{star}.{first}" if not star.endswith(".") else star + first for star in source.stars]
            for candidate in candidates:
                found = self.resolve(self.absolute(module, candidate) + behind, depth - 1)
                if found:
                    return found
            return None
        return None

    def absolute(self, module, text):
        level = len(text) - len(text.lstrip("."))
        if not level:
            return text
        is_package = os.path.basename(self.files[module]) == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - level + (1 if is_package else 0)]
        return ".".join([*parts, text.lstrip(".")])
