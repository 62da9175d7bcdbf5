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
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReaderBase;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.NumberSequenceIterator;

/** Emits rows with the numbers from 1 on, in as many splits as there are subtasks. */
final class NumberedSource implements Source<RowData, NumberSequenceSplit, Collection<NumberSequenceSplit>> {
    private static final long serialVersionUID = 1L;

    /** What the subtasks of a source with idle ones know of each other. They run in one JVM. */
    private static final Map<UUID, NumberedSource.Others> OTHERS = new ConcurrentHashMap<>();

    private final NumberSequenceSource numbers;
    private final Rows rows;
    private final boolean oneIdle;
    private final UUID id = UUID.randomUUID();

    NumberedSource(long last, Rows rows, boolean oneIdle) {
        numbers = new NumberSequenceSource(1, last);
        this.rows = rows;
        this.oneIdle = oneIdle;
    }

    private static final class Others {
        final CompletableFuture<Void> idleBegan = new CompletableFuture<>();
        final CompletableFuture<Void> busyEnded = new CompletableFuture<>();
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<RowData, NumberSequenceSplit> createReader(SourceReaderContext context) {
        if (!oneIdle) {
            return new Reader(context, rows, null);
        }
        Others others = OTHERS.computeIfAbsent(id, i -> new Others());
        return context.getIndexOfSubtask() == 0 ? new Reader(context, rows, others) : new Idle(others);
    }

    private static final class Reader
            extends IteratorSourceReaderBase<Long, RowData, NumberSequenceIterator, NumberSequenceSplit> {
        /** Time for the other subtasks' status to reach all operators. */
        private static final long IDLE_MILLIS = 400;

        private final Rows rows;
        private Others others; // null if there is nothing to wait for
        private final Others ended;

        Reader(SourceReaderContext context, Rows rows, Others others) {
            super(context);
            this.rows = rows;
            this.others = others;
            ended = others;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<RowData> output) {
            if (others != null) {
                others.idleBegan.join();
                others = null;
                try {
                    Thread.sleep(IDLE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            InputStatus status = super.pollNext(output);
            if (status == InputStatus.END_OF_INPUT && ended != null) {
                ended.busyEnded.complete(null);
            }
            return status;
        }

        @Override
        protected RowData convert(Long number) {
            return rows.row(number, 0, RowKind.INSERT);
        }

        @Override
        public void close() {} // which the superclass may do with any exception
    }

    /** A reader without splits, which ends after the one that has them. */
    private static final class Idle implements SourceReader<RowData, NumberSequenceSplit> {
        private final Others others;

        Idle(Others others) {
            this.others = others;
        }

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<RowData> output) {
            others.idleBegan.complete(null);
            return others.busyEnded.isDone() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return others.busyEnded;
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
        public void close() {
            others.busyEnded.complete(null);
        }
    }

    @Override
    public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
            SplitEnumeratorContext<NumberSequenceSplit> context) {
        return numbers.createEnumerator(context);
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
