"""What the files of a project's own tools declare: names, folders of packages, console scripts."""

import ast
import configparser
import tomllib

from folders import name, parent
from source import dotted


class Declared:
    def __init__(self):
        # Folders that packages are declared to be in, relative to the base; "" is the base itself.
        self.roots = []
        # Names of packages that are declared to be namespaces' parts: `acme.billing`.
        self.dotted = set()
        self.scripts, self.names, self.requirements, self.projects = [], [], [], []
        # What makes native modules of it.
        self.builds = []

    def root(self, project, folder):
        folder = "/".join(part for part in f"{project}/{folder}".split("/") if part not in ("", "."))
        if ".." not in folder.split("/") and folder not in self.roots:
            self.roots.append(folder)


def declared(tree):
    found = Declared()
    for path in sorted(tree.marks, key=lambda mark: (mark.count("/"), mark)):
        project = parent(path)
        if project not in found.projects:
            found.projects.append(project)
        if name(path) == "requirements.txt":
            found.requirements.append(path)
            continue
        data = tree.text(path)
        if data is None:
            continue
        try:
            {"pyproject.toml": pyproject, "setup.cfg": setup_cfg, "setup.py": setup_py}.get(name(path), nothing)(found, project, data)
        except (tomllib.TOMLDecodeError, configparser.Error, SyntaxError, ValueError, RecursionError) as error:
            tree.problems.append({"file": path, "line": None, "what": f"can't be read: {error}"})
        except (AttributeError, TypeError, KeyError):
            tree.problems.append({"file": path, "line": None, "what": "says something of another type than its tools expect; it was left out"})
    return found


def nothing(found, project, data):
    pass


def pyproject(found, project, data):
    text = tomllib.loads(data.decode())
    metadata, tool = text.get("project", {}), text.get("tool", {})
    if "name" in metadata:
        found.names.append(metadata["name"])
    poetry = tool.get("poetry", {})
    for scripts in (metadata.get("scripts", {}), poetry.get("scripts", {})):
        for script, target in scripts.items():
            target = target.get("reference", "") if isinstance(target, dict) else target
            found.scripts.append({"name": script, "target": target})
    setuptools = tool.get("setuptools", {})
    packages = setuptools.get("packages")
    if isinstance(packages, dict):
        for folder in packages.get("find", {}).get("where", []):
            found.root(project, folder)
    elif isinstance(packages, list):
        found.dotted.update(one for one in packages if "." in one)
    for package, folder in setuptools.get("package-dir", {}).items():
        found.root(project, folder if not package else parent(folder))
    for package in poetry.get("packages", []):
        found.root(project, package.get("from", ""))
        found.dotted.add(package.get("include", "").replace("/", "."))
    for package in tool.get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {}).get("packages", []):
        found.root(project, parent(package))
    for folder in tool.get("pdm", {}).get("build", {}).get("package-dir", None), tool.get("maturin", {}).get("python-source"):
        if folder:
            found.root(project, folder)
    paths = tool.get("pytest", {}).get("ini_options", {}).get("pythonpath", [])
    for folder in paths.split() if isinstance(paths, str) else paths:
        found.root(project, folder)
    backend = text.get("build-system", {}).get("build-backend", "")
    if backend.partition(".")[0] in ("maturin", "mesonpy", "scikit_build_core"):
        found.builds.append(backend.partition(".")[0])


def setup_cfg(found, project, data):
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.read_string(data.decode())
    get = lambda section, key: config.get(section, key, fallback="")
    if get("metadata", "name"):
        found.names.append(get("metadata", "name"))
    for line in get("options.entry_points", "console_scripts").splitlines():
        script(found, line)
    for line in get("options.packages.find", "where").split():
        found.root(project, line)
    for line in get("options", "package_dir").splitlines():
        package, _, folder = (part.strip() for part in line.partition("="))
        if folder:
            found.root(project, folder if not package else parent(folder))
    found.dotted.update(one for one in get("options", "packages").split() if "." in one and ":" not in one)


def script(found, line):
    name, separator, target = (part.strip() for part in line.partition("="))
    if separator and name:
        found.scripts.append({"name": name, "target": target})


def setup_py(found, project, data):
    """What stands in the call of `setup` as it is; what's computed isn't known."""
    for node in ast.walk(ast.parse(data)):
        if not isinstance(node, ast.Call) or (dotted(node.func) or "").rpartition(".")[2] != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg in ("ext_modules", "rust_extensions", "cffi_modules"):
                found.builds.append(keyword.arg)
                continue
            try:
                value = ast.literal_eval(keyword.value)
            except (ValueError, TypeError):
                value = within(keyword)
            if keyword.arg == "name" and isinstance(value, str):
                found.names.append(value)
            elif keyword.arg == "package_dir" and isinstance(value, dict):
                for package, folder in value.items():
                    found.root(project, folder if not package else parent(folder))
            elif keyword.arg == "packages" and isinstance(value, str):
                found.root(project, value)
            elif keyword.arg == "packages" and isinstance(value, list):
                found.dotted.update(one for one in value if "." in one)
            elif keyword.arg == "entry_points" and isinstance(value, dict):
                lines = value.get("console_scripts", [])
                for line in lines.splitlines() if isinstance(lines, str) else lines:
                    script(found, line)


def within(keyword):
    """The folder that `find_packages("src")` or `find_packages(where="src")` names."""
    call = keyword.value
    if isinstance(call, ast.Call) and (dotted(call.func) or "").startswith("find_"):
        for given in [*call.args[:1], *(one.value for one in call.keywords if one.arg == "where")]:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                return given.value
    return None
