package riffle.job.columns;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The Arrow type that carries each of Flink's types. {@link ColumnWriter} writes the values. docs/types.md has
 * the table for the client.
 *
 * <p>It is the type that Flink itself would choose (ArrowUtils in flink-python) if that can hold every
 * value. It is riffle's choice for types that Flink rejects or gets wrong: intervals, multisets,
 * structured types; a TIMESTAMP of 7 to 9 digits, because Arrow counts nanoseconds in 64 bits, 1677 to
 * 2262; a MAP with a nullable key, because the keys of Arrow's maps cannot be NULL. VARIANT, RAW and
 * BITMAP have no parts that Arrow knows, so they are text.
 */
public enum ArrowForm {
    /** What the client gets. */
    RESULT,

    /**
     * What Go functions get and return. A TIME is in milliseconds and a TIMESTAMP in at least these, as Flink
     * keeps them whatever their type says. A TIMESTAMP of 7 to 9 digits is Flink's own two numbers. A nullable
     * key of a MAP stays as it is, and the function host rejects one that is NULL.
     */
    FUNCTION;

    private static final String KEY = "key";

    /** The fields of a timestamp of two numbers, with the names that the function host gives them. */
    private static final ArrowField[] MILLIS_AND_NANOS = {
        new ArrowField("milliseconds since 1970", false, ArrowType.INT64),
        new ArrowField("nanoseconds of the millisecond", false, ArrowType.INT32)
    };

    /** Seconds since 1970 with nine digits, which hold timestamps that 64 bits of nanoseconds cannot. */
    private static final ArrowType SECONDS = ArrowType.decimal(38, 9);

    /** The message with the schema of a query's result. Each column has Flink's type in its metadata. */
    public static byte[] resultSchema(RowType type) {
        return SchemaMessage.of(type.getFields().stream().map(ArrowForm::column).collect(Collectors.toList()));
    }

    /** The message with the schema of a function's arguments. */
    static byte[] argumentSchema(RowType type) {
        return SchemaMessage.of(
                type.getFields().stream()
                        .map(f -> FUNCTION.field(f.getName(), f.getType()))
                        .collect(Collectors.toList()));
    }

    private static ArrowField column(RowType.RowField column) {
        LogicalType type = column.getType();
        try {
            return RESULT.field(column.getName(), type).with(Map.of("flink.type", type.asSummaryString()));
        } catch (UnsupportedOperationException e) {
            throw new TableException(
                    String.format("column %s has type %s, which has no Arrow form", column.getName(), type), e);
        }
    }

    private ArrowField field(String name, LogicalType type) {
        boolean nullable = type.isNullable();
        switch (type.getTypeRoot()) {
            case DISTINCT_TYPE:
                return field(name, ((DistinctType) type).getSourceType().copy(nullable));
            case ARRAY:
                return new ArrowField(name, nullable, ArrowType.LIST, field("element", type.getChildren().get(0)));
            case MAP:
                return map(name, type, ((MapType) type).getKeyType(), ((MapType) type).getValueType());
            case MULTISET:
                return map(name, type, ((MultisetType) type).getElementType(), new IntType(false));
            case ROW:
            case STRUCTURED_TYPE:
                List<String> names = LogicalTypeChecks.getFieldNames(type);
                ArrowField[] fields = new ArrowField[names.size()];
                for (int i = 0; i < fields.length; i++) {
                    fields[i] = field(names.get(i), type.getChildren().get(i));
                }
                return new ArrowField(name, nullable, ArrowType.STRUCT, fields);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return this == FUNCTION && nanos(type)
                        ? new ArrowField(name, nullable, ArrowType.STRUCT, MILLIS_AND_NANOS)
                        : new ArrowField(name, nullable, leaf(type));
            case RAW: // the text of an object can be null even if the type is NOT NULL
                return new ArrowField(name, true, ArrowType.UTF8);
            default:
                return new ArrowField(name, nullable, leaf(type));
        }
    }

    private ArrowType leaf(LogicalType type) {
        switch (type.getTypeRoot()) {
            case NULL:
                return ArrowType.NULL;
            case BOOLEAN:
                return ArrowType.BOOL;
            case TINYINT:
                return ArrowType.INT8;
            case SMALLINT:
                return ArrowType.INT16;
            case INTEGER:
                return ArrowType.INT32;
            case BIGINT:
                return ArrowType.INT64;
            case FLOAT:
                return ArrowType.FLOAT;
            case DOUBLE:
                return ArrowType.DOUBLE;
            case DECIMAL:
                return ArrowType.decimal(((DecimalType) type).getPrecision(), ((DecimalType) type).getScale());
            case CHAR:
            case VARCHAR:
            case VARIANT:
            case BITMAP:
                return ArrowType.UTF8;
            case BINARY:
                return ArrowType.fixedSizeBinary(((BinaryType) type).getLength());
            case VARBINARY:
                return ArrowType.BINARY;
            case DATE:
                return ArrowType.DATE_DAYS;
            case TIME_WITHOUT_TIME_ZONE:
                return ArrowType.time(unit(type));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return nanos(type) ? SECONDS : ArrowType.timestamp(unit(type));
            case INTERVAL_YEAR_MONTH:
                return ArrowType.MONTHS;
            case INTERVAL_DAY_TIME:
                return ArrowType.DURATION_MILLIS;
            default:
                throw new UnsupportedOperationException(type.toString());
        }
    }

    private ArrowField map(String name, LogicalType type, LogicalType key, LogicalType value) {
        ArrowField keys =
                wrapsKey(key)
                        ? new ArrowField(KEY, false, ArrowType.STRUCT, field(KEY, key))
                        : field(KEY, key.copy(false));
        ArrowField entries = new ArrowField("entries", false, ArrowType.STRUCT, keys, field("value", value));
        return new ArrowField(name, type.isNullable(), ArrowType.MAP, entries);
    }

    /** Whether the keys of a map are in a struct of their own. */
    boolean wrapsKey(LogicalType key) {
        return this == RESULT && key.isNullable();
    }

    /** Whether values need more than 64 bits of Arrow's nanoseconds. */
    static boolean nanos(LogicalType type) {
        return type.is(LogicalTypeFamily.TIMESTAMP) && LogicalTypeChecks.getPrecision(type) > 6;
    }

    /** The unit of a time or timestamp: the coarsest that holds the digits of its second. */
    int unit(LogicalType type) {
        int unit = (LogicalTypeChecks.getPrecision(type) + 2) / 3;
        if (this == RESULT) {
            return unit;
        }
        return type.is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE)
                ? ArrowType.MILLISECOND
                : Math.max(ArrowType.MILLISECOND, unit);
    }

    /** The types, within a type, whose values are sent as text. */
    public static Set<String> texts(LogicalType type) {
        Set<String> texts = new LinkedHashSet<>();
        switch (type.getTypeRoot()) {
            case VARIANT:
            case RAW:
            case BITMAP:
                texts.add(type.copy(true).asSummaryString());
                break;
            default:
                type.getChildren().forEach(child -> texts.addAll(texts(child)));
        }
        return texts;
    }
}
