package kinds;

import static kinds.Parts.part;
import static org.apache.flink.python.PythonOptions.MAX_ARROW_BATCH_SIZE;
import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.fnexecution.v1.FlinkFnApi.UserDefinedFunctions;
import org.apache.flink.python.util.ProtoUtils;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.generated.Projection;
import org.apache.flink.table.runtime.operators.python.AbstractStatelessFunctionOperator;
import org.apache.flink.table.runtime.operators.python.table.PythonTableFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.jobs.OperatorReplacement;
import riffle.job.function.BatchCalls;
import riffle.job.function.CloseFailure;

/**
 * Calls a table function on columns. A result is the index of its row in the batch, and a number; a batch
 * without results ends those of a batch of rows. If the input's first field is named "measured", a last row
 * has 0 and the most rows that a checkpoint's barrier would have had to wait for.
 */
public class RepeatsOperator extends AbstractStatelessFunctionOperator<RowData, RowData, RowData> {
    private static final long serialVersionUID = 1L;

    private final PythonFunctionInfo function;
    private final GeneratedProjection toArguments;

    private transient RepeatsBatches batches;
    private transient BatchCalls<RowData[]> calls;

    private RepeatsOperator(PythonTableFunctionOperator flinks) {
        super(
                flinks.getConfiguration(),
                part(flinks, "inputType", RowType.class),
                part(flinks, "udfInputType", RowType.class),
                part(flinks, "udfOutputType", RowType.class));
        function = part(flinks, "tableFunction", PythonFunctionInfo.class);
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
    public void open() throws Exception {
        super.open();
        Projection<RowData, BinaryRowData> projection =
                toArguments.newInstance(Thread.currentThread().getContextClassLoader());
        batches = new RepeatsBatches(inputType, udfInputType, projection, this::collect);
        calls =
                new BatchCalls<>(
                        this, pythonFunctionRunner, batches, maxBundleSize, config.get(MAX_ARROW_BATCH_SIZE));
    }

    private void collect(RowData row) {
        output.collect(new StreamRecord<>(row));
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws Exception {
        calls.add(element.getValue());
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            calls.drain();
        }
        calls.inOrder(() -> super.processWatermark(mark));
    }

    @Override
    public void processWatermark(WatermarkEvent mark) throws Exception {
        calls.inOrder(() -> super.processWatermark(mark));
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        calls.inOrder(() -> super.processWatermarkStatus(status));
    }

    @Override
    public void processLatencyMarker(LatencyMarker marker) throws Exception {
        calls.inOrder(() -> super.processLatencyMarker(marker));
    }

    @Override
    public void processRecordAttributes(RecordAttributes attributes) throws Exception {
        calls.inOrder(() -> super.processRecordAttributes(attributes));
    }

    @Override
    protected void invokeFinishBundle() throws Exception {
        calls.endIdle();
    }

    @Override
    public boolean isBundleFinished() {
        return true;
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        calls.drain();
        super.prepareSnapshotPreBarrier(checkpoint);
    }

    @Override
    public void endInput() throws Exception {
        calls.drain();
        if (inputType.getFieldNames().get(0).equals("measured")) {
            collect(GenericRowData.of(0L, batches.mostAhead()));
        }
        super.endInput();
    }

    @Override
    public void close() {
        CloseFailure.log(getOperatorName(), super::close);
        if (calls != null) {
            calls.close();
        }
    }

    @Override
    public PythonEnv getPythonEnv() {
        return function.getPythonFunction().getPythonEnv();
    }

    @Override
    public String getFunctionUrn() {
        return "riffle-test:transform:repeats:v1";
    }

    @Override
    public UserDefinedFunctions createUserDefinedFunctionsProto() {
        return ProtoUtils.createUserDefinedFunctionsProto(
                getRuntimeContext(), new PythonFunctionInfo[] {function}, false, false);
    }

    @Override
    public CoderInfoDescriptor createInputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(type, CoderInfoDescriptor.Mode.MULTIPLE, false);
    }

    @Override
    public CoderInfoDescriptor createOutputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(
                RepeatsBatches.withIndex(type), CoderInfoDescriptor.Mode.MULTIPLE, false);
    }

    @Override
    public void bufferInput(RowData row) {
        throw new UnsupportedOperationException(); // processElement does not call it
    }

    @Override
    public RowData getFunctionInput(RowData row) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void processElementInternal(RowData row) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void emitResult(Tuple3<String, byte[], Integer> result) {
        throw new UnsupportedOperationException();
    }
}
