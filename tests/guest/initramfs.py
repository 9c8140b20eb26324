# SPDX-License-Identifier: BSD-3-Clause
"""The guest's initramfs: busybox, init.sh, and the modules that reach the host's files."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from lib import paths  # noqa: E402
from lib.process import ProgramError, run  # noqa: E402

LINUX = paths.BUILD / "deps" / "linux"
BUSYBOX = Path("/bin/busybox")
INIT = HERE / "init.sh"
MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")
OUTPUT = paths.BUILD / "tests" / "guest" / "initramfs.img"


def kernel_version():
    return (LINUX / "version").read_text().strip()


def module_files():
    """Files of MODULES and of all that they need, in the order of loading."""
    files = []
    for module in MODULES:
        text = run(["/sbin/modprobe", "-d", LINUX, "-S", kernel_version(), "--show-depends", module])
        for line in text.splitlines():
            kind, path = line.split(maxsplit=1)
            if kind == "insmod" and path.strip() not in files:
                files.append(path.strip())
    return files


def fill(root):
    for folder in ("bin", "proc", "sys", "dev", "lower", "upper", "newroot", "modules"):
        (root / folder).mkdir()
    shutil.copy(BUSYBOX, root / "bin" / "busybox")
    for name in ("sh", "mount"):
        (root / "bin" / name).symlink_to("busybox")
    shutil.copy(INIT, root / "init")
    (root / "init").chmod(0o755)
    files = module_files()
    for file in files:
        shutil.copy(file, root / "modules")
    (root / "modules" / "order").write_text("".join(f"{Path(file).name}\n" for file in files))


def pack(root, output):
    names = "".join(f"{path.relative_to(root)}\n" for path in sorted(root.rglob("*")))
    with open(output, "wb") as file:
        done = subprocess.run(["cpio", "-H", "newc", "-o", "--quiet", "-R", "0:0"], cwd=root, input=names.encode(),
                              stdout=file, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise ProgramError(f"cpio: {done.stderr.decode()}")


def make():
    """The image's path; made anew when something that it is made of is younger."""
    sources = (BUSYBOX, INIT, Path(__file__), LINUX / "version")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with open(OUTPUT.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if OUTPUT.exists() and all(OUTPUT.stat().st_mtime > source.stat().st_mtime for source in sources):
            return OUTPUT
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder))
            pack(Path(folder), OUTPUT.with_suffix(".new"))
        os.replace(OUTPUT.with_suffix(".new"), OUTPUT)
    return OUTPUT


if __name__ == "__main__":
    print(make())
