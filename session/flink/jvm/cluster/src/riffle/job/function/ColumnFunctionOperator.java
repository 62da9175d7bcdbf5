package riffle.job.function;

import static org.apache.flink.python.PythonOptions.MAX_ARROW_BATCH_SIZE;
import static org.apache.flink.python.util.ProtoUtils.createArrowTypeCoderInfoDescriptorProto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;
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
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.function.RunnableWithException;
import riffle.job.columns.ArgumentWriter;
import riffle.job.columns.ArrowForm;
import riffle.job.columns.ForwardedRows;
import riffle.job.columns.ResultRows;
import riffle.job.columns.RowsNotKept;

/**
 * Calls scalar functions on columns. It writes arguments from rows into columns, reads results in place, and
 * has several bundles in progress. Everything runs on the task's thread, with the exceptions that {@link
 * Bundles} describes.
 *
 * <p>Watermarks and other stream elements are emitted after exactly the rows that came before them. No
 * bundle is in progress while a checkpoint is taken, so the operator has no state.
 */
public final class ColumnFunctionOperator extends AbstractPythonScalarFunctionOperator implements RowsNotKept {
    private static final long serialVersionUID = 1L;

    /** With this many bundles in progress, the operator waits for the end of the first. */
    private static final int MAX_UNDER_WAY = 3;

    /** A batch, and a bundle, are ended at these sizes of their texts. */
    private static final long MAX_BATCH_BYTES = 1 << 20;

    private static final long MAX_BUNDLE_BYTES = 8 << 20;

    /** A bundle of few rows does not wait for more. */
    private static final int FEW_ROWS = 1000;

    private static final long FEW_ROWS_MILLIS = 5;

    private final int[] arguments;
    private final int[] forwarded;

    private transient Bundles<Sent> bundles;
    private transient BundleSize bundleSize;
    private transient int maxBatchRows;
    private transient ArgumentWriter writer;
    private transient ForwardedRows kept;
    private transient List<Mark> marks; // among the rows that have not been sent
    private transient ResultRows results;
    private transient MailboxExecutor mailbox;
    private transient AtomicBoolean mailed;
    private transient boolean timerSet;

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

    /** What is remembered of a batch that was sent. */
    private static final class Sent {
        final ForwardedRows.Kept rows;
        final List<Mark> marks;

        Sent(ForwardedRows.Kept rows, List<Mark> marks) {
            this.rows = rows;
            this.marks = marks;
        }
    }

    /** A stream element to emit after a number of rows of a batch. */
    private static final class Mark {
        final int rows;
        final RunnableWithException emit;

        Mark(int rows, RunnableWithException emit) {
            this.rows = rows;
            this.emit = emit;
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        bundleSize = new BundleSize(maxBundleSize);
        maxBatchRows = Math.max(1, config.get(MAX_ARROW_BATCH_SIZE));
        writer = new ArgumentWriter(arguments, udfInputType);
        LogicalType[] types = Arrays.stream(forwarded).mapToObj(inputType::getTypeAt).toArray(LogicalType[]::new);
        kept = new ForwardedRows(forwarded, types);
        marks = new ArrayList<>();
        results = new ResultRows(forwarded.length, udfOutputType);
        mailed = new AtomicBoolean();
        mailbox =
                getContainingTask()
                        .getMailboxExecutorFactory()
                        .createExecutor(getOperatorConfig().getChainIndex());
        bundles = new Bundles<>(new RunnerParts(pythonFunctionRunner), this::mail);
        LOG.info("riffle's operator calls functions on columns: {} to {}", udfInputType, udfOutputType);
    }

