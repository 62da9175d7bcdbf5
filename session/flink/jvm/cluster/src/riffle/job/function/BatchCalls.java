package riffle.job.function;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.python.PythonFunctionRunner;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.function.RunnableWithException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a function on batches of rows. It collects rows, sends them in bundles of which several are in
 * progress, and emits their results. Watermarks and other stream elements are emitted after exactly the
 * results of the rows that came before them.
 *
 * <p>An operator owns one and passes everything that it receives to it. All methods are called on the
 * task's thread. The operator drains before a checkpoint, so neither of them has state.
 *
 * @param <B> what is kept of a batch until its results have been emitted
 */
public final class BatchCalls<B> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchCalls.class);

    /** A batch, and a bundle, are ended at these sizes of their rows. */
    private static final long MAX_BATCH_BYTES = 1 << 20;

    private static final long MAX_BUNDLE_BYTES = BundleSize.MAX_BYTES;

    /**
     * A bundle that is not full ends this long after its first row, which is often the first of several. If
     * bundles are in progress, it ends with the last of them: the function is busy.
     */
    private static final long COLLECT_MILLIS = 3;

    /** Such a bundle ends this long after the one before it: a bundle wakes a dozen threads. */
    private static final long PAUSE_MILLIS = 20;

    private final RowBatches<B> batches;
    private final Bundles<Sent<B>> bundles;
    private final BundleSize bundleSize;
    private final int maxBatchRows;
    private final ProcessingTimeService time;
    private final MailboxExecutor mailbox;
    private final Counter rowsEnded; // what Flink's counters have for its own operators, at a cost for each bundle
    private final AtomicBoolean mailed = new AtomicBoolean();
    private ArrayDeque<Mark> marks = new ArrayDeque<>(); // among the rows that have not been sent
    private boolean timerSet;
    private long lastEnd; // of a bundle's rows, by System.nanoTime: the clock may be set back

    /** Those of an operator whose runner is open. Its functions compute {@code concurrentRows} at a time. */
    public BatchCalls(
            AbstractStreamOperator<?> operator,
            PythonFunctionRunner runner,
            RowBatches<B> batches,
            int concurrentRows,
            int maxBundleRows,
            int maxBatchRows) {
        this.batches = batches;
        this.maxBatchRows = Math.max(1, maxBatchRows);
        bundleSize = new BundleSize(maxBundleRows, concurrentRows);
        time = operator.getProcessingTimeService();
        mailbox =
                operator.getContainingTask()
                        .getMailboxExecutorFactory()
                        .createExecutor(operator.getOperatorConfig().getChainIndex());
        lastEnd = System.nanoTime();
        rowsEnded = operator.getMetricGroup().addGroup("riffle").counter("rows");
        bundles = new Bundles<>(
                        new RunnerParts(runner),
                        FunctionReports.of(operator.getRuntimeContext()),
                        batches.manyResults(),
                        this::mail);
    }

    /** A batch that was sent, until its last result has been emitted. */
    private static final class Sent<B> {
        final int rows;
        final B batch;
        final ArrayDeque<Mark> marks;

        Sent(int rows, B batch, ArrayDeque<Mark> marks) {
            this.rows = rows;
            this.batch = batch;
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

    /** Calls the function for a row. */
    public void add(RowData row) throws Exception {
        batches.add(row);
        int rows = batches.rows();
        if (bundles.openRows() + rows >= bundleSize.rows()) {
            endBundle();
        } else if (rows >= maxBatchRows || batches.bytes() >= MAX_BATCH_BYTES) {
            send();
            if (bundles.openBytes() >= MAX_BUNDLE_BYTES) {
                endBundle();
            }
            emitArrived();
        } else {
            endSoon();
        }
    }

    /** Sees to it that rows which were collected are sent, though no row follows. */
    private void endSoon() {
        if (timerSet || bundles.ending() > 0 || bundles.openRows() + batches.rows() == 0) {
            return;
        }
        timerSet = true;
        long wait = Math.max(COLLECT_MILLIS, PAUSE_MILLIS - millisSinceEnd());
        time.registerTimer(time.getCurrentProcessingTime() + wait, now -> onTimer());
    }

    private long millisSinceEnd() {
        return (System.nanoTime() - lastEnd) / 1_000_000;
    }

    /** Ends the open bundle, unless one has ended since the timer was set. */
    private void onTimer() throws Exception {
        timerSet = false;
        if (bundles.ending() == 0 && millisSinceEnd() >= PAUSE_MILLIS) {
            endBundle();
        } else {
            endSoon();
        }
    }

    /** Emits a stream element now, or after the results of the rows that came before it. */
    public void inOrder(RunnableWithException emit) throws Exception {
        Sent<B> last = bundles.last();
        if (batches.rows() > 0) {
            marks.add(new Mark(batches.rows(), emit));
        } else if (last != null) {
            last.marks.add(new Mark(last.rows, emit));
        } else {
            emit.run();
        }
    }

    /** Emits everything that was collected or is in progress. */
    public void drain() throws Exception {
        endBundle();
        while (bundles.underWay() > 0) {
            bundles.takeFirst(this::emit, this::ended);
        }
    }

    /** Sends the rows that were collected. */
    private void send() throws Exception {
        int rows = batches.rows();
        if (rows > 0) {
            makeRoom();
            long bytes = batches.bytes();
            byte[] element = batches.element();
            Sent<B> sent = new Sent<>(rows, batches.take(), marks);
            marks = new ArrayDeque<>();
            bundles.send(element, rows, bytes, sent);
        }
    }

    /** Sends the rows that were collected, and ends the bundle. Waits only if too much is in progress. */
    private void endBundle() throws Exception {
        send();
        bundles.end();
        lastEnd = System.nanoTime();
        makeRoom();
    }

    private void makeRoom() throws Exception {
        while (bundles.full()) {
            bundles.takeFirst(this::emit, this::ended);
        }
    }

    private void emitArrived() throws Exception {
        bundles.takeArrived(this::emit, this::ended);
        endSoon();
    }

    private void ended(int rows, long bytes, long nanos) {
        rowsEnded.inc(rows);
        bundleSize.ended(rows, bytes, nanos);
    }

    /** Emits results of a batch and the marks among them. Returns whether they are the last. */
    private boolean emit(Sent<B> sent, byte[] result) throws Exception {
        int complete = batches.read(sent.batch, result);
        for (Mark mark; (mark = sent.marks.peek()) != null && mark.rows <= complete; ) {
            batches.emitBefore(mark.rows);
            sent.marks.poll();
            mark.emit.run();
        }
        batches.emitBefore(sent.rows);
        return complete == sent.rows;
    }

    /** Abandons the bundles in progress. Must be called before the operator's runner is closed. */
    @Override
    public void close() {
        bundles.close();
    }
}
