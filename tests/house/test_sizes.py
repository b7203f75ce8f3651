"""Small and said once (rule 10): files, functions and docstrings."""

import ast

from tests.support.source_files import below, none, python_files, shown, tree

FILE_LINES = 400
FUNCTION_LINES = 70


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    pages = [path for suffix in (".html", ".css", ".js") for path in below("src", suffix=suffix)]
    lengths = {
        shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*python_files(), *pages]
    }
    none(f"{name} has {lines} lines" for name, lines in lengths.items() if lines > FILE_LINES)


def test_no_function_is_longer_than_a_screen() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long.append(f"{shown(path)}:{node.lineno} {node.name} has {lines} lines")
    none(long)


def test_every_module_says_why_it_exists() -> None:
    none(shown(path) for path in python_files() if not ast.get_docstring(tree(path)))
