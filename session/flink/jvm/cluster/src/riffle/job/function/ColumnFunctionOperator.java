package riffle.job.function;

import static org.apache.flink.python.PythonOptions.MAX_ARROW_BATCH_SIZE;
import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.ArrowForm;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.RowsNotKept;

/**
 * Calls scalar functions on columns. Arguments are written from rows into columns, and results are read
 * where they are. {@link BatchCalls} describes the order and the bundles.
 */
public final class ColumnFunctionOperator extends AbstractPythonScalarFunctionOperator implements RowsNotKept {
    private static final long serialVersionUID = 1L;

    private final int[] arguments;
    private final int[] forwarded;

    private transient BatchCalls<ForwardedRows.Kept> calls;

    /** The fields of the input that are the functions' arguments, and those that pass by. */
    public ColumnFunctionOperator(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType inputType,
            RowType argumentTypes,
            RowType resultTypes,
            GeneratedProjection toArguments,
            GeneratedProjection toForwarded,
            int[] arguments,
            int[] forwarded) {
        super(config, functions, inputType, argumentTypes, resultTypes, toArguments, toForwarded);
        this.arguments = arguments;
        this.forwarded = forwarded;
    }

    @Override
    public void open() throws Exception {
        super.open();
        ScalarBatches batches =
                new ScalarBatches(
                        inputType,
                        arguments,
                        udfInputType,
                        forwarded,
                        udfOutputType,
                        getOperatorConfig().isChainEnd(),
                        rowDataWrapper::collect);
        calls =
                new BatchCalls<>(
                        this, pythonFunctionRunner, batches, maxBundleSize, config.get(MAX_ARROW_BATCH_SIZE));
        LOG.info("riffle's operator calls functions on columns: {} to {}", udfInputType, udfOutputType);
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

    /** Flink's timer calls it. Flink also calls it when nothing is in progress. */
    @Override
    protected void invokeFinishBundle() throws Exception {
        calls.endIdle();
    }

    /** Keeps Flink's operator from holding watermarks back, because this class does. */
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
        super.endInput();
    }

    @Override
    public void finish() throws Exception {
        calls.drain();
        super.finish();
    }

    @Override
    public void close() {
        CloseFailure.log(getOperatorName(), super::close);
        if (calls != null) {
            calls.close();
        }
    }

    /** In the function host it differs from Flink's in the Arrow types only ({@link ArrowForm#FUNCTION}). */
    @Override
    public String getFunctionUrn() {
        return "riffle:transform:scalar_function:v1";
    }

    @Override
    public CoderInfoDescriptor createInputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(type, CoderInfoDescriptor.Mode.MULTIPLE, false);
    }

    @Override
    public CoderInfoDescriptor createOutputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(type, CoderInfoDescriptor.Mode.SINGLE, false);
    }

    @Override
    public void processElementInternal(RowData row) {
        throw new UnsupportedOperationException(); // processElement does not call it
    }

    @Override
    public void emitResult(Tuple3<String, byte[], Integer> result) {
        throw new UnsupportedOperationException();
    }
}
