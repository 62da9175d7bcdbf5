package riffle.job.function;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator;
import org.apache.flink.table.types.logical.RowType;

/**
 * Flink's operator for functions whose rows travel as Arrow batches. It closes as {@link CloseFailure}
 * describes.
 */
public final class BatchFunctionOperator extends ArrowPythonScalarFunctionOperator {
    private static final long serialVersionUID = 1L;

    public BatchFunctionOperator(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType input,
            RowType arguments,
            RowType results,
            GeneratedProjection toArguments,
            GeneratedProjection toForwarded) {
        super(config, functions, input, arguments, results, toArguments, toForwarded);
    }

    @Override
    public void open() throws Exception {
        super.open();
        LOG.info("Flink's operator calls functions in batches: {} to {}", udfInputType, udfOutputType);
    }

    @Override
    public void close() {
        CloseFailure.log(getOperatorName(), super::close);
    }
}
