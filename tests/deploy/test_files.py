"""What stands in `deploy/` fits the product: its commands, settings, ports, and each other.

No container engine runs here, so the image and the compose file are held against rules instead.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from flows.cli import app
from flows.prefect_defaults import DEFAULTS
from workflow.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
TEXTS = {path.relative_to(DEPLOY).as_posix(): path.read_text() for path in FILES}
GUIDES = {name: text for name, text in TEXTS.items() if name.endswith(".md")}
UNITS = {name: text for name, text in TEXTS.items() if name.startswith("systemd/")}
WEB, PREFECT = 8000, 4200


def _spoken() -> Iterator[tuple[str, str]]:
    """Every command line that begins with `cin`, and the file it stands in."""
    for name, text in GUIDES.items():
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                if found := re.search(r"(?:^|\s)(cin [a-z].*)", line.split(" > ")[0]):
                    yield name, found[1]
        for span in re.findall(r"`(cin [a-z][^`]*)`", text):
            yield name, span
    for name, text in UNITS.items():
        for line in re.findall(r"^ExecStart=\S+/bin/(cin .*)$", text, re.MULTILINE):
            yield name, line
    for service in _services():
        yield "compose.yaml", shlex.join(["cin", *map(str, service["command"])])
    (command,) = re.findall(r"^CMD (\[.*\])$", TEXTS["Containerfile"], re.MULTILINE)
    yield "Containerfile", shlex.join(["cin", *yaml.safe_load(command)])


def _services() -> list[dict[str, Any]]:
    """The compose file's services that run the product."""
    services = yaml.safe_load(TEXTS["compose.yaml"])["services"].values()
    return [service for service in services if service["image"] == "localhost/cin-review"]


@pytest.mark.parametrize(("file", "line"), sorted(set(_spoken())))
def test_every_command_and_option_exists(file: str, line: str) -> None:
    command = typer.main.get_command(app)
    for word in shlex.split(line)[1:]:
        if word.startswith("--"):
            known = {option for parameter in command.params for option in parameter.opts}
            assert word.partition("=")[0] in known, f"{file}: {line}"
        elif commands := getattr(command, "commands", None):
            command = commands[word]


def test_every_setting_of_ours_exists() -> None:
    known = {f"CIN_{name.upper()}" for name in Settings.model_fields}
    for name, text in TEXTS.items():
        assert set(re.findall(r"\bCIN_[A-Z_]+\b", text)) <= known, name


@pytest.mark.filterwarnings("default")  # Prefect brings warnings of its own
def test_every_setting_of_prefect_exists() -> None:
    from prefect.settings.legacy import _get_settings_fields
    from prefect.settings.models.root import Settings as PrefectSettings

    known = set(_get_settings_fields(PrefectSettings))
    for name, text in TEXTS.items():
        assert set(re.findall(r"\bPREFECT_[A-Z_]+\b", text)) <= known, name


def test_the_examples_say_what_the_program_would_have_set_itself() -> None:
    said = dict(
        line.split("=", 1)
        for name in ("environment.example", "prefect-server.example")
        for line in TEXTS[name].splitlines()
        if line and not line.startswith("#")
    )
    for name in said.keys() & DEFAULTS.keys():
        assert said[name] == DEFAULTS[name], name