    /** Emits results soon after they arrive, even if no row follows. */
    private void mail() {
        if (mailed.compareAndSet(false, true)) {
            try {
                mailbox.execute(
                        () -> {
                            mailed.set(false);
                            emitArrived();
                        },
                        "results of functions");
            } catch (RejectedExecutionException e) {
                LOG.debug("the task has ended before its results came", e);
            }
        }
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws Exception {
        RowData row = element.getValue();
        writer.add(row);
        kept.add(row);
        int bundleRows = bundles.openRows() + kept.rows();
        if (bundleRows >= bundleSize.rows()) {
            endBundle();
        } else if (kept.rows() >= maxBatchRows || batchBytes() >= MAX_BATCH_BYTES) {
            send();
            if (bundles.openBytes() >= MAX_BUNDLE_BYTES) {
                endBundle();
            }
            emitArrived();
        } else if (!timerSet) {
            setTimer();
        }
    }

    private long batchBytes() {
        return writer.bytes() + kept.bytes();
    }

    private void setTimer() {
        timerSet = true;
        long now = getProcessingTimeService().getCurrentProcessingTime();
        getProcessingTimeService()
                .registerTimer(
                        now + FEW_ROWS_MILLIS,
                        time -> {
                            timerSet = false;
                            if (bundles.openRows() + kept.rows() < FEW_ROWS) {
                                endBundle();
                            }
                        });
    }

    /** Sends the rows that were collected. */
    private void send() throws Exception {
        int rows = kept.rows();
        if (rows > 0) {
            Sent sent = new Sent(kept.take(), marks);
            marks = new ArrayList<>();
            bundles.send(writer.element(), rows, sent);
        }
    }

    /** Sends the rows that were collected, and ends the bundle; waits only if too many are under way. */
    private void endBundle() throws Exception {
        send();
        bundles.end();
        while (bundles.underWay() >= MAX_UNDER_WAY) {
            bundles.takeFirst(this::emit, this::ended);
        }
        lastFinishBundleTime = getProcessingTimeService().getCurrentProcessingTime();
    }

    /** Emits everything that was collected or is under way. */
    private void drain() throws Exception {
        endBundle();
        while (bundles.underWay() > 0) {
            bundles.takeFirst(this::emit, this::ended);
        }
    }

    private void emitArrived() throws Exception {
        bundles.takeArrived(this::emit, this::ended);
    }

    private void ended(int rows, long nanos) {
        bundleSize.ended(rows, nanos);
    }

    private void emit(Sent sent, byte[] result) throws Exception {
        results.set(sent.rows, result);
        int next = 0;
        for (Mark mark : sent.marks) {
            next = emitRows(next, mark.rows);
            mark.emit.run();
        }
        emitRows(next, sent.rows.rows());
    }

    private int emitRows(int from, int to) {
        for (int i = from; i < to; i++) {
            rowDataWrapper.collect(results.row(i));
        }
        return to;
    }

    /** Emits a stream element now, or after the rows that came before it. */
    private void inOrder(RunnableWithException emit) throws Exception {
        Sent last = bundles.last();
        if (kept.rows() > 0) {
            marks.add(new Mark(kept.rows(), emit));
        } else if (last != null) {
            last.marks.add(new Mark(last.rows.rows(), emit));
        } else {
            emit.run();
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            drain();
        }
        inOrder(() -> super.processWatermark(mark));
    }

    @Override
    public void processWatermark(WatermarkEvent mark) throws Exception {
        inOrder(() -> super.processWatermark(mark));
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        inOrder(() -> super.processWatermarkStatus(status));
    }

    @Override
    public void processLatencyMarker(LatencyMarker marker) throws Exception {
        inOrder(() -> super.processLatencyMarker(marker));
    }

    @Override
    public void processRecordAttributes(RecordAttributes attributes) throws Exception {
        inOrder(() -> super.processRecordAttributes(attributes));
    }

    /** Flink's timer calls it where no bundle has ended for a while. */
    @Override
    protected void invokeFinishBundle() throws Exception {
        endBundle();
    }

    /** Keeps Flink's operator from holding watermarks back, because this class does. */
    @Override
    public boolean isBundleFinished() {
        return true;
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        drain();
        super.prepareSnapshotPreBarrier(checkpoint);
    }

    @Override
    public void endInput() throws Exception {
        drain();
        super.endInput();
    }

    @Override
    public void finish() throws Exception {
        drain();
        super.finish();
    }

    @Override
    public void close() {
        CloseFailure.log(getOperatorName(), super::close);
        if (bundles != null) {
            bundles.close();
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
