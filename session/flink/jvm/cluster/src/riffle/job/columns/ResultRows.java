package riffle.job.columns;

import java.io.IOException;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** The rows of a batch with its results: the fields that were kept, then the results. */
public final class ResultRows {
    private final int forwarded;
    private final ResultReader reader;
    private final BatchRow row;
    private final BinaryRows binary; // null: rows are read where the columns are
    private ForwardedRows.Kept kept;

    /** If the rows leave the task, they are made in binary form, unless Flink has to do it. */
    public ResultRows(LogicalType[] forwarded, RowType results, boolean leave) {
        this.forwarded = forwarded.length;
        reader = new ResultReader(results);
        LogicalType[] types =
                Stream.concat(Stream.of(forwarded), results.getChildren().stream()).toArray(LogicalType[]::new);
        row = new BatchRow(types.length);
        binary = leave ? BinaryRows.of(types, this.forwarded) : null;
    }

    /** Takes the results of a batch. There has to be one for each row. */
    public void set(ForwardedRows.Kept kept, byte[] element) throws IOException {
        int rows = reader.read(element, row, forwarded);
        if (rows != kept.rows) {
            throw new IOException("a batch of " + kept.rows + " rows has " + rows + " results");
        }
        this.kept = kept;
        for (int i = 0; i < forwarded; i++) {
            row.set(i, kept.columns[i]);
        }
    }

    /** A row of the batch, which is valid until the next is taken. */
    public RowData row(int i) {
        row.moveTo(i, kept.kind(i));
        return binary == null ? row : binary.of(row);
    }
}
