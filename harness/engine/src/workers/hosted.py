"""Loads a worker, the file that is named, into this Python and has it serve."""


def load():
    import os
    import sys
    from importlib.machinery import ExtensionFileLoader, ModuleSpec

    # What was only for the start is nothing to what runs here, and to what that starts.
    taken = {
        name: os.environ.pop("RUSTWORTHY_" + name, "")
        for name in ("WORKER_SOCKET", "WORKER_PROTOCOL", "PADDING", "INHERITED_HASH_SEED", "COUNTS")
    }
    os.environ.pop("PYTHONHASHSEED", None)
    if taken["INHERITED_HASH_SEED"]:
        os.environ["PYTHONHASHSEED"] = taken["INHERITED_HASH_SEED"]

    file = sys.argv[1]

    def module(name):
        return ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)

    spec = module("rustworthy_worker")
    worker = spec.loader.create_module(spec)
    spec.loader.exec_module(worker)
    spoken = taken["WORKER_PROTOCOL"]
    if str(worker.PROTOCOL) != spoken:
        sys.stderr.write(
            f"it speaks version {worker.PROTOCOL} of the protocol of workers, this rustworthy version {spoken}\n"
        )
        sys.stderr.flush()
        os._exit(114)

    if worker.BUILTIN:

        class Builtin:
            """Finds the extension module of the built-in workloads, which is in the same file, where nothing else has."""

            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "rustworthy_workloads":
                    found = module(name)
                    found.has_location = True
                    return found

        sys.meta_path.append(Builtin)

    worker.serve(int(taken["WORKER_SOCKET"]), taken["COUNTS"] or None)


# Nothing of this is to be found in `__main__`.
globals().pop("load")()
