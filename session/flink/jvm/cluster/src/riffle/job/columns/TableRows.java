package riffle.job.columns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * The rows of a batch with the results of a table function: the fields that were kept, then the columns of a
 * result. The results come in any number of elements, each with the number of its row in the batch.
 */
public final class TableRows {
    private final ResultReader reader;
    private final BatchRow read; // the numbers of the rows, then the columns
    private final BatchRow results;
    private final BatchRow forwarded;
    private final RowData nulls;
    private final JoinedRowData joined = new JoinedRowData();
    private final BinaryRows binary; // null: rows are read where the columns are
    private ForwardedRows.Kept kept;
    private int last; // the row of the last result

    /** If the rows leave the task, they are made in binary form, unless Flink has to do it. */
    public TableRows(LogicalType[] forwarded, RowType columns, boolean leave) {
        reader = new ResultReader(withRow(columns));
        read = new BatchRow(1 + columns.getFieldCount());
        results = new BatchRow(columns.getFieldCount());
        this.forwarded = new BatchRow(forwarded.length);
        nulls = new GenericRowData(columns.getFieldCount());
        LogicalType[] types =
                Stream.concat(Stream.of(forwarded), columns.getChildren().stream()).toArray(LogicalType[]::new);
        binary = leave ? BinaryRows.of(types, forwarded.length) : null;
    }

    /** The columns as they are sent: after the number of the row. */
    public static RowType withRow(RowType columns) {
        String name = "row";
        while (columns.getFieldNames().contains(name)) {
            name += "_";
        }
        List<RowType.RowField> fields = new ArrayList<>();
        fields.add(new RowType.RowField(name, new IntType(false)));
        fields.addAll(columns.getFields());
        return new RowType(fields);
    }

    /** Begins a batch, whose elements of results come next. */
    public void begin(ForwardedRows.Kept batch) {
        kept = batch;
        last = 0;
        for (int i = 0; i < kept.columns.length; i++) {
            forwarded.set(i, kept.columns[i]);
        }
    }

    /** Takes an element of results of the batch. Returns their number. */
    public int set(byte[] element) throws IOException {
        int count = reader.read(element, read, 0);
        for (int i = 1; i < read.getArity(); i++) {
            results.set(i - 1, read.column(i));
        }
        Column rows = read.column(0);
        for (int i = 0; i < count; i++) {
            int row = rows.getInt(i);
            row = row < 0 ? ~row : row;
            if (row < last || row >= kept.rows) {
                throw new IOException("a result is of row " + row + " of " + kept.rows + ", after one of row " + last);
            }
            last = row;
        }
        return count;
    }

    /** The row of a result; inverted for one that only says that its row failed. */
    public int rowOf(int result) {
        return read.column(0).getInt(result);
    }

    /** A row of the batch with a result, which is valid until the next is taken. */
    public RowData joined(int row, int result) {
        forwarded.moveTo(row, kept.kind(row));
        results.moveTo(result, kept.kind(row));
        return binary == null ? with(results) : binary.of(forwarded, results);
    }

    /** A row of the batch that has no result, with NULL for each column of one. */
    public RowData withNulls(int row) {
        forwarded.moveTo(row, kept.kind(row));
        return with(nulls);
    }

    private RowData with(RowData columns) {
        joined.replace(forwarded, columns);
        joined.setRowKind(forwarded.getRowKind());
        return joined;
    }
}
