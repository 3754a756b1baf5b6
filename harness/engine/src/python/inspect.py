import json
import os
import sys
import sysconfig

variable = sysconfig.get_config_var
short = "%d.%d%s" % (sys.version_info[0], sys.version_info[1], getattr(sys, "abiflags", ""))

# INSTSONAME is the library's name as the linker knows it, in a framework a path. A static build names its archive
# there, and distributions that patch LIBDIR wrongly or ship a library beside a static executable still put it in lib.
names = [variable("INSTSONAME"), "libpython%s.so.1.0" % short, "libpython%s.dylib" % short]
folders = [variable("LIBDIR"), os.path.join(sys.base_prefix, "lib"), variable("PYTHONFRAMEWORKPREFIX")]


def jit():
    own = getattr(sys, "_jit", None)
    if own is not None:
        return None if not own.is_available() else "on" if own.is_enabled() else "off"
    # 3.13 can't be asked, but it tells how it was configured.
    asked = [one.strip("'") for one in (variable("CONFIG_ARGS") or "").split() if "--enable-experimental-jit" in one]
    how = asked[-1].partition("=")[2] if asked else "no"
    return {"": "on", "yes": "on", "yes-off": "off"}.get(how)


print()
print(json.dumps({
    "executable": sys.executable,
    "implementation": sys.implementation.name,
    "version": sys.version,
    "prefix": sys.prefix,
    "base_prefix": sys.base_prefix,
    "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
    "libraries": [
        os.path.join(folder, name) for name in names if name and not name.endswith(".a") for folder in folders if folder
    ],
    "soabi": variable("SOABI"),
    "gil_disabled": bool(variable("Py_GIL_DISABLED")),
    "debug": bool(variable("Py_DEBUG")),
    "configured_with": variable("CONFIG_ARGS"),
    "jit": jit(),
}))
