package riffle.job.rows;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.complex.MapVector;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.IntervalUnit;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.TimeUnit;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.Field;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The Arrow type that carries each of Flink's types. docs/types.md has the table. {@link ValueWriter}
 * writes the values.
 *
 * <p>It is Flink's own choice ({@link ArrowUtils}) if that can hold every value of the type. It is
 * riffle's choice for types that Flink rejects or gets wrong: intervals, multisets, structured types; a
 * TIMESTAMP of 7 to 9 digits, because Arrow counts nanoseconds in 64 bits, 1677 to 2262; a MAP with a
 * nullable key, because the keys of Arrow's maps cannot be NULL. VARIANT, RAW and BITMAP have no parts
 * that Arrow knows, so they are text.
 */
final class ArrowForm {
    /** The child of a map's key if the key can be NULL. */
    static final String NULLABLE_KEY = "key";

    /** Seconds since 1970 with all nine digits, which hold values that 64 bits of nanoseconds cannot. */
    private static final ArrowType SECONDS = new ArrowType.Decimal(38, 9, 128);

    private ArrowForm() {}

    /** The field of a column, with Flink's type in its metadata under {@code flink.type}. */
    static Field column(RowType.RowField column) {
        LogicalType type = column.getType();
        Map<String, String> metadata = Map.of("flink.type", type.asSummaryString());
        Field plain;
        try {
            plain = field(column.getName(), type);
        } catch (UnsupportedOperationException e) {
            throw new TableException(
                    String.format("column %s has type %s, which has no Arrow form", column.getName(), type), e);
        }
        return new Field(
                plain.getName(),
                new FieldType(plain.isNullable(), plain.getType(), plain.getDictionary(), metadata),
                plain.getChildren());
    }

    private static Field field(String name, LogicalType type) {
        switch (type.getTypeRoot()) {
            case INTERVAL_YEAR_MONTH:
                return leaf(name, type, new ArrowType.Interval(IntervalUnit.YEAR_MONTH));
            case INTERVAL_DAY_TIME:
                return leaf(name, type, new ArrowType.Duration(TimeUnit.MILLISECOND));
            case VARIANT:
            case RAW:
            case BITMAP:
                // RAW too: its object's text may be null.
                return new Field(name, FieldType.nullable(ArrowType.Utf8.INSTANCE), null);
            case DISTINCT_TYPE:
                return field(name, ((DistinctType) type).getSourceType().copy(type.isNullable()));
            case ARRAY:
                return nested(name, type, ArrowType.List.INSTANCE, field("element", type.getChildren().get(0)));
            case MAP:
                return map(name, type, ((MapType) type).getKeyType(), ((MapType) type).getValueType());
            case MULTISET:
                return map(name, type, ((MultisetType) type).getElementType(), new IntType(false));
            case ROW:
            case STRUCTURED_TYPE:
                List<String> names = LogicalTypeChecks.getFieldNames(type);
                List<Field> fields = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    fields.add(field(names.get(i), type.getChildren().get(i)));
                }
                return nested(name, type, ArrowType.Struct.INSTANCE, fields.toArray(Field[]::new));
            default:
                if (nanos(type)) {
                    return leaf(name, type, SECONDS);
                }
                RowType.RowField one = new RowType.RowField(name, type);
                return ArrowUtils.toArrowSchema(new RowType(List.of(one))).getFields().get(0);
        }
    }

    private static Field leaf(String name, LogicalType type, ArrowType form) {
        return new Field(name, new FieldType(type.isNullable(), form, null), null);
    }

    private static Field nested(String name, LogicalType type, ArrowType form, Field... children) {
        return new Field(name, new FieldType(type.isNullable(), form, null), List.of(children));
    }

    private static Field map(String name, LogicalType type, LogicalType key, LogicalType value) {
        FieldType required = FieldType.notNullable(ArrowType.Struct.INSTANCE);
        Field keys =
                key.isNullable()
                        ? new Field(MapVector.KEY_NAME, required, List.of(field(NULLABLE_KEY, key)))
                        : field(MapVector.KEY_NAME, key);
        Field entries =
                new Field(MapVector.DATA_VECTOR_NAME, required, List.of(keys, field(MapVector.VALUE_NAME, value)));
        return nested(name, type, new ArrowType.Map(false), entries);
    }

    /** Whether values need more than 64 bits of Arrow's nanoseconds. */
    static boolean nanos(LogicalType type) {
        return type.is(LogicalTypeFamily.TIMESTAMP) && LogicalTypeChecks.getPrecision(type) > 6;
    }

    /** Whether Flink's own writer writes all values of the type in the form selected above. */
    static boolean isFlinks(LogicalType type) {
        switch (type.getTypeRoot()) {
            case INTERVAL_YEAR_MONTH:
            case INTERVAL_DAY_TIME:
            case DISTINCT_TYPE:
            case VARIANT:
            case RAW:
            case BITMAP:
                return false;
            default:
                return type.getChildren().isEmpty() && !nanos(type);
        }
    }

    /** The types within a type whose values are sent as text. */
    static Set<String> texts(LogicalType type) {
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
