"""`make bench`: what things cost, each beside a peer or a limit measured in the same run.

Medians on the machine at hand; nothing here can fail a build.
"""

import argparse
import subprocess
import sys

PARTS = ("bench_allocation", "bench_forecast", "bench_cycle")


def main() -> None:
    """Run the chosen parts one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=PARTS)
    for part in parser.parse_args().parts:
        sys.stdout.write(f"\n== {part}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", f"tests.bench.{part}"], check=True)


if __name__ == "__main__":
    main()
