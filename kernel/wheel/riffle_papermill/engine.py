"""An engine for notebooks whose queries and jobs run on when their cells are done."""

from typing import Any

from nbformat.v4 import new_code_cell
from papermill.engines import NBClientEngine, NotebookExecutionManager


class Engine(NBClientEngine):
    """Papermill's own engine, but it waits at the end for what ends by itself.

    So tables below earlier cells are saved as they end, jobs are not cancelled with the
    kernel, and one that fails fails the notebook. The cell that waits stays if it fails.
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
