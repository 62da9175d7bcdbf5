package riffle.gateway.internals;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.types.logical.RowType;

/** The parts from which an operator for functions is built. */
public final class FunctionOperatorParts {
    public final Configuration config;
    public final PythonFunctionInfo[] functions;
    public final RowType input;
    public final RowType arguments;
    public final RowType results;
    public final GeneratedProjection toArguments;
    public final GeneratedProjection toForwarded;

    FunctionOperatorParts(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType input,
            RowType arguments,
            RowType results,
            GeneratedProjection toArguments,
            GeneratedProjection toForwarded) {
        this.config = config;
        this.functions = functions;
        this.input = input;
        this.arguments = arguments;
        this.results = results;
        this.toArguments = toArguments;
        this.toForwarded = toForwarded;
    }
}
