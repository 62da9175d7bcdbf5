package riffle.job.rows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.BigIntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.BitVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.DateDayVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.DecimalVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.DurationVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.FieldVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.Float4Vector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.Float8Vector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.IntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.IntervalYearVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.SmallIntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeMicroVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeMilliVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeNanoVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeSecVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeStampMilliVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TimeStampSecVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.TinyIntVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.VarBinaryVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.VarCharVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.complex.ListVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.complex.StructVector;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RawType;

/**
 * Writes values of one type, in Flink's internal form, one after the other into a vector of the type that
 * {@link ArrowForm} selects. The writer of a nested type has writers for its parts.
 *
 * <p>Flink has such writers too, and they are used for plain columns. Those for nested types are not
 * sufficient: they reject types and NULL keys, the nanoseconds of timestamps overflow, and the one for
 * maps does not reset its count between batches.
 *
 * <p>{@code setValueCount} and {@code reset} of the outermost vector also apply to all vectors within it.
 */
abstract class ValueWriter {
    private int count;

    /** Writes the next value. null is NULL. */
    void write(Object value) {
        if (value != null) {
            set(count, value);
        }
        count++; // a place without a value is NULL
    }

    abstract void set(int index, Object value);

    /** Starts at index 0 again, with all writers within. */
    void reset() {
        count = 0;
    }

    final int count() {
        return count;
    }

    static ValueWriter of(FieldVector vector, LogicalType type) {
        switch (type.getTypeRoot()) {
            case DISTINCT_TYPE:
                return of(vector, ((DistinctType) type).getSourceType());
            case ARRAY:
                return new Elements((ListVector) vector, type.getChildren().get(0));
            case MAP:
                return new Entries(
                        (ListVector) vector, ((MapType) type).getKeyType(), ((MapType) type).getValueType());
            case MULTISET:
                return new Entries((ListVector) vector, ((MultisetType) type).getElementType(), new IntType(false));
            case ROW:
            case STRUCTURED_TYPE:
                return new Fields((StructVector) vector, type.getChildren());
            default:
                return new Leaf(setter(vector, type));
        }
    }

    private interface Setter {
        void set(int index, Object value);
    }

    private static final class Leaf extends ValueWriter {
        private final Setter setter;

        Leaf(Setter setter) {
            this.setter = setter;
        }

        @Override
        void set(int index, Object value) {
            setter.set(index, value);
        }
    }

