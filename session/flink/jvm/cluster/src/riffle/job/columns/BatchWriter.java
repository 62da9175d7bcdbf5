package riffle.job.columns;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * Writes rows as record batches: the columns of a row in order, each in the type that {@link ArrowForm}
 * selects, and then the row kind as {@link org.apache.flink.types.RowKind#toByteValue}.
 *
 * <p>It is owned by one thread, and needs nothing that must be closed.
 */
public final class BatchWriter {
    private final ColumnWriter[] columns;
    private final FixedWidthWriters.Bytes kinds = new FixedWidthWriters.Bytes();
    private final ColumnBatch batch;
    private final WritableByteChannel out;

    /** The channel must take all bytes that it is given, as those of files and FrameChannel do. */
    public BatchWriter(RowType type, WritableByteChannel out) {
        columns =
                type.getChildren().stream()
                        .map(child -> ColumnWriter.of(child, ArrowForm.RESULT))
                        .toArray(ColumnWriter[]::new);
        ColumnWriter[] all = Arrays.copyOf(columns, columns.length + 1);
        all[columns.length] = kinds;
        batch = new ColumnBatch(all);
        this.out = out;
    }

    public void add(RowData row) {
        for (int i = 0; i < columns.length; i++) {
            columns[i].write(row, i);
        }
        kinds.put(row.getRowKind().toByteValue());
        kinds.counted();
    }

    /** The number of rows in the batch. */
    public int rows() {
        return kinds.count();
    }

    /** The size of texts in the batch, and about that of lists. */
    public long bytes() {
        return batch.bytes();
    }

    /** Writes the batch and begins the next. */
    public void flush() throws IOException {
        batch.writeTo(out, rows());
    }
}
