"""How big the house may be: prints what is over its budget and then fails; run in the checkout by `bin/lint`."""

import ast
import re
import sys
from pathlib import Path
from statistics import mean

FILE, FILE_MEAN = 400, 150
FUNCTION, FUNCTION_MEAN = 40, 15
SCRIPT = 40
JAVASCRIPT, COMPONENT, STYLES = 250, 100, 400
FIRST_ROWS_BYTES, FIRST_ROWS_REQUESTS = 80_000, 8  # on the wire, before them: more can wait for an import()
TOTALS = {"hubbub/core": 5200}  # row locks, lanes, calls together, bus, rights at many nodes, metrics, moving, timers
PAGES = {"CONTRIBUTING.md": 60, "README.md": 90, "docs/architecture.md": 140}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in ast.walk(tree) if isinstance(node, kinds)]


def python_problems(root: Path) -> list[str]:
    product = sorted([*root.glob("hubbub/**/*.py"), *root.glob("flask_fanout/src/**/*.py"),
                      *root.glob("hubbub_client/src/**/*.py")])
    folders = ("tests", "bench", "bin", "examples", "flask_fanout/tests", "flask_fanout/examples",
               "hubbub_client/tests")
    others = [path for folder in folders for path in root.glob(f"{folder}/**/*.py")]
    sizes = [(path, name, size) for path in product for name, size in functions(path)]
    problems = [over(path, lines(path), FILE) for path in [*product, *sorted(others)]]
    problems += [over(path, size, FUNCTION, f"lines in {name}()") for path, name, size in sizes]
    if sizes:
        problems.append(over("hubbub", round(mean(map(lines, product))), FILE_MEAN, "lines a file on average"))
        average = round(mean(size for *_, size in sizes))
        problems.append(over("hubbub", average, FUNCTION_MEAN, "lines a function on average"))
    return problems


def other_problems(root: Path) -> list[str]:
    scripts = [path for path in sorted(root.glob("bin/*")) if path.is_file() and "bash" in first_line(path)]
    static = [path for path in sorted(root.glob("hubbub/*/static/**/*.*")) if "vendor" not in path.parts]
    problems = [over(path, lines(path), SCRIPT) for path in scripts]
    problems += [over(path, lines(path), javascript_budget(path)) for path in static if path.suffix == ".js"]
    problems += [over(path, lines(path), STYLES) for path in static if path.suffix == ".css"]
    problems += [over(root / page, lines(root / page), size) for page, size in PAGES.items() if (root / page).exists()]
    for folder, total in TOTALS.items():
        problems.append(over(folder, sum(map(lines, (root / folder).glob("**/*.py"))), total, "lines in all"))
    return problems


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0]


def javascript_budget(path: Path) -> int:
    is_component = re.search(r"^export function [A-Z]", path.read_text(encoding="utf-8"), re.MULTILINE)
    return COMPONENT if is_component else JAVASCRIPT


def over(where: Path | str, size: int, budget: int, what: str = "lines") -> str:
    return f"{where}: {size} {what}, the budget is {budget}" if size > budget else ""


def problems(root: Path) -> list[str]:
    return [problem for problem in python_problems(root) + other_problems(root) if problem]


if __name__ == "__main__":
    print(*(found := problems(Path())), sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
