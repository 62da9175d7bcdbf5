package riffle.job.rows;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.columns.RowsNotKept;

/**
 * Sends a subtask's rows to riffle over a connection of its own. Either the subtask connects to riffle, or the
 * sink's {@link RowCoordinator} connects to the subtask, and passes the rows on or tells it where riffle is. The first row is sent at once, so
 * that a slow stream shows its first row early. Later rows are sent when a batch is full, or
 * {@link #COLLECT_MILLIS} after the batch began, but not within {@link #PAUSE_MILLIS} after the batch before it.
 *
 * <p>It is an operator and not a SinkV2 writer, because Flink never chains the latter to a legacy source
 * (VALUES, datagen): the rows would cross a network stack and wait in its buffers, and the job would need
 * one more task.
 *
 * <p>All of it runs on the task's own thread, including timers. So nothing is locked, and a failed write
 * fails the task wherever it happens.
 */
public final class ArrowSinkOperator extends AbstractStreamOperator<Object>
        implements OneInputStreamOperator<RowData, Object>, BoundedOneInput, RowsNotKept {
    private static final long serialVersionUID = 1L;

    /** A row is often the first of several. */
    private static final long COLLECT_MILLIS = 3;

    /** Each batch wakes threads here and in the client. */
    private static final long PAUSE_MILLIS = 25;

    private final RowType type;
    private final ResultTarget target; // null if the coordinator connects
    private final boolean direct; // the coordinator tells the target
    private final transient OperatorEventGateway coordinator;

    private transient SocketChannel socket;
    private transient FrameChannel channel;
    private transient ArrowBatches batches;
    private transient boolean timerSet;
    private transient long lastSent; // when a batch was, by System.nanoTime: the clock may be set back
    private transient long sent;

    /** Sends the rows to a target. */
    public ArrowSinkOperator(RowType type, ResultTarget target) {
        this.type = type;
        this.target = target;
        direct = false;
        coordinator = null;
    }

    /** Sends the rows to the coordinator, or to a target that it gets from it. */
    ArrowSinkOperator(
            RowType type,
            boolean direct,
            OperatorEventGateway coordinator,
            StreamOperatorParameters<Object> parameters) {
        super(parameters);
        this.type = type;
        this.direct = direct;
        this.coordinator = coordinator;
        target = null;
    }

    @Override
    public void open() throws Exception {
        super.open();
        socket = relayed() ? awaitCoordinator() : connect(direct ? askCoordinator() : target);
        channel = new FrameChannel(relayed() ? new PackedChannel(socket) : socket);
        batches = new ArrowBatches(type, channel);
        batches.start();
    }

    /** Whether the rows go through the JobManager. */
    private boolean relayed() {
        return target == null && !direct;
    }

    private SocketChannel awaitCoordinator() throws IOException {
        return RowServer.open(
                coordinator,
                getContainingTask().getEnvironment().getTaskManagerInfo(),
                getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks());
    }

    private ResultTarget askCoordinator() throws IOException {
        try (SocketChannel connection = awaitCoordinator()) {
            return RowServer.readTarget(connection);
        }
    }

    private SocketChannel connect(ResultTarget riffle) throws IOException {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return riffle.connect(
                task.getIndexOfThisSubtask(), task.getNumberOfParallelSubtasks(), task.getAttemptNumber());
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws IOException {
        batches.add(element.getValue());
        if (sent == 0 || batches.full()) {
            send();
        } else if (!timerSet) {
            setTimer();
        }
    }

    private void setTimer() {
        timerSet = true;
        long wait = Math.max(COLLECT_MILLIS, PAUSE_MILLIS - millisSinceSent());
        long now = getProcessingTimeService().getCurrentProcessingTime();
        getProcessingTimeService().registerTimer(now + wait, time -> onTimer());
    }

    private long millisSinceSent() {
        return (System.nanoTime() - lastSent) / 1_000_000;
    }

    private void onTimer() throws IOException {
        timerSet = false;
        if (millisSinceSent() >= PAUSE_MILLIS) {
            send();
        } else if (batches.rows() > 0) { // full batches were sent since the timer was set
            setTimer();
        }
    }

    private void send() throws IOException {
        int rows = batches.rows();
        if (rows > 0) {
            batches.flush();
            channel.flush();
            sent += rows;
            lastSent = System.nanoTime();
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws IOException {
        send(); // no row waits during a checkpoint
    }

    @Override
    public void endInput() throws IOException {
        send();
        channel.end(sent);
        if (relayed()) {
            RowServer.awaitArrival(socket);
        }
    }

    /**
     * Frees what open has created. It throws nothing: the rows have been sent or the task has failed
     * before, and an operator that fails to close after that is fatal for the TaskManager (Task#doRun).
     */
    @Override
    public void close() {
        // No end frame here: only the end of input makes a result complete.
        end(channel);
        end(super::close);
    }

    private void end(AutoCloseable part) {
        try {
            if (part != null) {
                part.close();
            }
        } catch (Exception e) {
            LOG.info("{} has not closed well", getOperatorName(), e);
        }
    }
}
