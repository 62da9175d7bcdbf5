package riffle.job.function;

import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ArrowForm;

/**
 * Calls scalar functions on columns. Arguments are written from rows into columns, and results are read
 * where they are.
 */
public final class ColumnFunctionOperator extends BatchOperator {
    private static final long serialVersionUID = 1L;

    private final int[] arguments;
    private final int[] forwarded;

    /** The fields of the input that are the functions' arguments, and those that pass by. */
    public ColumnFunctionOperator(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType inputType,
            RowType argumentTypes,
            RowType resultTypes,
            int[] arguments,
            int[] forwarded) {
        super(config, functions, inputType, argumentTypes, resultTypes);
        this.arguments = arguments;
        this.forwarded = forwarded;
    }

    @Override
    protected RowBatches<?> openBatches(Consumer<RowData> output) {
        LOG.info("riffle's operator calls functions on columns: {} to {}", udfInputType, udfOutputType);
        LogicalType[] types = Arrays.stream(forwarded).mapToObj(inputType::getTypeAt).toArray(LogicalType[]::new);
        return new ScalarBatches(
                arguments,
                udfInputType,
                forwarded,
                types,
                udfOutputType,
                getOperatorConfig().isChainEnd(),
                output);
    }

    /** In the function host it differs from Flink's in the Arrow types only ({@link ArrowForm#FUNCTION}). */
    @Override
    public String getFunctionUrn() {
        return "riffle:transform:scalar_function:v1";
    }

    @Override
    public CoderInfoDescriptor createOutputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(type, CoderInfoDescriptor.Mode.SINGLE, false);
    }
}
