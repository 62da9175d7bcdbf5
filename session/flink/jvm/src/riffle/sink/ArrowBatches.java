package riffle.sink;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.flink.api.python.shaded.org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.Field;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.runtime.arrow.ArrowWriter;
import org.apache.flink.table.runtime.arrow.writers.ArrowFieldWriter;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TinyIntType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * Rows as an Arrow IPC stream: the query's columns in order, then {@code __kind}, the row kind as
 * {@link org.apache.flink.types.RowKind#toByteValue}. Each field carries Flink's own type in its
 * metadata ({@code flink.type}), since Arrow alone does not tell TIMESTAMP from TIMESTAMP_LTZ.
 *
 * <p>Owned by one thread; {@link #close} frees the Arrow memory.
 */
public final class ArrowBatches implements AutoCloseable {
    private static final String KIND = "__kind";
    private static final int MAX_ROWS = 8192;
    private static final long MAX_BYTES = 4 << 20;
    private static final GenericRowData[] KINDS =
            IntStream.range(0, 4).mapToObj(k -> GenericRowData.of((byte) k)).toArray(GenericRowData[]::new);

    private final BufferAllocator allocator;
    private final VectorSchemaRoot root;
    private final ArrowStreamWriter stream;
    private final ArrowWriter<RowData> writer;
    private final ArrowFieldWriter<RowData>[] columns;
    private final int kind;
    private final int[] variableWidth;
    private final int[] nanoTimestamps;
    private final int[] nanoPrecisions;
    private int rows;

    public ArrowBatches(RowType type, WritableByteChannel out) {
        ArrowUtils.checkArrowUsable();
        RowType full = withKind(type);
        kind = type.getFieldCount();
        variableWidth = columnsOf(type, t ->
                t.is(LogicalTypeFamily.CHARACTER_STRING) || t.is(LogicalTypeRoot.VARBINARY));
        nanoTimestamps = columnsOf(type, t ->
                t.is(LogicalTypeFamily.TIMESTAMP) && LogicalTypeChecks.getPrecision(t) > 6);
        nanoPrecisions =
                IntStream.of(nanoTimestamps).map(i -> LogicalTypeChecks.getPrecision(type.getTypeAt(i))).toArray();
        allocator = ArrowUtils.getRootAllocator().newChildAllocator("riffle", 0, Long.MAX_VALUE);
        root = VectorSchemaRoot.create(arrowSchema(full), allocator);
        stream = new ArrowStreamWriter(root, null, out);
        writer = ArrowUtils.createRowDataArrowWriter(root, full);
        columns = writer.getFieldWriters();
    }

    private static int[] columnsOf(RowType type, Predicate<LogicalType> wanted) {
        return IntStream.range(0, type.getFieldCount())
                .filter(i -> wanted.test(type.getTypeAt(i)))
                .toArray();
    }

    /** The Arrow schema of a query's result, as a base64 IPC message; fails on a type Arrow cannot take. */
    public static String schema(RowType type) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), arrowSchema(withKind(type)));
        return Base64.getEncoder().encodeToString(out.toByteArray());
    }

    /** Whether values of a type can travel as they are: not intervals, multisets, RAW and the like. */
    public static boolean holds(LogicalType type) {
        try {
            ArrowUtils.toArrowSchema(RowType.of(type));
            return true;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    private static RowType withKind(RowType type) {
        List<RowType.RowField> fields = new ArrayList<>(type.getFields());
        fields.add(new RowType.RowField(KIND, new TinyIntType(false)));
        return new RowType(fields);
    }

    private static Schema arrowSchema(RowType type) {
        List<Field> fields = new ArrayList<>();
        for (RowType.RowField field : type.getFields()) {
            Field plain;
            try {
                plain = ArrowUtils.toArrowSchema(new RowType(List.of(field))).getFields().get(0);
            } catch (UnsupportedOperationException e) {
                throw new TableException(
                        String.format(
                                "column %s has type %s, which has no Arrow form: write CAST(`%s` AS STRING)",
                                field.getName(), field.getType().asSummaryString(), field.getName()),
                        e);
            }
            Map<String, String> metadata = Map.of("flink.type", field.getType().asSummaryString());
            FieldType annotated =
                    new FieldType(plain.isNullable(), plain.getType(), plain.getDictionary(), metadata);
            fields.add(new Field(plain.getName(), annotated, plain.getChildren()));
        }
        return new Schema(fields);
    }

    /** Writes the schema, so that the reader knows the columns before the first row. */
    public void start() throws IOException {
        stream.start();
    }

    public void add(RowData row) {
        checkTimestamps(row);
        for (int i = 0; i < kind; i++) {
            columns[i].write(row, i);
        }
        columns[kind].write(KINDS[row.getRowKind().toByteValue()], 0);
        rows++;
    }

    /** Arrow counts nanoseconds in 64 bits and Flink's writer multiplies unchecked: refuse, not wrap. */
    private void checkTimestamps(RowData row) {
        for (int k = 0; k < nanoTimestamps.length; k++) {
            int i = nanoTimestamps[k];
            if (!row.isNullAt(i)) {
                TimestampData t = row.getTimestamp(i, nanoPrecisions[k]);
                long limit = Long.MAX_VALUE / 1_000_000 - 1;
                if (Math.abs(t.getMillisecond()) > limit) {
                    throw new TableException(
                            t + " does not fit Arrow's nanoseconds (1677 to 2262): CAST it to a precision of 6 or less");
                }
            }
        }
    }

    public int rows() {
        return rows;
    }

    /** Whether the batch should be sent now for its size, whatever the clock says. */
    public boolean full() {
        return rows >= MAX_ROWS || variableBytes() >= MAX_BYTES;
    }

    private long variableBytes() {
        long bytes = 0;
        for (int i : variableWidth) {
            // The offset behind the last value is the length of all values so far.
            bytes += root.getVector(i).getOffsetBuffer().getInt((long) rows * Integer.BYTES);
        }
        return bytes;
    }

    /** Writes what was added as one record batch; nothing where nothing was. */
    public void flush() throws IOException {
        if (rows == 0) {
            return;
        }
        writer.finish();
        stream.writeBatch();
        writer.reset();
        rows = 0;
    }

    @Override
    public void close() {
        root.close();
        allocator.close();
    }
}
