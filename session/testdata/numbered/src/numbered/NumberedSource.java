package numbered;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource.NumberSequenceSplit;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceEnumerator;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReaderBase;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.NumberSequenceIterator;

/** Emits rows with the numbers from 1 on, in as many splits as there are subtasks. */
final class NumberedSource implements Source<RowData, NumberSequenceSplit, Collection<NumberSequenceSplit>> {
    private static final long serialVersionUID = 1L;

    /** Done when the only subtask that has rows has emitted them. The subtasks run in one JVM. */
    private static final Map<UUID, CompletableFuture<Void>> ENDED = new ConcurrentHashMap<>();

    private final long last;
    private final NumberSequenceSource numbers;
    private final Rows rows;
    private final boolean oneIdle;
    private final String pausedRun;
    private final long rowsPerCheckpoint;
    private final UUID id = UUID.randomUUID();

    /**
     * With {@code pausedRun}, it pauses in the middle until {@link Fired} has been called in this run. Where
     * {@code rowsPerCheckpoint} is not 0, a subtask pauses after so many rows until a checkpoint begins.
     */
    NumberedSource(long last, Rows rows, boolean oneIdle, String pausedRun, long rowsPerCheckpoint) {
        this.last = last;
        numbers = new NumberSequenceSource(1, last);
        this.rows = rows;
        this.oneIdle = oneIdle;
        this.pausedRun = pausedRun;
        this.rowsPerCheckpoint = rowsPerCheckpoint;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<RowData, NumberSequenceSplit> createReader(SourceReaderContext context) {
        CompletableFuture<Void> ended = ENDED.computeIfAbsent(id, i -> new CompletableFuture<>());
        return oneIdle && context.getIndexOfSubtask() > 0 ? new Idle(ended) : new Reader(context, ended);
    }

    private final class Reader
            extends IteratorSourceReaderBase<Long, RowData, NumberSequenceIterator, NumberSequenceSplit> {
        private final CompletableFuture<Void> ended;
        private final CompletableFuture<Void> resumed =
                pausedRun == null ? CompletableFuture.completedFuture(null) : Fired.in(pausedRun);
        private long number;
        private long rowsSinceCheckpoint;
        private CompletableFuture<Void> checkpoint = new CompletableFuture<>();

        Reader(SourceReaderContext context, CompletableFuture<Void> ended) {
            super(context);
            this.ended = ended;
        }

        private boolean paused() {
            return number == last / 2 && !resumed.isDone() || waitsForCheckpoint();
        }

        private boolean waitsForCheckpoint() {
            return rowsPerCheckpoint > 0 && rowsSinceCheckpoint == rowsPerCheckpoint;
        }

        @Override
        public List<NumberSequenceSplit> snapshotState(long id) {
            rowsSinceCheckpoint = 0;
            checkpoint.complete(null);
            checkpoint = new CompletableFuture<>();
            return super.snapshotState(id);
        }

        @Override
        public InputStatus pollNext(ReaderOutput<RowData> output) {
            if (paused()) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            // It does not wait for a next split, because Flink loses the last watermark of an idle source.
            InputStatus status = oneIdle && number == last ? InputStatus.END_OF_INPUT : super.pollNext(output);
            if (status == InputStatus.END_OF_INPUT) {
                ended.complete(null);
            }
            return paused() ? InputStatus.NOTHING_AVAILABLE : status;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            if (waitsForCheckpoint()) {
                return checkpoint;
            }
            return paused() ? resumed : super.isAvailable();
        }

        @Override
        protected RowData convert(Long number) {
            this.number = number;
            rowsSinceCheckpoint++;
            return rows.row(number, 0, RowKind.INSERT);
        }

        @Override
        public void close() {} // which the superclass may do with any exception
    }

    /** A reader without splits, which ends after the one that has them. */
    private static final class Idle implements SourceReader<RowData, NumberSequenceSplit> {
        private final CompletableFuture<Void> ended;

        Idle(CompletableFuture<Void> ended) {
            this.ended = ended;
        }

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<RowData> output) {
            return ended.isDone() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return ended;
        }

        @Override
        public List<NumberSequenceSplit> snapshotState(long checkpoint) {
            return List.of();
        }

        @Override
        public void addSplits(List<NumberSequenceSplit> splits) {}

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    @Override
    public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
            SplitEnumeratorContext<NumberSequenceSplit> context) {
        return oneIdle
                ? new IteratorSourceEnumerator<>(context, List.of(new NumberSequenceSplit("all", 1, last)))
                : numbers.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> restoreEnumerator(
            SplitEnumeratorContext<NumberSequenceSplit> context, Collection<NumberSequenceSplit> splits) {
        return numbers.restoreEnumerator(context, splits);
    }

    @Override
    public SimpleVersionedSerializer<NumberSequenceSplit> getSplitSerializer() {
        return numbers.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<Collection<NumberSequenceSplit>> getEnumeratorCheckpointSerializer() {
        return numbers.getEnumeratorCheckpointSerializer();
    }
}
