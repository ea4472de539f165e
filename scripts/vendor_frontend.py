"""Takes the stylesheets and scripts of the design system into `forms/static/vendor`, once, with hashes.

`npm pack govuk-frontend@6.3.0 @ministryofjustice/frontend@11.1.0` brings the two archives; then
`python scripts/vendor_frontend.py ARCHIVE ARCHIVE`. The result is committed: nothing is fetched when the
product is installed, built, tested or used. The licensed font and the crown of GOV.UK are left out, for
a council's service may use neither.
"""

import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "forms" / "static" / "vendor"
WANTED = {
    "package/dist/govuk/govuk-frontend.min.css": "govuk-frontend.min.css",
    "package/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    "package/moj/moj-frontend.min.css": "moj-frontend.min.css",
    "package/moj/moj-frontend.min.js": "moj-frontend.min.js",
}
"""Member of an archive → file of ours."""
FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
LICENSED_FONT = re.compile(r'"?GDS Transport"?,\s*')
OUR_FONT = '"Helvetica Neue",Helvetica,'
SOURCE_MAP = re.compile(r"\n?/[/*]# sourceMappingURL=\S+(?: \*/)?\s*")
ADDRESS = re.compile(r"""url\((?!["']?data:)[^)]*\)""")


def ours(name: str, text: str) -> str:
    """A file without the licensed font, without addresses of pictures and of source maps."""
    text = SOURCE_MAP.sub("", text)
    if name.endswith(".css"):
        text = LICENSED_FONT.sub(OUR_FONT, FONT_FACE.sub("", text))
        text = ADDRESS.sub("none", text)
    return text.rstrip() + "\n"


def main(archives: list[str]) -> None:
    """Unpack what is wanted and write the manifest beside it."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, dict[str, str]] = {}
    for archive in archives:
        with tarfile.open(archive) as package:
            about = json.load(package.extractfile("package/package.json") or sys.exit(archive))
            for member, name in WANTED.items():
                if member in package.getnames():
                    taken = package.extractfile(member) or sys.exit(member)
                    text = ours(name, taken.read().decode())
                    (VENDOR / name).write_text(text, encoding="utf-8")
                    manifest[name] = {
                        "package": f"{about['name']} {about['version']}",
                        "licence": about["license"],
                        "sha256": hashlib.sha256(text.encode()).hexdigest(),
                    }
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
