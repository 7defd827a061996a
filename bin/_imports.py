"""Check the page's imports: no circles, and the shell (`web/static`) imports no slice; run by `bin/lint`."""

import re
import sys
from pathlib import Path

IMPORT = re.compile(r"""(?:^(?:import|export)\s[^"'();]*?|\bimport\()["'](\.[^"'\n]+)["']""", re.MULTILINE)


def graph(root: Path) -> dict[Path, list[Path]]:
    """Return every module of the page with the modules that it imports, also those imported on first use."""
    modules = [path.resolve() for path in sorted(root.glob("hubbub/*/static/**/*.js")) if "vendor" not in path.parts]
    names = {path: IMPORT.findall(path.read_text("utf-8")) for path in modules}
    return {path: [(path.parent / name).resolve() for name in imported] for path, imported in names.items()}


def circles(imports: dict[Path, list[Path]]) -> list[list[Path]]:
    """Return the circles among the imports, each from its first module to the same module."""
    found, done = [], set()

    def visit(module: Path, trail: list[Path]) -> None:
        if module in trail:
            found.append([*trail[trail.index(module):], module])
        elif module not in done:
            for imported in imports.get(module, []):
                visit(imported, [*trail, module])
            done.add(module)

    for module in imports:
        visit(module, [])
    return found


def problems(root: Path) -> list[str]:
    imports = graph(root)
    shell = (root / "hubbub/web/static").resolve()
    lines = ["import circle: " + " → ".join(name(path, root) for path in circle) for circle in circles(imports)]
    for module in imports:
        if module.is_relative_to(shell):
            lines += [f"{name(module, root)} imports {name(other, root)}: the shell may not import a slice"
                      for other in imports[module] if not other.is_relative_to(shell)]
    return lines


def name(path: Path, root: Path) -> str:
    return path.relative_to((root / "hubbub").resolve()).as_posix()


if __name__ == "__main__":
    print(*(found := problems(Path())), sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
