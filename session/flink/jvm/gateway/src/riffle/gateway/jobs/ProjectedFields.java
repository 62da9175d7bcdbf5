package riffle.gateway.jobs;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.generated.Projection;
import org.apache.flink.table.runtime.typeutils.InternalSerializers;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Finds the fields that a generated projection takes from a row. The planner knows them and keeps only the
 * code, so the projection is applied to a row that notes which fields are read.
 */
final class ProjectedFields {
    private ProjectedFields() {}

    /** The fields in the order of the projection's columns, or null if each is not read exactly once. */
    static int[] of(GeneratedProjection generated, RowType input) {
        List<Integer> fields = new ArrayList<>();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        @SuppressWarnings("unchecked")
        Projection<RowData, RowData> projection = generated.newInstance(loader);
        RowData row =
                (RowData)
                        Proxy.newProxyInstance(
                                ProjectedFields.class.getClassLoader(),
                                new Class<?>[] {RowData.class},
                                (proxy, method, arguments) -> read(method, arguments, input, fields));
        int columns = projection.apply(row).getArity();
        return columns == fields.size() ? fields.stream().mapToInt(i -> i).toArray() : null;
    }

    /** A field that can be NULL is NULL, and noted when that is asked; others when they are read. */
    private static Object read(Method method, Object[] arguments, RowType input, List<Integer> fields) {
        if (arguments == null || !(arguments[0] instanceof Integer)) {
            throw new UnsupportedOperationException(method.getName());
        }
        int field = (Integer) arguments[0];
        LogicalType type = input.getTypeAt(field);
        boolean asksForNull = method.getName().equals("isNullAt");
        if (asksForNull == type.isNullable()) {
            fields.add(field);
        }
        return asksForNull ? (Object) type.isNullable() : anyOf(type);
    }

    private static Object anyOf(LogicalType type) {
        switch (type.getTypeRoot()) {
            case ARRAY:
                return new GenericArrayData(new Object[0]);
            case MAP:
            case MULTISET:
                return new GenericMapData(Map.of());
            case ROW:
            case STRUCTURED_TYPE:
                return GenericRowData.of(
                        type.getChildren().stream().map(t -> t.isNullable() ? null : anyOf(t)).toArray());
            case DISTINCT_TYPE:
                return anyOf(((DistinctType) type).getSourceType());
            default:
                return InternalSerializers.create(type).createInstance();
        }
    }
}
