package riffle.gateway.internals;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.types.logical.RowType;

/** The parts from which an operator for a table function is built. */
public final class TableFunctionParts {
    public final Configuration config;
    public final PythonFunctionInfo function;
    public final RowType input;
    public final RowType arguments;
    public final RowType results;
    public final GeneratedProjection toArguments;

    /** Whether a row without results gets NULLs. */
    public final boolean left;

    TableFunctionParts(
            Configuration config,
            PythonFunctionInfo function,
            RowType input,
            RowType arguments,
            RowType results,
            GeneratedProjection toArguments,
            boolean left) {
        this.config = config;
        this.function = function;
        this.input = input;
        this.arguments = arguments;
        this.results = results;
        this.toArguments = toArguments;
        this.left = left;
    }
}