def test_the_ports_agree() -> None:
    assert f"--port {WEB}" in UNITS["systemd/cin-web.service"]
    assert f"--port {PREFECT}" in UNITS["systemd/cin-prefect.service"]
    assert f"reverse_proxy 127.0.0.1:{WEB}" in TEXTS["Caddyfile"]
    assert f"reverse_proxy 127.0.0.1:{PREFECT}" in TEXTS["Caddyfile"]
    assert f"reverse_proxy web:{WEB}" in TEXTS["Caddyfile.compose"]
    assert f"reverse_proxy prefect:{PREFECT}" in TEXTS["Caddyfile.compose"]
    assert f"EXPOSE {WEB} {PREFECT}" in TEXTS["Containerfile"]
    asked = re.findall(r"https://localhost:(\d+)", TEXTS["compose.yaml"])
    assert set(asked) == set(
        re.findall(r"^https://localhost:(\d+)", TEXTS["Caddyfile.compose"], re.MULTILINE)
    )


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    for name, text in UNITS.items():
        assert "--host 0.0.0.0" not in text, name
    services = yaml.safe_load(TEXTS["compose.yaml"])["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_the_services_run_as_their_own_user_and_may_do_little(unit: str) -> None:
    for line in ("User=cin", "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"):
        assert line in UNITS[unit]
    assert "EnvironmentFile=/etc/cin-review/environment" in UNITS[unit]


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for name, text in UNITS.items():
        here = re.sub(r"/opt/cin-review/\S+", "/bin/true", text)
        (tmp_path / Path(name).name).write_text(here)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "cin-" not in done.stderr


def test_the_compose_file_is_whole() -> None:
    document = yaml.safe_load(TEXTS["compose.yaml"])
    services = document["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            exists = (
                (DEPLOY / source).is_file() if source[0] == "." else source in document["volumes"]
            )
            assert exists, f"{name}: {volume}"
        assert not service["image"].endswith(":latest"), name
    asked = set(re.findall(r"\$\{([A-Z_]+)", TEXTS["compose.yaml"]))
    offered = set(re.findall(r"^([A-Z_]+)=$", TEXTS["compose.env.example"], re.MULTILINE))
    assert asked == offered
    build = services["web"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_the_image_is_built_with_care() -> None:
    text = re.sub(r"\\\n\s*", "", TEXTS["Containerfile"])
    steps = [line.split(" ", 1) for line in text.splitlines() if line and line[0] != "#"]
    verbs = [verb for verb, _ in steps]
    assert set(verbs) <= {
        *("FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "EXPOSE", "ENTRYPOINT", "CMD"),
    }
    for verb, rest in steps:
        if verb == "FROM":
            assert re.match(r"docker\.io/\S+:\d\S*", rest), rest
        if "apt-get install" in rest:
            assert "--no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists" in rest
        if "pip install" in rest:
            assert "--require-hashes" in rest or "--no-deps" in rest
        if verb in {"ENTRYPOINT", "CMD"}:
            assert isinstance(yaml.safe_load(rest), list)
        if verb == "COPY" and not rest.startswith("--from"):
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest
    users = [rest for verb, rest in steps if verb == "USER"]
    assert users
    assert users[-1].split(":")[0] not in {"0", "root"}
    assert verbs.index("USER") < verbs.index("ENTRYPOINT")


def test_the_image_holds_every_package_of_ours() -> None:
    packages = {"workflow", "forms", "api", "flows"}
    assert packages <= set(re.findall(r"^COPY (\w+) \./", TEXTS["Containerfile"], re.MULTILINE))


@pytest.mark.parametrize("guide", GUIDES)
def test_links_lead_somewhere(guide: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDES[guide]):
        assert (DEPLOY / guide).parent.joinpath(target).exists(), target


def test_the_guide_names_every_file() -> None:
    for name in TEXTS:
        if name == "README.md":
            continue
        top = name.split("/")[0]
        assert top in TEXTS["README.md"], name


@pytest.mark.parametrize("script", ["cin-backup", "postgresql/roles.sh"])
def test_scripts_can_be_read_by_a_plain_shell(script: str) -> None:
    subprocess.run(["sh", "-n", DEPLOY / script], check=True)
    assert (DEPLOY / script).stat().st_mode & 0o111


def test_the_backup_script_keeps_the_newest(tmp_path: Path) -> None:
    stand_in = tmp_path / "cin"
    stand_in.write_text('#!/bin/sh\n[ "$1 $2" = "backup --out" ] && : > "$3"\n')
    stand_in.chmod(0o755)
    for day in range(1, 6):
        (tmp_path / f"cin-2026010{day}T013000Z.tar").touch()
    (tmp_path / "somebody-elses.tar").touch()
    subprocess.run([DEPLOY / "cin-backup", tmp_path, "3"], check=True, env={"CIN": str(stand_in)})
    kept = sorted(path.name for path in tmp_path.glob("cin-*.tar"))
    assert len(kept) == 3
    assert kept[:2] == ["cin-20260104T013000Z.tar", "cin-20260105T013000Z.tar"]
    assert (tmp_path / "somebody-elses.tar").exists()
