package riffle.job.function;

import static org.apache.flink.python.PythonOptions.MAX_ARROW_BATCH_SIZE;
import static org.apache.flink.python.PythonOptions.MAX_BUNDLE_TIME_MILLS;
import static org.apache.flink.python.PythonOptions.PYTHON_METRIC_ENABLED;
import static org.apache.flink.python.PythonOptions.PYTHON_PROFILE_ENABLED;
import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.fnexecution.v1.FlinkFnApi.CoderInfoDescriptor;
import org.apache.flink.fnexecution.v1.FlinkFnApi.UserDefinedFunctions;
import org.apache.flink.python.util.ProtoUtils;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.operators.python.AbstractStatelessFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.RowsNotKept;

/**
 * An operator that calls functions on batches of rows. It passes all that it receives to {@link BatchCalls},
 * which describes the order and the bundles. A kind of function adds its {@link RowBatches}, its URN in the
 * function host, and the type of its results.
 *
 * <p>It uses no state, so it drains before a checkpoint.
 */
public abstract class BatchOperator extends AbstractStatelessFunctionOperator<RowData, RowData, RowData>
        implements RowsNotKept {
    private static final long serialVersionUID = 1L;

    private final PythonFunctionInfo[] functions;

    private transient BatchCalls<?> calls;

    protected BatchOperator(
            Configuration config,
            PythonFunctionInfo[] functions,
            RowType inputType,
            RowType argumentTypes,
            RowType resultTypes) {
        super(withoutTimer(config), inputType, argumentTypes, resultTypes);
        this.functions = functions;
    }

    /** Flink's timer ends the bundle now and then. BatchCalls has timers only for rows that wait. */
    private static Configuration withoutTimer(Configuration config) {
        Configuration changed = new Configuration(config);
        changed.set(MAX_BUNDLE_TIME_MILLS, Duration.ofDays(3650).toMillis());
        return changed;
    }

    /** Returns the batches of the functions, when the operator opens. */
    protected abstract RowBatches<?> openBatches(Consumer<RowData> output) throws Exception;

    @Override
    public void open() throws Exception {
        super.open();
        StreamRecord<RowData> record = new StreamRecord<>(null);
        RowBatches<?> batches = openBatches(row -> output.collect(record.replace(row)));
        calls =
                new BatchCalls<>(
                        this,
                        pythonFunctionRunner,
                        batches,
                        Arrays.stream(functions).mapToInt(FunctionPayload::concurrent).max().orElse(1),
                        maxBundleSize,
                        config.get(MAX_ARROW_BATCH_SIZE));
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

    /** Flink calls it before a barrier, and at the end of the input. */
    @Override
    protected void invokeFinishBundle() throws Exception {
        calls.drain();
    }

    /** Keeps Flink's operator from holding watermarks back, because this class does. */
    @Override
    public boolean isBundleFinished() {
        return true;
    }

    @Override
    public void close() {
        if (calls != null) {
            calls.close();
        }
        CloseFailure.log(getOperatorName(), super::close);
    }

    @Override
    public PythonEnv getPythonEnv() {
        return functions[0].getPythonFunction().getPythonEnv();
    }

    @Override
    public UserDefinedFunctions createUserDefinedFunctionsProto() {
        return ProtoUtils.createUserDefinedFunctionsProto(
                getRuntimeContext(), functions, config.get(PYTHON_METRIC_ENABLED), config.get(PYTHON_PROFILE_ENABLED));
    }

    @Override
    public CoderInfoDescriptor createInputCoderInfoDescriptor(RowType type) {
        return createArrowTypeCoderInfoDescriptorProto(type, CoderInfoDescriptor.Mode.MULTIPLE, false);
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
