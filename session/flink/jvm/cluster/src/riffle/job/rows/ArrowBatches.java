package riffle.job.rows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.python.shaded.org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.FieldVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.complex.ListVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.runtime.arrow.ArrowWriter;
import org.apache.flink.table.runtime.arrow.writers.ArrowFieldWriter;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TinyIntType;

/**
 * Writes rows as an Arrow IPC stream: the query's columns in order, each in the type that
 * {@link ArrowForm} selects, then {@code __kind}, the row kind as
 * {@link org.apache.flink.types.RowKind#toByteValue}.
 *
 * <p>It is owned by one thread. {@link #close} frees the Arrow memory.
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
    private final List<BaseVariableWidthVector> texts = new ArrayList<>();
    private final List<ListVector> lists = new ArrayList<>();
    private int rows;

    public ArrowBatches(RowType type, WritableByteChannel out) {
        ArrowUtils.checkArrowUsable();
        RowType full = withKind(type);
        kind = type.getFieldCount();
        allocator = ArrowUtils.getRootAllocator().newChildAllocator("riffle", 0, Long.MAX_VALUE);
        root = VectorSchemaRoot.create(arrowSchema(full), allocator);
        stream = new ArrowStreamWriter(root, null, out);
        columns = columns(full);
        writer = new ArrowWriter<>(root, columns);
        root.getFieldVectors().forEach(this::findSizes);
    }

    @SuppressWarnings("unchecked")
    private ArrowFieldWriter<RowData>[] columns(RowType type) {
        return IntStream.range(0, type.getFieldCount())
                .mapToObj(i -> column(root.getVector(i), type.getTypeAt(i), i))
                .toArray(ArrowFieldWriter[]::new);
    }

    private static ArrowFieldWriter<RowData> column(FieldVector vector, LogicalType type, int index) {
        if (ArrowForm.isFlinks(type)) {
            return ArrowUtils.createRowDataArrowWriter(VectorSchemaRoot.of(vector), RowType.of(type))
                    .getFieldWriters()[0];
        }
        ValueWriter values = ValueWriter.of(vector, type);
        RowData.FieldGetter getter = RowData.createFieldGetter(type, index);
        return new ArrowFieldWriter<RowData>(vector) {
            @Override
            public void doWrite(RowData row, int column) {
                values.write(getter.getFieldOrNull(row));
            }

            @Override
            public void reset() {
                super.reset();
                values.reset();
            }
        };
    }

    /** Collects the vectors whose size does not follow from the number of rows. */
    private void findSizes(FieldVector vector) {
        if (vector instanceof BaseVariableWidthVector) {
            texts.add((BaseVariableWidthVector) vector);
        } else if (vector instanceof ListVector) {
            lists.add((ListVector) vector);
        }
        vector.getChildrenFromFields().forEach(this::findSizes);
    }

    /** The Arrow schema of a query's result, as a base64 IPC message; fails on a type without a form. */
    public static String schema(RowType type) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), arrowSchema(withKind(type)));
        return Base64.getEncoder().encodeToString(out.toByteArray());
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

    private static Schema arrowSchema(RowType type) {
        return new Schema(type.getFields().stream().map(ArrowForm::column).collect(Collectors.toList()));
    }

    /** Writes the schema, so that the reader knows the columns before the first row. */
    public void start() throws IOException {
        stream.start();
    }

    public void add(RowData row) {
        for (int i = 0; i < kind; i++) {
            columns[i].write(row, i);
        }
        columns[kind].write(KINDS[row.getRowKind().toByteValue()], 0);
        rows++;
    }

    public int rows() {
        return rows;
    }

    /** Whether the batch should be sent now because of its size, however new it is. */
    public boolean full() {
        return rows >= MAX_ROWS || bytes() >= MAX_BYTES;
    }

    /**
     * The size of texts, and approximately that of lists. The offset after the last value is the total
     * length.
     */
    private long bytes() {
        long bytes = 0;
        for (BaseVariableWidthVector text : texts) {
            int last = text.getLastSet();
            bytes += last < 0 ? 0 : text.getOffsetBuffer().getInt((last + 1L) * Integer.BYTES);
        }
        for (ListVector list : lists) {
            int last = list.getLastSet();
            bytes += last < 0 ? 0 : (long) Long.BYTES * list.getOffsetBuffer().getInt((last + 1L) * Integer.BYTES);
        }
        return bytes;
    }

    /** Writes the rows that were added as one record batch; nothing if there are none. */
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
