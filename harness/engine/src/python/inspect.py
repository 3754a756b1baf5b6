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
}))
