"""What of the outside a module reads by itself: clocks, environment, files, network, chance."""

from __future__ import annotations

import ast
from collections.abc import Iterator

CLOCKS = {
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "thread_time")),
    *(f"time.{name}" for name in ("perf_counter", "perf_counter_ns", "process_time", "sleep")),
    *(f"time.{name}" for name in ("localtime", "gmtime", "ctime")),
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
}
OUTSIDE = (
    *("os.environ", "os.getenv", "os.getpid", "os.getppid", "os.open", "os.read", "os.stat"),
    *("os.access", "os.fsync", "os.dup2", "os.kill", "os._exit", "os.listdir", "os.walk"),
    *("sys.argv", "sys.stdin", "sys.stdout", "sys.stderr", "sys.executable"),
    *(
        "fcntl",
        "shutil",
        "tempfile",
        "pyarrow.parquet",
        "importlib.resources",
        "importlib.metadata",
    ),
    *("socket", "http.client", "urllib.request", "httpx", "ssl.create_default_context", "uvicorn"),
    *(
        "kafka",
        "confluent_kafka",
        "aiokafka",
        "faust",
        "mode",
        "prometheus_client.start_http_server",
    ),
    *("subprocess", "signal", "select", "multiprocessing", "asyncio", "threading.Thread"),
    *("threading.Event", "threading.Timer", "random", "secrets", "uuid.uuid"),
)
"""Names that lead outside, with all that begins with them; exceptions do not."""
FILE_METHODS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "unlink", "rename"),
    *("exists", "is_file", "is_dir", "stat", "iterdir", "glob", "rglob", "mkdir", "rmdir"),
    *("resolve", "expanduser", "cwd", "home"),
}


def reads_outside(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of whatever leads outside, called or handed on, however imported."""
    imported = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            name = imported.get(head, "") + (f".{rest}" if rest else "")
            if name in CLOCKS or (name.startswith(OUTSIDE) and not _is_exception(name)):
                yield node.lineno, name
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ("open", "input"):
                yield node.lineno, node.func.id
            elif isinstance(node.func, ast.Attribute) and node.func.attr in FILE_METHODS:
                if node.func.attr != "open" or _takes_a_mode(node):
                    yield node.lineno, f".{node.func.attr}"
            elif _takes_the_local_zone(node):
                yield node.lineno, "the local time zone"


def _imported(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _is_exception(name: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    return ".errors" in name or last.endswith(("Error", "Exception")) or "." not in name


def _takes_a_mode(call: ast.Call) -> bool:
    """Whether ``open`` may be a path's: an alert, for one, is opened with other arguments."""
    first = call.args[0] if call.args else None
    return first is None or (isinstance(first, ast.Constant) and isinstance(first.value, str))


def _takes_the_local_zone(call: ast.Call) -> bool:
    named = isinstance(call.func, ast.Attribute) and call.func.attr == "fromtimestamp"
    return named and len(call.args) + len(call.keywords) < 2
