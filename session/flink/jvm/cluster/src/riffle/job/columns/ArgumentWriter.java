package riffle.job.columns;

import java.io.IOException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * Writes some fields of rows as elements of the Fn API's arrow_type: a message with the schema and one
 * with a record batch.
 *
 * <p>It is owned by one thread, and needs nothing that must be closed.
 */
public final class ArgumentWriter {
    private final int[] fields;
    private final ColumnWriter[] columns;
    private final ColumnBatch batch;
    private final byte[] schema;
    private int rows;

    /** Of these fields of a row, with their types and the names under which they are sent. */
    public ArgumentWriter(int[] fields, RowType type) {
        this.fields = fields;
        columns =
                type.getChildren().stream()
                        .map(child -> ColumnWriter.of(child, ArrowForm.FUNCTION))
                        .toArray(ColumnWriter[]::new);
        batch = new ColumnBatch(columns);
        schema = ArrowForm.argumentSchema(type);
    }

    public void add(RowData row) {
        for (int i = 0; i < columns.length; i++) {
            columns[i].write(row, fields[i]);
        }
        rows++;
    }

    public long bytes() {
        return batch.bytes();
    }

    /** The rows as an element, in an array of its own. Begins the next batch. */
    public byte[] element() throws IOException {
        byte[] element = batch.toBytes(schema, rows);
        rows = 0;
        return element;
    }
}
