package riffle.sink;

import java.io.IOException;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * Batches a subtask's rows: the first row goes out at once, so that a slow stream shows life; later
 * ones when a batch is full or {@link #LATENCY_MILLIS} after the batch was begun.
 *
 * <p>All of it runs on the task's own thread (timers fire there too), so nothing is locked and a failed
 * write fails the task wherever it happens.
 */
final class ArrowSinkWriter implements SinkWriter<RowData> {
    private static final long LATENCY_MILLIS = 50;

    private final FrameChannel channel;
    private final ArrowBatches batches;
    private final ProcessingTimeService clock;
    private boolean timerSet;
    private long sent;

    ArrowSinkWriter(RowType type, FrameChannel channel, ProcessingTimeService clock) throws IOException {
        this.channel = channel;
        this.clock = clock;
        batches = new ArrowBatches(type, channel);
        batches.start();
    }

    @Override
    public void write(RowData row, Context context) throws IOException {
        batches.add(row);
        if (sent == 0 || batches.full()) {
            send();
        } else if (!timerSet) {
            timerSet = true;
            clock.registerTimer(clock.getCurrentProcessingTime() + LATENCY_MILLIS, time -> onTimer());
        }
    }

    private void onTimer() throws IOException {
        timerSet = false;
        send();
    }

    private void send() throws IOException {
        int rows = batches.rows();
        if (rows > 0) {
            batches.flush();
            channel.flush();
            sent += rows;
        }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
        send();
        if (endOfInput) {
            channel.end(sent);
        }
    }

    @Override
    public void close() throws IOException {
        // No end frame here: only the end of input makes a result complete.
        try {
            channel.close();
        } finally {
            batches.close();
        }
    }
}
