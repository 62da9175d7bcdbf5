"""Lets papermill run riffle's notebooks.

Papermill loads the engine's entry point whenever it starts, which imports this
package. It knows no entry points for translators, so the one here registers itself:
for the kernel riffle, and for the language of kernels with other names.
"""

from papermill.translators import papermill_translators

from .translator import Translator

papermill_translators.register("riffle", Translator)
if "sql" not in papermill_translators._translators:
    papermill_translators.register("sql", Translator)
