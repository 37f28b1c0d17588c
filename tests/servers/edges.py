"""gunicorn, nginx and Varnish, in folders and on sockets of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.servers.browsing import answers
from tests.servers.origin import FOLDER
from tests.servers.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
RECIPES: Final = ROOT / "docs" / "how-to" / "caches"
#: The recipes for nginx, and the folders that they keep pages in.
NGINX: Final = {"nginx.conf": "shop", "nginx-one-copy.conf": "all"}
_NGINX: Final = """
daemon off;
worker_processes 2;
{user}
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
{others}
{recipe}
}}
"""


@contextmanager
def gunicorn(folder: Path) -> Iterator[Path]:
    """Run the shops with four workers; get the socket that they answer on."""
    socket = folder / "shop.sock"
    command = [
        *(sys.executable, "-m", "gunicorn", "--workers=4", "--preload"),
        *(f"--bind=unix:{socket}", "--umask=0", f"--worker-tmp-dir={folder}"),
        *("--timeout=300", "--graceful-timeout=1", "--no-control-socket"),
        "tests.servers.origin:shops()",
    ]
    (folder / "shops").mkdir()
    os.environ[FOLDER] = str(folder / "shops")
    try:
        with running(
            command, folder / "gunicorn.log", lambda: answers(socket), cwd=ROOT
        ):
            yield socket
    finally:
        # Another may have run meanwhile, and have left none.
        os.environ.pop(FOLDER, None)


@contextmanager
def nginx(folder: Path, shop: Path) -> Iterator[dict[str, Path]]:
    """Run nginx by our recipes; get the sockets that it answers on, by recipe."""
    sockets = {recipe: folder / f"{recipe}.sock" for recipe in NGINX}
    recipe = "\n".join(
        adapted(
            name,
            {
                f"/var/cache/nginx/{NGINX[name]}": f"{folder}/cache-{NGINX[name]}",
                "server 127.0.0.1:8000;": f"server unix:{shop};",
                "listen 80;": f"listen unix:{socket};",
            },
        )
        for name, socket in sockets.items()
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            # Workers of root may read what root's folders hold only as root.
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            others=_places(folder),
            recipe=recipe,
        )
    )
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(configuration)]
    answer = lambda: all(map(answers, sockets.values()))  # noqa: E731
    with running(command, folder / "nginx.log", answer):
        yield sockets


def _places(folder: Path) -> str:
    """Get the places of the modules that this nginx was built with."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    built = subprocess.run(
        ["nginx", "-V"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PATH": path},
    ).stderr
    modules = [
        m for m in ("fastcgi", "scgi", "uwsgi") if f"http-{m}-temp-path" in built
    ]
    return "\n".join(f"    {m}_temp_path {folder}/{m};" for m in modules)


@contextmanager
def varnish(folder: Path, shop: Path, name: str) -> Iterator[Path]:
    """Run Varnish by one of our recipes; get the socket that it answers on."""
    socket = folder / f"{name}.sock"
    recipe = adapted(
        name,
        {'.host = "127.0.0.1";\n    .port = "8000";': f'.path = "{shop}";'},
    )
    (folder / name).write_text(recipe)
    command = [
        *("varnishd", "-F", "-j", "none", "-n", str(folder / f"{name}.run")),
        *("-a", str(socket), "-f", str(folder / name)),
        *("-s", "default,32m", "-p", "thread_pool_min=10"),
    ]
    with running(command, folder / f"{name}.log", lambda: answers(socket)):
        yield socket


def adapted(name: str, places: dict[str, str]) -> str:
    """Get a recipe of the documentation, for other places than it names."""
    recipe = (RECIPES / name).read_text(encoding="utf-8")
    for documented, used in places.items():
        assert recipe.count(documented) == 1, documented
        recipe = recipe.replace(documented, used)
    return recipe
