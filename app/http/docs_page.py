"""/docs: the OpenAPI document as a page to read, without a script."""

import json
from html import escape
from pathlib import Path
from typing import Any, Final

from app.http.openapi import Json

STYLE: Final = Path(__file__).with_suffix(".css")
EXAMPLES: Final = {"model": "digits-z2", "plane": "dims-0-1"}
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>vae-atlas: the HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/reference.css">
<h1>vae-atlas {version}</h1>
<p>{summary} The <a href="./">explorer</a> uses nothing but this.
The same as a document for programs: <a href="openapi.json">openapi.json</a>.</p>
<p>Every operation is written here once, for the default model; under
<code>/v1/models/{{model}}/…</code> it asks any other.</p>
<pre>ATLAS={base}</pre>
<nav><ul>{contents}</ul></nav>
<main>{sections}</main>
"""


def page(document: Json, base: str) -> str:
    """Write the document as HTML; `base` is where this service answers."""
    rows = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not path.startswith("/v1/models/{model}/")
    ]
    contents = "".join(
        f'<li><a href="#{o["operationId"]}"><b>{m}</b> {escape(p)}</a></li>' for m, p, o in rows
    )
    return PAGE.format(
        version=escape(document["info"]["version"]),
        summary=escape(document["info"]["summary"]),
        base=escape(base),
        contents=contents,
        sections="".join(_section(*row, document["components"]["responses"]) for row in rows),
    )


def _section(method: str, path: str, operation: Json, failures: Json) -> str:
    parts = [
        f'<section id="{operation["operationId"]}">',
        f"<h2><b>{method}</b> {escape(path)}</h2><p>{escape(operation.get('description', ''))}</p>",
        f"<pre>{escape(_curl(method, path, operation))}</pre>",
    ]
    if operation.get("parameters"):
        parts.append(_table(("parameter", "values", ""), map(_parameter, operation["parameters"])))
    if "requestBody" in operation:
        kinds = ", ".join(operation["requestBody"]["content"])
        parts.append(f"<p>Reads {escape(kinds)}.</p>")
    answers = [
        (status, _answers(failures[status] if "$ref" in answer else answer))
        for status, answer in operation["responses"].items()
    ]
    parts.append(_table(("status", "answer"), answers))
    return "".join([*parts, "</section>"])


def _table(head: tuple[str, ...], rows: Any) -> str:
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{heads}</tr>{body}</table>"


def _parameter(parameter: Json) -> tuple[str, str, str]:
    schema = parameter["schema"]
    schema = {**schema, **schema.get("anyOf", [{}])[0]}
    values = " | ".join(map(str, schema.get("enum", [schema.get("type", "")])))
    bounds = [
        f"{sign} {schema[key]:g}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in schema
    ]
    values = ", ".join([values, *bounds])
    if schema.get("default") is not None:
        values += f" ({schema['default']})"
    return parameter["name"], values, parameter.get("description", "")


def _answers(answer: Json) -> str:
    return f"{', '.join(answer.get('content', []))} {answer['description']}".strip()


def _curl(method: str, path: str, operation: Json) -> str:
    """Write a command that works."""
    query = []
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", EXAMPLES.get(name, "0"))
        elif parameter.get("required"):
            query.append(f"{name}={parameter['example'][0]}")
    url = f'"$ATLAS{path}{"?" if query else ""}{"&".join(query)}"'
    if method == "GET":
        return f"curl {url}"
    example = operation["requestBody"]["content"]["application/json"].get("example")
    if example is None:
        return f"curl {url} -H 'Content-Type: image/png' --data-binary @image.png"
    return f"curl {url} -H 'Content-Type: application/json' -d '{json.dumps(example)}' -o out.png"
