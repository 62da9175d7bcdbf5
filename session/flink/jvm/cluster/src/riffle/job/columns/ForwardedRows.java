package riffle.job.columns;

import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalSerializers;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;

/**
 * Keeps the fields that pass by a function, and the kinds of rows, while the function is called. Nothing
 * of a row is kept that its owner may change.
 *
 * <p>Fields of numbers, texts, bytes and times are kept as columns in Arrow's layout, others as objects.
 */
public final class ForwardedRows {
    private final Field[] fields;
    private byte[] kinds; // null: all are insertions
    private int rows;

    /** Keeps these fields of rows, which have these types. */
    public ForwardedRows(int[] fields, LogicalType[] types) {
        this.fields = new Field[fields.length];
        for (int i = 0; i < fields.length; i++) {
            this.fields[i] = Field.of(fields[i], types[i]);
        }
    }

    public void add(RowData row) {
        for (Field field : fields) {
            field.add(row, rows);
        }
        RowKind kind = row.getRowKind();
        if (kind != RowKind.INSERT && kinds == null) {
            kinds = new byte[Math.max(64, 2 * rows)];
            Arrays.fill(kinds, 0, rows, RowKind.INSERT.toByteValue());
        }
        if (kinds != null) {
            if (rows == kinds.length) {
                kinds = Arrays.copyOf(kinds, 2 * rows);
            }
            kinds[rows] = kind.toByteValue();
        }
        rows++;
    }

    public int rows() {
        return rows;
    }

    /** About the number of bytes of texts and objects. */
    public long bytes() {
        long bytes = 0;
        for (Field field : fields) {
            bytes += field.bytes();
        }
        return bytes;
    }

    /** What was kept so far. The next batch begins. */
    public Kept take() {
        Column[] columns = new Column[fields.length];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = fields[i].take();
        }
        Kept kept = new Kept(rows, kinds, columns);
        rows = 0;
        kinds = null;
        return kept;
    }

    /** The rows of a batch that was sent. */
    public static final class Kept {
        final int rows;
        final byte[] kinds;
        final Column[] columns;

        Kept(int rows, byte[] kinds, Column[] columns) {
            this.rows = rows;
            this.kinds = kinds;
            this.columns = columns;
        }

        public int rows() {
            return rows;
        }

        RowKind kind(int row) {
            return kinds == null ? RowKind.INSERT : RowKind.fromByteValue(kinds[row]);
        }
    }

    private abstract static class Field {
        final int field;

        Field(int field) {
            this.field = field;
        }

        static Field of(int field, LogicalType type) {
            ColumnWriter writer = writer(type);
            return writer == null ? new Objects(field, type) : new Arrow(field, writer);
        }

        /** Returns a writer that keeps each value unchanged, or null if values of the type are kept as objects. */
        private static ColumnWriter writer(LogicalType type) {
            switch (type.getTypeRoot()) {
                case BOOLEAN:
                case TINYINT:
                case SMALLINT:
                case INTEGER:
                case BIGINT:
                case FLOAT:
                case DOUBLE:
                case DECIMAL:
                case CHAR:
                case VARCHAR:
                case VARBINARY:
                case DATE:
                case TIME_WITHOUT_TIME_ZONE:
                case INTERVAL_YEAR_MONTH:
                case INTERVAL_DAY_TIME:
                    return ColumnWriter.of(type, ArrowForm.FUNCTION);
                case BINARY: // Flink's formats read values of other lengths into it
                    return new TextWriters.Binary();
                case TIMESTAMP_WITHOUT_TIME_ZONE:
                case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                    return TimeWriters.forwarded(type);
                default:
                    return null;
            }
        }

        abstract void add(RowData row, int i);

        abstract Column take();

        abstract long bytes();
    }

    private static final class Arrow extends Field {
        private final ColumnWriter writer;

        Arrow(int field, ColumnWriter writer) {
            super(field);
            this.writer = writer;
        }

        @Override
        void add(RowData row, int i) {
            writer.write(row, field);
        }

        @Override
        Column take() {
            return writer.take();
        }

        @Override
        long bytes() {
            return writer instanceof ColumnWriter.Sized ? ((ColumnWriter.Sized) writer).bytes() : 0;
        }
    }

    private static final class Objects extends Field {
        private final RowData.FieldGetter getter;
        private final TypeSerializer<Object> serializer;
        private Object[] values = new Object[64];
        private long bytes;

        @SuppressWarnings("unchecked")
        Objects(int field, LogicalType type) {
            super(field);
            getter = RowData.createFieldGetter(type, field);
            serializer = (TypeSerializer<Object>) (TypeSerializer<?>) InternalSerializers.create(type);
        }

        @Override
        void add(RowData row, int i) {
            if (i == values.length) {
                values = Arrays.copyOf(values, 2 * i);
            }
            Object value = getter.getFieldOrNull(row);
            values[i] = value == null ? null : serializer.copy(value);
            bytes += ValueSize.of(values[i]);
        }

        @Override
        Column take() {
            Column column = new Columns.Objects(values);
            values = new Object[values.length];
            bytes = 0;
            return column;
        }

        @Override
        long bytes() {
            return bytes;
        }
    }
}
