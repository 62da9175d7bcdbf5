package riffle.job.columns;

import org.apache.flink.table.data.binary.BinaryArrayData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.writer.BinaryArrayWriter;
import org.apache.flink.table.data.writer.BinaryRowWriter;
import org.apache.flink.table.data.writer.BinaryWriter;
import org.apache.flink.table.runtime.typeutils.ArrayDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/** Writes the values of a column, or of a part of one, into Flink's binary form of rows and arrays. */
abstract class BinaryField {
    /** Returns null for types that Flink's serializer has to write. */
    static BinaryField of(LogicalType type) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case DATE:
            case TIME_WITHOUT_TIME_ZONE:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case CHAR:
            case VARCHAR:
            case BINARY:
            case VARBINARY:
                return new Plain(type.getTypeRoot());
            case DECIMAL:
                return new Decimals(type);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return new Timestamps(type);
            case ARRAY:
                BinaryField element = of(((ArrayType) type).getElementType());
                return element == null ? null : new Arrays(((ArrayType) type).getElementType(), element);
            case ROW:
                return Rows.of((RowType) type);
            default:
                return null;
        }
    }

    /** Writes a value of a column as a field of a row, or sets the field to NULL. */
    final void write(BinaryWriter to, int field, Column from, int i) {
        if (from.isNullAt(i)) {
            to.setNullAt(field);
        } else {
            put(to, field, from, i);
        }
    }

    /** Writes a value that is not NULL. */
    abstract void put(BinaryWriter to, int field, Column from, int i);

    boolean hasParts() {
        return false;
    }

    private static final class Plain extends BinaryField {
        private final LogicalTypeRoot type;

        Plain(LogicalTypeRoot type) {
            this.type = type;
        }

        @Override
        void put(BinaryWriter to, int field, Column from, int i) {
            switch (type) {
                case BOOLEAN:
                    to.writeBoolean(field, from.getBoolean(i));
                    break;
                case TINYINT:
                    to.writeByte(field, from.getByte(i));
                    break;
                case SMALLINT:
                    to.writeShort(field, from.getShort(i));
                    break;
                case BIGINT:
                    to.writeLong(field, from.getLong(i));
                    break;
                case FLOAT:
                    to.writeFloat(field, from.getFloat(i));
                    break;
                case DOUBLE:
                    to.writeDouble(field, from.getDouble(i));
                    break;
                case CHAR:
                case VARCHAR:
                    to.writeString(field, from.getString(i));
                    break;
                case BINARY:
                case VARBINARY:
                    to.writeBinary(field, from.getBinary(i));
                    break;
                default:
                    to.writeInt(field, from.getInt(i));
            }
        }
    }

    private static final class Decimals extends BinaryField {
        private final int precision;
        private final int scale;

        Decimals(LogicalType type) {
            precision = LogicalTypeChecks.getPrecision(type);
            scale = LogicalTypeChecks.getScale(type);
        }

        @Override
        void put(BinaryWriter to, int field, Column from, int i) {
            to.writeDecimal(field, from.getDecimal(i, precision, scale), precision);
        }
    }

    private static final class Timestamps extends BinaryField {
        private final int precision;

        Timestamps(LogicalType type) {
            precision = LogicalTypeChecks.getPrecision(type);
        }

        @Override
        void put(BinaryWriter to, int field, Column from, int i) {
            to.writeTimestamp(field, from.getTimestamp(i, precision), precision);
        }
    }

    /** ARRAY. */
    private static final class Arrays extends BinaryField {
        private final LogicalType type;
        private final BinaryField element;
        private final BinaryArrayWriter.NullSetter nulls;
        private final ArrayDataSerializer serializer; // which leaves an array in binary form as it is
        private final BinaryArrayData array = new BinaryArrayData();
        private BinaryArrayWriter writer; // of the last array

        Arrays(LogicalType type, BinaryField element) {
            this.type = type;
            this.element = element;
            nulls = BinaryArrayWriter.createNullSetter(type);
            serializer = new ArrayDataSerializer(type);
        }

        @Override
        void put(BinaryWriter to, int field, Column from, int i) {
            Columns.ArrayValues arrays = (Columns.ArrayValues) from;
            Column elements = arrays.elements();
            int begin = arrays.begin(i);
            int size = arrays.size(i);
            if (writer == null || writer.getNumElements() != size) {
                writer = new BinaryArrayWriter(array, size, BinaryArrayData.calculateFixLengthPartSize(type));
            } else {
                writer.reset();
            }
            for (int k = 0; k < size; k++) {
                if (elements.isNullAt(begin + k)) {
                    nulls.setNull(writer, k);
                } else {
                    element.put(writer, k, elements, begin + k);
                }
            }
            writer.complete();
            to.writeArray(field, array, serializer);
        }

        @Override
        boolean hasParts() {
            return true;
        }
    }

    /** ROW. */
    private static final class Rows extends BinaryField {
        private final BinaryField[] fields;
        private final BinaryRowData row;
        private final BinaryRowWriter writer;

        private Rows(BinaryField[] fields) {
            this.fields = fields;
            row = new BinaryRowData(fields.length);
            writer = new BinaryRowWriter(row);
        }

        static Rows of(RowType type) {
            BinaryField[] fields = new BinaryField[type.getFieldCount()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = BinaryField.of(type.getTypeAt(i));
                if (fields[i] == null) {
                    return null;
                }
            }
            return new Rows(fields);
        }

        @Override
        void put(BinaryWriter to, int field, Column from, int i) {
            Column[] columns = ((Columns.RowValues) from).fields();
            writer.reset();
            for (int k = 0; k < fields.length; k++) {
                fields[k].write(writer, k, columns[k], i);
            }
            writer.complete();
            to.writeRow(field, row, null); // which needs no serializer for a row in binary form
        }

        @Override
        boolean hasParts() {
            return true;
        }
    }
}
