package kinds;

import static kinds.Parts.part;
import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.generated.Projection;
import org.apache.flink.table.runtime.operators.python.table.PythonTableFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.jobs.OperatorReplacement;
import riffle.job.function.BatchOperator;
import riffle.job.function.RowBatches;

/**
 * Calls a table function on columns. A result is the index of its row in the batch, and a number; a batch
 * without results ends those of a batch of rows. If the input's first field is named "measured", a last row
 * has 0 and the most rows that a checkpoint's barrier would have had to wait for.
 */
public class RepeatsOperator extends BatchOperator {
    private static final long serialVersionUID = 1L;

    private final GeneratedProjection toArguments;

    private transient RepeatsBatches batches;
    private transient Consumer<RowData> output;

    private RepeatsOperator(PythonTableFunctionOperator flinks) {
        super(
                flinks.getConfiguration(),
                new PythonFunctionInfo[] {part(flinks, "tableFunction", PythonFunctionInfo.class)},
                part(flinks, "inputType", RowType.class),
                part(flinks, "udfInputType", RowType.class),
                part(flinks, "udfOutputType", RowType.class));
        toArguments = part(flinks, "udtfInputGeneratedProjection", GeneratedProjection.class);
    }

    /** Replaces the operator of {@link Repeats}. */
    public static class Replacement implements OperatorReplacement {
        @Override
        public StreamOperator<?> of(StreamOperator<?> operator) {
            if (!(operator instanceof PythonTableFunctionOperator)) {
                return operator;
            }
            PythonFunctionInfo function = part(operator, "tableFunction", PythonFunctionInfo.class);
            String payload =
                    new String(function.getPythonFunction().getSerializedPythonFunction(), StandardCharsets.UTF_8);
            return payload.equals(Repeats.NAME) ? new RepeatsOperator((PythonTableFunctionOperator) operator) : operator;
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    protected RowBatches<?> openBatches(Consumer<RowData> output) {
        Projection<RowData, BinaryRowData> projection =
                toArguments.newInstance(Thread.currentThread().getContextClassLoader());
        this.output = output;
        batches = new RepeatsBatches(inputType, udfInputType, projection, output);
        return batches;
    }

    @Override
    public void endInput() throws Exception {
        super.endInput();
        if (inputType.getFieldNames().get(0).equals("measured")) {
            output.accept(GenericRowData.of(0L, batches.mostAhead()));
        }
    }

    @Override
    public String getFunctionUrn() {
        return "riffle-test:transform:repeats:v1";
    }

    @Override
    public CoderInfoDescriptor createOutputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(
                RepeatsBatches.withIndex(type), CoderInfoDescriptor.Mode.MULTIPLE, false);
    }
}
