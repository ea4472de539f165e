"""Which kind of file system a path lies on; SQLite's locks are not safe on those of the network."""

from pathlib import Path

_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs"}
_NETWORK |= {"nfs4", "ocfs2", "smb3", "smbfs", "virtiofs"}
_NETWORK |= {"fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
_ESCAPES = {"\\040": " ", "\\011": "\t", "\\134": "\\"}
MOUNTS = Path("/proc/mounts")


def network_kind(path: Path, mounts: str) -> str | None:
    """The network file system that holds a path; None when it is a local one.

    Args:
        path: an absolute path; what does not exist yet counts as where it would be made.
        mounts: text in the form of `/proc/mounts`.
    """
    found = ("", "")
    for line in mounts.splitlines():
        fields = line.split()
        place, kind = _plain(fields[1]), fields[2]
        if _holds(place, path) and len(place) >= len(found[0]):
            found = (place, kind)
    kind = found[1]
    return kind if kind in _NETWORK else None


def read_mounts() -> str:
    """What is mounted on this machine; empty where the system does not say."""
    return MOUNTS.read_text() if MOUNTS.exists() else ""


def _holds(place: str, path: Path) -> bool:
    return path.is_relative_to(place)


def _plain(escaped: str) -> str:
    for code, character in _ESCAPES.items():
        escaped = escaped.replace(code, character)
    return escaped
