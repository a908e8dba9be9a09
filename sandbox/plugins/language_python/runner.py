"""Runs one Pulumi program in this process; started by the language host with the program's own Python.

This file is run by its path, in an environment that may know nothing of the sandbox: it imports the SDK alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

LOGGED = 32
"""The exit code where the engine has been told what went wrong."""


def main() -> NoReturn:
    """Run the program that the first argument, a JSON object, names; the others are the program's own."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(LOGGED))  # Ctrl-C ends it without a traceback
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    settings = json.loads(sys.argv[1])
    program = settings.pop("program")
    try:
        import pulumi.runtime
    except ImportError:
        print(f"{sys.executable} has no Pulumi SDK: install the program's requirements.txt with it", file=sys.stderr)
        sys.exit(1)
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    sys.argv = [program, *sys.argv[2:]]
    folder = program if Path(program).is_dir() else str(Path(program).parent)
    sys.path[0] = folder  # in place of this file's own folder
    code = _run(program, settings["parallel"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads of unfinished calls must not keep the process


def _run(program: str, parallel: int) -> int:
    import pulumi
    from pulumi.runtime import run_in_stack

    # A failure leaves futures behind that nobody awaits, of which asyncio would complain beside the real error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # As pulumi-language-python-exec does: each registration of a resource waits in a thread of its own.
    loop.set_default_executor(ThreadPoolExecutor(4 * max(parallel, 1)))
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        if not _after_failure(error):
            pulumi.log.error(str(error))
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except Exception as error:
        if not _after_failure(error):
            pulumi.log.error(f"The program failed:\n{_traceback(error)}")
    else:
        return 0
    return LOGGED


def _after_failure(error: Exception) -> bool:
    """Whether it is only the engine's having stopped: what made it stop, it has shown itself."""
    return any(sign in str(error) for sign in ("resource monitor shut down", "Resource monitor has terminated"))


def _execute(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _traceback(error: Exception) -> str:
    """The traceback from the program's first frame on."""
    frame = error.__traceback__
    while frame is not None and not frame.tb_frame.f_code.co_filename.startswith(sys.path[0]):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame or error.__traceback__))


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(LOGGED)


if __name__ == "__main__":
    main()
