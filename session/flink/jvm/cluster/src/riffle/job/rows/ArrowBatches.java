package riffle.job.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TinyIntType;
import riffle.job.columns.ArrowForm;
import riffle.job.columns.BatchWriter;

/**
 * Writes rows as an Arrow IPC stream: the query's columns in order, then {@code __kind}, the row kind.
 *
 * <p>It is owned by one thread.
 */
public final class ArrowBatches {
    private static final String KIND = "__kind";
    private static final int MAX_ROWS = 8192;
    private static final long MAX_BYTES = 4 << 20;

    private final RowType type;
    private final WritableByteChannel out;
    private final BatchWriter batch;

    public ArrowBatches(RowType type, WritableByteChannel out) {
        this.type = type;
        this.out = out;
        batch = new BatchWriter(type, out);
    }

    /** The Arrow schema of a query's result, as a base64 IPC message; fails on a type without a form. */
    public static String schema(RowType type) {
        return Base64.getEncoder().encodeToString(ArrowForm.resultSchema(withKind(type)));
    }

    /** Adds the columns whose values are sent as text, with the types of these values, to {@code out}. */
    public static void describeTexts(RowType type, ObjectNode out) {
        for (RowType.RowField column : type.getFields()) {
            ArrayNode types = null;
            for (String text : ArrowForm.texts(column.getType())) {
                types = types == null ? out.putArray(column.getName()) : types;
                types.add(text);
            }
        }
    }

    private static RowType withKind(RowType type) {
        List<RowType.RowField> fields = new ArrayList<>(type.getFields());
        fields.add(new RowType.RowField(KIND, new TinyIntType(false)));
        return new RowType(fields);
    }

    /** Writes the schema, so that the reader knows the columns before the first row. */
    public void start() throws IOException {
        out.write(ByteBuffer.wrap(ArrowForm.resultSchema(withKind(type))));
    }

    public void add(RowData row) {
        batch.add(row);
    }

    public int rows() {
        return batch.rows();
    }

    /** Whether the batch should be sent now because of its size, however new it is. */
    public boolean full() {
        return batch.rows() >= MAX_ROWS || batch.bytes() >= MAX_BYTES;
    }

    /** Writes the rows that were added as one record batch; nothing if there are none. */
    public void flush() throws IOException {
        if (batch.rows() > 0) {
            batch.flush();
        }
    }
}