    private static Setter setter(FieldVector vector, LogicalType type) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return (i, v) -> ((BitVector) vector).setSafe(i, (Boolean) v ? 1 : 0);
            case TINYINT:
                return (i, v) -> ((TinyIntVector) vector).setSafe(i, (Byte) v);
            case SMALLINT:
                return (i, v) -> ((SmallIntVector) vector).setSafe(i, (Short) v);
            case INTEGER:
                return (i, v) -> ((IntVector) vector).setSafe(i, (Integer) v);
            case BIGINT:
                return (i, v) -> ((BigIntVector) vector).setSafe(i, (Long) v);
            case FLOAT:
                return (i, v) -> ((Float4Vector) vector).setSafe(i, (Float) v);
            case DOUBLE:
                return (i, v) -> ((Float8Vector) vector).setSafe(i, (Double) v);
            case DECIMAL:
                return (i, v) -> ((DecimalVector) vector).setSafe(i, ((DecimalData) v).toBigDecimal());
            case CHAR:
            case VARCHAR:
                return (i, v) -> ((VarCharVector) vector).setSafe(i, ((StringData) v).toBytes());
            case BINARY:
                return (i, v) -> ((FixedSizeBinaryVector) vector).setSafe(i, (byte[]) v);
            case VARBINARY:
                return (i, v) -> ((VarBinaryVector) vector).setSafe(i, (byte[]) v);
            case DATE:
                return (i, v) -> ((DateDayVector) vector).setSafe(i, (Integer) v);
            case TIME_WITHOUT_TIME_ZONE:
                return time(vector);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return timestamp(vector);
            case INTERVAL_YEAR_MONTH:
                return (i, v) -> ((IntervalYearVector) vector).setSafe(i, (Integer) v);
            case INTERVAL_DAY_TIME:
                return (i, v) -> ((DurationVector) vector).setSafe(i, (Long) v);
            case VARIANT: // its text is JSON
            case BITMAP:
                return (i, v) -> text((VarCharVector) vector, i, v.toString());
            case RAW:
                TypeSerializer<?> serializer = ((RawType<?>) type).getTypeSerializer().duplicate();
                return (i, v) -> text((VarCharVector) vector, i, object(v, serializer));
            default: // NULL, which has no other value
                return (i, v) -> {
                    throw new IllegalStateException(type + " cannot have the value " + v);
                };
        }
    }

    private static void text(VarCharVector vector, int index, String text) {
        if (text != null) {
            vector.setSafe(index, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static <T> String object(Object raw, TypeSerializer<T> serializer) {
        @SuppressWarnings("unchecked")
        T object = ((RawValueData<T>) raw).toObject(serializer);
        return object.toString();
    }

    /** Flink stores a time as milliseconds, whatever its precision. */
    private static Setter time(FieldVector vector) {
        if (vector instanceof TimeSecVector) {
            return (i, v) -> ((TimeSecVector) vector).setSafe(i, (Integer) v / 1000);
        } else if (vector instanceof TimeMilliVector) {
            return (i, v) -> ((TimeMilliVector) vector).setSafe(i, (Integer) v);
        } else if (vector instanceof TimeMicroVector) {
            return (i, v) -> ((TimeMicroVector) vector).setSafe(i, (Integer) v * 1000L);
        }
        return (i, v) -> ((TimeNanoVector) vector).setSafe(i, (Integer) v * 1_000_000L);
    }

    private static Setter timestamp(FieldVector vector) {
        if (vector instanceof TimeStampSecVector) {
            return (i, v) ->
                    ((TimeStampSecVector) vector).setSafe(i, Math.floorDiv(((TimestampData) v).getMillisecond(), 1000));
        } else if (vector instanceof TimeStampMilliVector) {
            return (i, v) -> ((TimeStampMilliVector) vector).setSafe(i, ((TimestampData) v).getMillisecond());
        } else if (vector instanceof TimeStampMicroVector) {
            return (i, v) -> {
                TimestampData t = (TimestampData) v;
                long micros = Math.multiplyExact(t.getMillisecond(), 1000) + t.getNanoOfMillisecond() / 1000;
                ((TimeStampMicroVector) vector).setSafe(i, micros);
            };
        }
        return (i, v) -> nanos((DecimalVector) vector, i, (TimestampData) v);
    }

    private static void nanos(DecimalVector vector, int index, TimestampData t) {
        long millis = t.getMillisecond();
        if (Math.abs(millis) < Long.MAX_VALUE / 1_000_000) {
            vector.setSafe(index, millis * 1_000_000 + t.getNanoOfMillisecond());
            return;
        }
        BigInteger nanos =
                BigInteger.valueOf(millis)
                        .multiply(BigInteger.valueOf(1_000_000))
                        .add(BigInteger.valueOf(t.getNanoOfMillisecond()));
        vector.setSafe(index, new BigDecimal(nanos, vector.getScale()));
    }

    private static final class Elements extends ValueWriter {
        private final ListVector list;
        private final ValueWriter element;
        private final ArrayData.ElementGetter getter;

        Elements(ListVector list, LogicalType type) {
            this.list = list;
            element = of(list.getDataVector(), type);
            getter = ArrayData.createElementGetter(type);
        }

        @Override
        void set(int index, Object value) {
            ArrayData array = (ArrayData) value;
            list.startNewValue(index);
            for (int i = 0; i < array.size(); i++) {
                element.write(getter.getElementOrNull(array, i));
            }
            list.endValue(index, array.size());
        }

        @Override
        void reset() {
            super.reset();
            element.reset();
        }
    }

    /** Entries of a map, or of a multiset, which is a map from elements to their counts. */
    private static final class Entries extends ValueWriter {
        private final ListVector map;
        private final StructVector entries;
        private final ValueWriter key;
        private final ValueWriter value;
        private final ArrayData.ElementGetter keys;
        private final ArrayData.ElementGetter values;

        Entries(ListVector map, LogicalType keyType, LogicalType valueType) {
            this.map = map;
            entries = (StructVector) map.getDataVector();
            FieldVector keyVector = (FieldVector) entries.getChildByOrdinal(0);
            key = keyType.isNullable() ? new NullableKey((StructVector) keyVector, keyType) : of(keyVector, keyType);
            value = of((FieldVector) entries.getChildByOrdinal(1), valueType);
            keys = ArrayData.createElementGetter(keyType);
            values = ArrayData.createElementGetter(valueType);
        }

        @Override
        void set(int index, Object entry) {
            MapData data = (MapData) entry;
            ArrayData keyArray = data.keyArray();
            ArrayData valueArray = data.valueArray();
            map.startNewValue(index);
            for (int i = 0; i < data.size(); i++) {
                entries.setIndexDefined(key.count());
                key.write(keys.getElementOrNull(keyArray, i));
                value.write(values.getElementOrNull(valueArray, i));
            }
            map.endValue(index, data.size());
        }

        @Override
        void reset() {
            super.reset();
            key.reset();
            value.reset();
        }
    }

    /** A key in a struct of its own, which is never NULL, whether or not the key is. */
    private static final class NullableKey extends ValueWriter {
        private final StructVector struct;
        private final ValueWriter key;

        NullableKey(StructVector struct, LogicalType type) {
            this.struct = struct;
            key = of((FieldVector) struct.getChildByOrdinal(0), type);
        }

        @Override
        void write(Object value) {
            struct.setIndexDefined(key.count());
            key.write(value);
            super.write(null);
        }

        @Override
        void set(int index, Object value) {}

        @Override
        void reset() {
            super.reset();
            key.reset();
        }
    }

    private static final class Fields extends ValueWriter {
        private final StructVector struct;
        private final ValueWriter[] fields;
        private final RowData.FieldGetter[] getters;

        Fields(StructVector struct, List<LogicalType> types) {
            this.struct = struct;
            fields = new ValueWriter[types.size()];
            getters = new RowData.FieldGetter[types.size()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = of((FieldVector) struct.getChildByOrdinal(i), types.get(i));
                getters[i] = RowData.createFieldGetter(types.get(i), i);
            }
        }

        @Override
        void write(Object value) {
            if (value == null) { // the fields have a place for it nevertheless
                for (ValueWriter field : fields) {
                    field.write(null);
                }
            }
            super.write(value);
        }

        @Override
        void set(int index, Object value) {
            struct.setIndexDefined(index);
            for (int i = 0; i < fields.length; i++) {
                fields[i].write(getters[i].getFieldOrNull((RowData) value));
            }
        }

        @Override
        void reset() {
            super.reset();
            for (ValueWriter field : fields) {
                field.reset();
            }
        }
    }
}
