"""Executes a notebook with nbclient, and compares its outputs with those that it was saved with.

With --update it saves them instead. For a cell with the tag "varies", only the kinds of outputs are compared.
"""

import json
import sys

import nbformat
from nbclient import NotebookClient


def lasting(output):
    """Returns an output without the parts that differ between runs. Rows may be in another order."""
    output = nbformat.from_dict(output)
    output.pop("transient", None)
    output.pop("metadata", None)
    for media, text in output.get("data", {}).items():
        if media == "image/png":  # bars may stand in another order
            text = ""
        if media.endswith("json"):
            text = json.dumps(text, indent=0, ensure_ascii=False, sort_keys=True)
        output["data"][media] = sorted("".join(text).splitlines())
    return output


def joined(found):
    """Joins the parts of a text that arrived at different times.

    Whether the output of functions comes before or after the first picture of their query's table depends on the machine.
    """
    whole, streams = [], {}
    for output in map(nbformat.from_dict, found):
        if output.output_type != "stream":
            whole.append(output)
        elif output.name in streams:
            streams[output.name]["text"] += output.text
        else:
            streams[output.name] = output
            whole.append(output)
    return whole


def outputs(notebook):
    return [
        [output.output_type for output in joined(cell.get("outputs", []))]
        if "varies" in cell.metadata.get("tags", [])
        else [lasting(output) for output in joined(cell.get("outputs", []))]
        for cell in notebook.cells
    ]


path, update = sys.argv[1], "--update" in sys.argv
notebook = nbformat.read(path, as_version=4)
nbformat.validate(notebook)
saved = outputs(notebook)
NotebookClient(notebook, kernel_name="riffle", timeout=180).execute()
if update:
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
    notebook.metadata.kernelspec = {"name": "riffle", "display_name": "riffle (Flink SQL, Go)", "language": "sql"}
    notebook.metadata.language_info.pop("version")
    nbformat.write(notebook, path)
else:
    for number, (before, now) in enumerate(zip(saved, outputs(notebook))):
        if before != now:
            sys.exit(f"cell {number}: saved\n{before}\nnow\n{now}")
