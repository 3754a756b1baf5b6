"""Records calls of functions of the program that this process runs. Started by `sitecustomize` before the program is."""

import atexit
import json
import os
import re
import sys

VARIABLE = "RUSTWORTHY_CAPTURE"


class Options:
    """What the user asked for, and where things go."""

    def __init__(self, file):
        with open(file, encoding="utf-8") as text:
            said = json.load(text)
        self.folder, self.targets = said["folder"], said["targets"]
        self.keep, self.most_bytes, self.streams = said["keep"], said["most_bytes"], said["streams"]
        # Whether what only pickle can hold is kept, and what makes anew that can't be written down at all, by path or type.
        self.pickles, self.recipes = said["pickles"], said["recipes"]
        self.salt, self.patterns, self.starter = bytes.fromhex(said["salt"]), said["redact"], said["starter"]
        self.main = None

    def redactor(self):
        from .redaction import Redactor

        return Redactor(self.salt, self.patterns)

    def keep_object(self, digest, data):
        """Puts what only pickle can hold into a file of its own."""
        path = os.path.join(self.folder, "objects", digest)
        if os.path.exists(path):
            return
        part = f"{path}.{os.getpid()}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.rename(part, path)


class Recorder:
    """All recordings of this process."""

    def __init__(self, options):
        from .journal import Journal
        from .targets import Target, main_module

        self.options = options
        self.targets = [Target(text) for text in options.targets]
        self.main_name, self.script = main_module()
        self.journal = Journal(options.folder, 8 * options.most_bytes)
        self.recordings = []

    def refuse(self):
        """Ends the process that was started for it, before the program runs, when something is wrong with what was asked for."""
        from .targets import Target, beginning, locate, mistake

        path = beginning()
        if os.getppid() != self.options.starter:
            for target in self.targets:
                target.file = locate(target.module, path)
            return
        problems = []
        for target in self.targets:
            problem = None if target.module == "__main__" else mistake(target, path, self.options.streams is not None)
            if problem is not None:
                problems.append(f"{target.text}: {problem}")
        for what, made_by in self.options.recipes.items():
            problem = mistake(Target(made_by), path, True)
            if problem is not None:
                problems.append(f"--recipe {what}={made_by}: {problem}")
        try:
            self.options.redactor()
        except re.error as error:
            problems.append(f"--redact: {error.pattern!r} is no pattern of Python's: {error}")
        if problems:
            with open(os.path.join(self.options.folder, "refused.json"), "w", encoding="utf-8") as file:
                json.dump(problems, file)
            os._exit(2)

    def start(self):
        from .imports import Script, Watch
        from .journal import process
        from .recording import Recording
        from .targets import is_guarded

        self.refuse()
        for number, target in enumerate(self.targets):
            self.recordings.append(Recording(number, target, self.options, self.journal))
        own = [target for target in self.targets if self.is_of_main(target)]
        self.options.main = self.name_of_main(own)
        self.unguarded = any(target.file and not is_guarded(target.file) for target in own)
        self.journal.write({"process": process(self.options.main, self.unguarded)})
        modules = {target.module for target in self.targets if target.module != "__main__"} | {"multiprocessing.spawn", "multiprocessing.util"}
        sys.meta_path.insert(0, Watch(modules, self.executed, self.main_name if own else None))
        if own and self.script is not None:
            sys.path_hooks.insert(0, Script(self.script).hook)
        for name in modules:
            # What this package needs itself is there already; what is built in has no loader to follow.
            if name in sys.builtin_module_names:
                __import__(name)
            if name in sys.modules:
                self.executed(sys.modules[name])
        atexit.register(self.flush)
        self.follow_end()
        os.register_at_fork(before=self.before_fork, after_in_child=self.forked)

    def is_of_main(self, target):
        """Whether a target is of the module that runs as the program."""
        if target.module == "__main__":
            return True
        if self.script is not None:
            return bool(target.file) and os.path.realpath(target.file) == os.path.realpath(self.script)
        return self.main_name is not None and target.module in (self.main_name, f"{self.main_name}.__main__")

    def name_of_main(self, own):
        """The name by which others import the module that runs as the program."""
        for target in own:
            if target.module != "__main__":
                return target.module
        if self.script is not None:
            stem, ending = os.path.splitext(os.path.basename(self.script))
            return stem if ending == ".py" and stem.isidentifier() else None
        return self.main_name

    # Arming

    def executed(self, module):
        name = getattr(module, "__name__", None)
        if name == "multiprocessing.spawn":
            return self.follow_spawn(module)
        if name == "multiprocessing.util":
            return module.register_after_fork(self, Recorder.follow_exit)
        for recording in self.recordings:
            if recording.target.module == name:
                self.arm(recording, module)

    def arm_main(self):
        """Called as the program's own module goes on."""
        module = sys.modules["__main__"]
        for recording in self.recordings:
            if recording.status == "waiting" and self.is_of_main(recording.target):
                self.arm(recording, module, may_be_missing=True)

    def arm(self, recording, module, may_be_missing=False):
        from .arming import Refused, arm

        found = recording.target.resolve(module)
        if found is None:
            if not may_be_missing:
                recording.status = f"module '{recording.target.module}' has no '{recording.target.callable}' once it has been imported"
            return
        try:
            arm(recording, *found)
        except Refused as reason:
            recording.status = str(reason)
        except Exception as error:
            recording.status = f"it can't be recorded: {type(error).__name__}: {error}"

    def follow_spawn(self, module):
        """A process that `multiprocessing` has spawned runs the program's module again, under another name."""

        def following(run):
            def ran(*args):
                run(*args)
                main = sys.modules["__main__"]
                for recording in self.recordings:
                    target = recording.target
                    file = getattr(main, "__file__", None)
                    is_own = target.file and file and os.path.realpath(target.file) == os.path.realpath(file)
                    if recording.status == "waiting" and (is_own or target.module == "__main__"):
                        self.options.main = self.options.main or target.module
                        self.arm(recording, main, may_be_missing=True)

            return ran

        for name in ("_fixup_main_from_path", "_fixup_main_from_name"):
            run = getattr(module, name, None)
            if run is not None:
                setattr(module, name, following(run))

    # The process

    def before_fork(self):
        """Nothing is written while a process forks."""
        self.flush()

    def forked(self):
        """Records on in a process that was forked off, into a file of its own."""
        from .journal import process

        self.journal.forget()
        self.journal.begin()
        for recording in self.recordings:
            recording.begin()
        self.journal.write({"process": process(self.options.main, self.unguarded)})

    def follow_end(self):
        """What a process calls to end at once has its calls written first."""
        end = os._exit

        def _exit(status):
            self.flush()
            end(status)

        os._exit = _exit

    def follow_exit(self):
        """Processes of `multiprocessing` end without the functions that are registered for the end."""
        util = sys.modules["multiprocessing.util"]
        util.Finalize(self, Recorder.flush, args=(self,), exitpriority=-1000)

    def flush(self):
        for recording in self.recordings:
            recording.flush()


RECORDER = None


def arm_main():
    RECORDER.arm_main()


def start():
    global RECORDER
    file = os.environ.get(VARIABLE)
    if file is not None and sys.implementation.name == "cpython":
        RECORDER = Recorder(Options(file))
        RECORDER.start()
