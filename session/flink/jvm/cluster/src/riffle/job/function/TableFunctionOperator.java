package riffle.job.function;

import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.TableRows;

/** Calls a table function on columns, and joins its results to the rows of the input. */
public final class TableFunctionOperator extends BatchOperator {
    private static final long serialVersionUID = 1L;

    private final int[] arguments;
    private final boolean left;

    /**
     * The fields of the input that are the function's arguments. {@code left} says that a row without results gets
     * NULLs.
     */
    public TableFunctionOperator(
            Configuration config,
            PythonFunctionInfo function,
            RowType inputType,
            RowType argumentTypes,
            RowType resultTypes,
            int[] arguments,
            boolean left) {
        super(config, new PythonFunctionInfo[] {function}, inputType, argumentTypes, resultTypes);
        this.arguments = arguments;
        this.left = left;
    }

    @Override
    protected RowBatches<?> openBatches(Consumer<RowData> output) {
        LOG.info("riffle's operator calls a table function on columns: {} to {}", udfInputType, udfOutputType);
        return new TableBatches(
                arguments,
                udfInputType,
                inputType.getChildren().toArray(LogicalType[]::new),
                udfOutputType,
                left,
                getOperatorConfig().isChainEnd(),
                output);
    }

    @Override
    public String getFunctionUrn() {
        return "riffle:transform:table_function:v1";
    }

    @Override
    public CoderInfoDescriptor createOutputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(
                TableRows.withRow(type), CoderInfoDescriptor.Mode.MULTIPLE, false);
    }
}
