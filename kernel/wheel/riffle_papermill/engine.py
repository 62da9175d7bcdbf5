"""An engine for notebooks whose queries and jobs continue after their cells."""

from typing import Any

from nbformat.v4 import new_code_cell
from papermill.engines import NBClientEngine, NotebookExecutionManager


class Engine(NBClientEngine):
    """Papermill's own engine, which waits at the end for queries and jobs that end by themselves.

    So the final tables of earlier cells are saved, jobs are not cancelled with the kernel, and
    a failed job fails the notebook. The cell that waits stays in the notebook if it fails.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **kwargs: Any) -> Any:
        status = {"exception": None, "start_time": None, "end_time": None, "duration": None, "status": nb_man.PENDING}
        last = new_code_cell("%wait", metadata={"tags": ["riffle-wait"], "papermill": status})
        nb_man.nb.cells.append(last)
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        finally:
            nb_man.nb.cells = [c for c in nb_man.nb.cells if c.id != last.id or c.metadata.papermill["exception"]]
